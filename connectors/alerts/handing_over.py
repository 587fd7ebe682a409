"""Handing what the ledger owes to the sinks: tried at once, then again with growing pauses for as long as a sink is down."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.alerts.digest_policy import ONE_BY_ONE, DigestPolicy
from connectors.alerts.digesting import collect, give_digests
from connectors.alerts.own_side import NotKnownHere, delivery_of
from connectors.exchange.pauses import SINK_DOWN
from connectors.ledger.deliveries import DueDelivery
from connectors.ledger.ledger import Ledger
from connectors.sinks.port import Delivery, Sink, SinkDown, SinkRefused

_BATCH = 100


@dataclass(slots=True)
class Handed:
    """How many were delivered, by event, and what went wrong, by sink."""

    delivered: Counter[str] = field(default_factory=Counter)
    problems: dict[str, str] = field(default_factory=dict)


def hand_over(
    ledger: Ledger,
    sinks: Sequence[Sink],
    now: Callable[[], datetime],
    digests: Mapping[str, DigestPolicy] | None = None,
) -> Handed:
    """Deliver everything that is due, by `digests` (a policy for a sink's name; else one by one) several at once. A sink that is down is not tried
    again in this run; nothing waits for it but its own alerts."""
    handed, by_name = Handed(), {sink.name: sink for sink in sinks}
    policies = digests or {}
    collect(ledger, {name: policies.get(name, ONE_BY_ONE) for name in by_name}, now())
    delivered, handed.problems = give_digests(ledger, by_name, now, SINK_DOWN.after)
    handed.delivered.update(delivered)
    while True:
        with ledger.read() as unit:
            due = unit.deliveries.due(now(), _BATCH)
        if not due:
            return handed
        for item in due:
            _hand_over_one(ledger, by_name.get(item.sink), item, handed, now)


def _hand_over_one(
    ledger: Ledger, sink: Sink | None, item: DueDelivery, handed: Handed, now: Callable[[], datetime]
) -> None:
    pause = SINK_DOWN.after(item.attempts + 1)
    if sink is None:
        _postpone(
            ledger,
            item,
            now() + pause,
            "this sink is no longer in the settings; put it back or discard what it is owed",
            handed,
        )
        return
    if item.sink in handed.problems:
        # Down a moment ago: not even an attempt, so that nothing counts as perhaps shown.
        _postpone(ledger, item, now() + pause, handed.problems[item.sink], handed)
        return
    delivery = _begin(ledger, item, handed, now)
    if delivery is None:
        return
    try:
        sink.deliver(delivery)
    except SinkDown as problem:
        handed.problems[item.sink] = str(problem)
        _postpone(ledger, item, now() + (problem.retry_after or pause), str(problem), handed)
    except SinkRefused as problem:
        handed.problems.setdefault(item.sink, str(problem))
        with ledger.write() as unit:
            unit.deliveries.refuse(item.id, str(problem))
    else:
        with ledger.write() as unit:
            unit.deliveries.delivered(item.id)
        handed.delivered[item.event] += 1


def _begin(ledger: Ledger, item: DueDelivery, handed: Handed, now: Callable[[], datetime]) -> Delivery | None:
    """Note the attempt before it is made, so that a retraction knows that the sink may have been told; None where there is nothing to do."""
    from mappings.fhir import alert_bundle

    alert = alert_bundle.read(item.alert)
    with ledger.write() as unit:
        try:
            delivery = delivery_of(unit, alert)
        except NotKnownHere as problem:
            unit.deliveries.postpone(item.id, now() + SINK_DOWN.after(1), str(problem))
            return None
        begun = unit.deliveries.attempt(item.id, now() + SINK_DOWN.after(item.attempts + 1))
    return delivery if begun else None


def _postpone(ledger: Ledger, item: DueDelivery, until: datetime, problem: str, handed: Handed) -> None:
    handed.problems.setdefault(item.sink, problem)
    with ledger.write() as unit:
        unit.deliveries.postpone(item.id, until, problem)
