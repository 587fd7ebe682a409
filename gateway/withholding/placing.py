"""Placing a withholding on a person, and its end: each followed at once by everybody whom it concerns.

Whoever was told hears that it is no longer shared, in the message of any ending (`gateway.alerts.alerting`); whoever was not hears nothing.
"""

from dataclasses import replace
from datetime import datetime

from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.audit.recording import entry
from gateway.merges.merged_records import surviving
from gateway.model.person_record import PersonRecord
from gateway.model.withholding import Withholding
from gateway.ports import Clock, Store, UnitOfWork
from gateway.working_days import after_working_days
from identity.person.pepper import IndexKeys
from mappings.canonical.identifiers import AgencyId, PersonRef

SHIELD_DAYS = 5
"""Working days for which one agency's word is enough."""

PAGE = 50


def clock_of_shield(made_at: datetime) -> datetime:
    """When a shield lapses that nobody confirms."""
    return after_working_days(made_at, SHIELD_DAYS)


def record_of(uow: UnitOfWork, agency: AgencyId, person_ref: PersonRef) -> PersonRecord:
    """The agency's record of its client, as its merges leave it. It is made where nothing is known of the client yet, so that a shield that
    comes before the first notice stands when that comes."""
    ref = surviving(uow, agency, person_ref)
    return uow.records.find(agency, ref) or uow.records.add(agency, ref, (), IndexKeys())


def place(alerting: Alerting, made: Withholding) -> tuple[Withholding, int]:
    """Have it stand from now on. Returns it with its id, and how many alerts were queued."""
    placed = alerting.uow.withholdings.add(made)
    return placed, _follow(alerting, placed)


def end(alerting: Alerting, known: Withholding) -> int:
    """Have it stand no longer. Returns how many alerts were queued."""
    alerting.uow.withholdings.save(replace(known, ended_at=alerting.now))
    return _follow(alerting, known)


def lapse_due(store: Store, clock: Clock, pairing: Pairing) -> int:
    """End every shield whose clock ran out unconfirmed. Returns how many. Raises `StoreDown`."""
    now = clock.now()
    with store.read() as uow:
        if not uow.withholdings.lapsing(now, 1):
            return 0
    with store.write() as uow:
        late = uow.withholdings.lapsing(now, PAGE)
        alerting = Alerting(uow, pairing, uow.agreements.current(), now)
        for each in late:
            alerts = end(alerting, each)
            event = entry("shield-lapsed", "relay", shield=each.id, alerts=alerts)
            uow.audit.append(now, event.code, event.actor, event.fields)
    return len(late)


def _follow(alerting: Alerting, changed: Withholding) -> int:
    uow = alerting.uow
    links = [uow.records.active_link(record) for record in uow.withholdings.bearers(changed.id)]
    people = {link.person_id for link in links if link is not None}
    return sum(alerting.reconcile_person(person) for person in sorted(people))
