"""First alerts of one worker, given as one digest where there are many: when a partnership starts, or an agency loads all its clients at once,
nobody's desk is buried.

Only what a sink was never given anything of is collected. Changes of what was shown, endings and retractions come at once as ever; what is taken
back before its digest is given is not in it. No word for this is on the wire: that many alerts come at once is seen where they arrive.

An alert that says `digest_only` (its agency is a universal service) waits for the digest of the day whatever the settings say, and so does a
change of what was shown; endings and retractions come at once there too. A sink that takes no digests is given the day's alerts together.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from connectors.alerts import digest_wording
from connectors.alerts.digest_policy import DigestPolicy, When, folded
from connectors.alerts.own_side import NotKnownHere, delivery_of
from connectors.ledger.deliveries import DueDelivery
from connectors.ledger.ledger import Ledger, Unit
from connectors.sinks.port import Delivery, Digest, SinkDown, SinkRefused, TakesDigests

MOST_IN_ONE = 500
WINDOW = timedelta(hours=24)
QUIET = timedelta(minutes=10)
"""A digest is given when for so long nothing was added to it ..."""
LONGEST = timedelta(hours=1)
"""... or so long after its first alert came."""

_NAMESPACE = uuid.UUID("6c1f2a52-6a0e-4c7e-9f2e-1d0d6a1f9b61")
_AT_ONCE = 10_000
_BY_ITSELF = "-"


def collect(ledger: Ledger, policies: Mapping[str, DigestPolicy], now: datetime) -> None:
    """Decide for everything new that shows somebody whether it waits for a digest; `policies` has one for every sink. All alerts that came
    together count together."""
    if not policies:
        return
    with ledger.write() as unit:
        while _collect_firsts(unit, policies, now) == _AT_ONCE:
            pass
        while _collect_changes(unit, policies, now) == _AT_ONCE:
            pass


def _collect_firsts(unit: Unit, policies: Mapping[str, DigestPolicy], now: datetime) -> int:
    """One batch; answers of how many it is known now. What is not known here yet is looked at again in the next run."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    whens: dict[tuple[str, str], When] = {}
    known = 0
    for item in unit.digests.unsorted(policies, _AT_ONCE, shown=False):
        delivery = _delivery(unit, item)
        if delivery is None:
            continue
        known += 1
        group = (item.sink, _mark(unit, delivery))
        unit.digests.note(item.id, group[1])
        policy = policies[item.sink]
        if delivery.alert.digest_only:
            unit.digests.collect([item.id], policy.next_daily(now))
            continue
        groups[group].append(item.id)
        whens[group] = policy.of(delivery.worker, delivery.team, now.date())
    for (sink, mark), ids in groups.items():
        _decide(unit, policies[sink], whens[sink, mark], (sink, mark), ids, now)
    return known


def _collect_changes(unit: Unit, policies: Mapping[str, DigestPolicy], now: datetime) -> int:
    """The same of what a sink was given something of before: it waits only where it may be told in a digest alone."""
    known = 0
    for item in unit.digests.unsorted(policies, _AT_ONCE, shown=True):
        delivery = _delivery(unit, item)
        if delivery is None:
            continue
        known += 1
        unit.digests.note(item.id, _mark(unit, delivery) if delivery.alert.digest_only else _BY_ITSELF)
        if delivery.alert.digest_only:
            unit.digests.collect([item.id], policies[item.sink].next_daily(now))
    return known


def _mark(unit: Unit, delivery: Delivery) -> str:
    return unit.cipher.mark(b"digest" + folded(delivery.worker).encode())


def _decide(
    unit: Unit, policy: DigestPolicy, when: When, group: tuple[str, str], ids: Sequence[int], now: datetime
) -> None:
    if when is When.DAILY:
        unit.digests.collect(ids, policy.next_daily(now))
    elif when is When.WHEN_MANY and unit.digests.recent(*group, now - WINDOW) > policy.above:
        unit.digests.collect(ids, now)
        oldest = unit.digests.oldest(*group) or now
        unit.digests.move(*group, min(oldest + LONGEST, now + QUIET))


def give_digests(
    ledger: Ledger, sinks: Mapping[str, object], now: Callable[[], datetime], pause: Callable[[int], timedelta]
) -> tuple[list[str], dict[str, str]]:
    """Give every digest that is due. Answers the events that were delivered so, and what went wrong by sink."""
    delivered: list[str] = []
    problems: dict[str, str] = {}
    with ledger.read() as unit:
        due = unit.digests.due(now())
    for name, mark in due:
        sink = sinks.get(name)
        if sink is not None and not isinstance(sink, TakesDigests):
            with ledger.write() as unit:
                unit.digests.release(name, mark)
            continue
        if sink is None:
            problems.setdefault(name, "this sink is no longer in the settings; put it back")
        if name in problems or sink is None:
            with ledger.write() as unit:
                unit.digests.move(name, mark, now() + pause(1), problems[name])
            continue
        items, digest = _begin(ledger, name, mark, now(), pause)
        if digest is None:
            continue
        try:
            sink.deliver_digest(digest)
        except SinkDown as problem:
            problems[name] = str(problem)
            with ledger.write() as unit:
                attempts = max(item.attempts for item in items) + 1
                unit.digests.move(name, mark, now() + (problem.retry_after or pause(attempts)), str(problem))
            continue
        except SinkRefused as problem:
            problems.setdefault(name, str(problem))
            with ledger.write() as unit:
                for item in items:
                    unit.deliveries.refuse(item.id, str(problem))
            continue
        with ledger.write() as unit:
            for item in items:
                unit.deliveries.delivered(item.id)
        delivered += [item.event.value for item in items]
    return delivered, problems


def _begin(
    ledger: Ledger, sink: str, mark: str, now: datetime, pause: Callable[[int], timedelta]
) -> tuple[list[DueDelivery], Digest | None]:
    """Note the attempt before it is made, so that a retraction knows that the sink may have been told."""
    with ledger.write() as unit:
        known = [
            (item, delivery)
            for item in unit.digests.of(sink, mark, MOST_IN_ONE)
            if (delivery := _delivery(unit, item)) is not None
        ]
        begun = [(item, delivery) for item, delivery in known if unit.deliveries.attempt(item.id, now + pause(1))]
        if not begun:
            unit.digests.move(sink, mark, now + pause(1))
            return [], None
    items, deliveries = [item for item, _ in begun], tuple(delivery for _, delivery in begun)
    worker = deliveries[0].worker
    id = str(uuid.uuid5(_NAMESPACE, f"{sink} {items[0].id} {deliveries[0].alert.id}"))
    return items, Digest(id, worker, now, deliveries, digest_wording.text(deliveries, worker))


def _delivery(unit: Unit, item: DueDelivery) -> Delivery | None:
    from mappings.fhir import alert_bundle

    try:
        return delivery_of(unit, alert_bundle.read(item.alert))
    except NotKnownHere:
        return None
