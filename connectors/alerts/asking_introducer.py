"""Asking the introducer to pass our work contact on, where an alert says that somebody is involved and not who.

The request names a connection and our own involvement, by references only; our contact is what we published already. Nothing ever comes back but
the receipt that it arrived: passed on, declined or never looked at are one.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.alerts.own_side import NotKnownHere, label, own_side
from connectors.ledger.ledger import Unit
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertLevel, MessageKind
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.introduction import IntroductionRequest

AT_MOST_EVERY = timedelta(days=1)


class CannotAsk(Exception):
    """There is nothing to ask for under this reference. Says why, with the way out."""


@dataclass(frozen=True, slots=True, repr=False)
class Asking:
    """One connection that was asked about, in the agency's own words."""

    reference: str
    client: str
    client_local_id: str
    worker: str
    asked_at: datetime


def holds(unit: Unit, reference: str) -> bool:
    """Whether this ledger has a current connection under the spoken reference."""
    return any(True for _ in _named(unit, reference))


def ask(unit: Unit, agency: AgencyId, reference: str, now: datetime) -> list[Asking]:
    """Queue the request, for every involvement of ours that was told of it. Raises `CannotAsk`."""
    told = list(_named(unit, reference))
    if not told:
        raise CannotAsk(
            f"no current connection of our clients has the reference {reference[:20]}; patchwork-connector worklist shows those there are"
        )
    hidden = [alert for alert in told if alert.level is AlertLevel.EMPTY]
    if not hidden:
        raise CannotAsk(f"who is involved under {reference[:20]} is named; ring them: patchwork-connector worklist")
    asked = [unit.asked.at(each.connection, each.recipient_involvement) for each in hidden]
    if all(at is not None and now < at + AT_MOST_EVERY for at in asked):
        raise CannotAsk(
            "the introducer was asked within the last day already; a request is not answered, and asking again hurries nobody"
        )
    return [_queue(unit, agency, alert, now) for alert in hidden]


def _named(unit: Unit, reference: str) -> Iterator[Alert]:
    from mappings.fhir import alert_bundle

    for told in unit.connections.current():
        alert = alert_bundle.read(told.alert) if told.alert is not None else None
        if alert is not None and alert.spoken_reference.value == reference.strip().upper():
            yield alert


def _queue(unit: Unit, agency: AgencyId, alert: Alert, now: datetime) -> Asking:
    from mappings.introduction_json import write_request

    try:
        own = own_side(unit, alert.recipient_involvement)
    except NotKnownHere as problem:
        raise CannotAsk(str(problem)) from None
    id, sequence = MessageId(str(uuid.uuid4())), unit.positions.next(now)
    request = IntroductionRequest(id, sequence, agency, alert.connection, alert.recipient_involvement)
    unit.outbox.add(id, MessageKind.INTRODUCTION_REQUEST, id, write_request(request), now, sequence=sequence)
    unit.asked.note(alert.connection, alert.recipient_involvement, id, now)
    return Asking(alert.spoken_reference.value, label(own), own.client_local_id, own.worker, now)
