"""Which person of the register a notice is about: find or make the agency's record of the client, and link it.

* One record a client an agency. Its link is decided when it is new, and again when its evidence changes.
* A link on which somebody was told something stands; a change that contradicts it is noted for review, never moved in silence.
* The same details under other linkage epochs move no link; a record that is alone may find its person by them (`gateway.comparing`).
* Whatever is not a clear match gets a person of its own. A wrong link tells a stranger about a family.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from gateway.comparing import decided, is_rekeyed
from gateway.model.alert_reference import TOLD
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.person_record import Link, PersonRecord
from gateway.ports import UnitOfWork
from identity.person.linkage import Decision, LinkContext, Outcome
from identity.person.pepper import IndexKeys, Pepper
from mappings.canonical.evidence import Evidence
from mappings.canonical.notice import Notice


@dataclass(frozen=True, slots=True)
class Placed:
    """The record, its person now, the person it was before where it moved, the outcome as the audit names it, and how many possible
    matches await a person's eye."""

    record_id: int
    person_id: int
    moved_from: int | None
    outcome: str
    possibles: int = 0


def place(uow: UnitOfWork, pepper: Pepper, notice: Notice, now: datetime) -> Placed:
    """Find or make the record this notice is about and see that it is linked."""
    record = uow.records.find(notice.agency, notice.person_ref)
    if record is None:
        record = uow.records.add(
            notice.agency, notice.person_ref, notice.evidence, pepper.index_keys_of(notice.evidence)
        )
        decision = _decision(uow, pepper, record)
        person_id = _open(uow, record, decision, now)
        return Placed(record.id, person_id, None, decision.outcome.value, len(decision.possibles))
    return restate(uow, pepper, record, notice.evidence, now)


def restate(
    uow: UnitOfWork, pepper: Pepper, record: PersonRecord, evidence: tuple[Evidence, ...], now: datetime
) -> Placed:
    """Put other evidence in the place of a record's, and see whether it is linked as it should be."""
    link = uow.records.active_link(record.id)
    if record.evidence == evidence and link is not None:
        return Placed(record.id, link.person_id, None, "known")
    rekeyed = link is not None and is_rekeyed(record.evidence, evidence)
    uow.records.replace_evidence(record.id, evidence, pepper.index_keys_of(evidence))
    if link is not None and rekeyed and not _alone(uow, record.id, link):
        return Placed(record.id, link.person_id, None, "rekeyed")
    record = PersonRecord(record.id, record.agency, record.person_ref, evidence)
    return _reconsider(uow, pepper, record, link, now)


def place_unkeyed(uow: UnitOfWork, pepper: Pepper, notice: Notice, now: datetime) -> Placed:
    """The same for a notice whose evidence is all under retired epochs: nothing can be said about whose it is. A known client stays who it
    is; a new one is nobody's until the agency states it under an epoch that is in use."""
    record = uow.records.find(notice.agency, notice.person_ref)
    if record is None:
        record = uow.records.add(notice.agency, notice.person_ref, (), IndexKeys())
    link = uow.records.active_link(record.id)
    person_id = link.person_id if link is not None else _open(uow, record, Decision(Outcome.NEW), now)
    return Placed(record.id, person_id, None, "unkeyed")


def stay(uow: UnitOfWork, known: RegisteredInvolvement) -> Placed:
    """The record of a known involvement as it is, for a notice that says nothing about the person."""
    link = uow.records.active_link(known.record_id)
    if link is None:
        raise LookupError("a registered involvement has a record without a link")
    return Placed(known.record_id, link.person_id, None, "known")


def _reconsider(uow: UnitOfWork, pepper: Pepper, record: PersonRecord, link: Link | None, now: datetime) -> Placed:
    decision = _decision(uow, pepper, record)
    if link is None:
        return Placed(
            record.id, _open(uow, record, decision, now), None, decision.outcome.value, len(decision.possibles)
        )
    alone = _alone(uow, record.id, link)
    target = decision.person_id if decision.outcome is Outcome.MATCH else None
    if target == link.person_id or (target is None and alone):
        return Placed(record.id, link.person_id, None, "confirmed", len(decision.possibles))
    if _told_of(uow, record.id):
        return Placed(record.id, link.person_id, None, "questioned", len(decision.possibles) or 1)
    uow.records.close_link(link.id, now)
    return Placed(record.id, _open(uow, record, decision, now), link.person_id, "moved", len(decision.possibles))


def _decision(uow: UnitOfWork, pepper: Pepper, record: PersonRecord) -> Decision:
    context = LinkContext(agency=record.agency, population=uow.records.population())
    return decided(uow.records, pepper, record.evidence, context, record.id)


def _alone(uow: UnitOfWork, record_id: int, link: Link) -> bool:
    return all(member.record_id == record_id for member in uow.records.members(link.person_id))


def _open(uow: UnitOfWork, record: PersonRecord, decision: Decision, now: datetime) -> int:
    matched = decision.outcome is Outcome.MATCH and decision.person_id is not None
    person_id = decision.person_id if matched and decision.person_id is not None else uow.records.new_person()
    uow.records.open_link(
        Link(
            id=0,
            record_id=record.id,
            person_id=person_id,
            method=decision.method if matched else "new",
            score=decision.score if matched else 0.0,
            certainty=decision.certainty if matched else None,
            explanation=json.dumps(
                [[finding.field, finding.level, round(finding.bits, 2)] for finding in decision.explanation]
            ),
            decided_by="linkage",
            valid_from=now,
        )
    )
    return person_id


def _told_of(uow: UnitOfWork, record_id: int) -> bool:
    return any(
        alert.status in TOLD
        for involvement in uow.involvements.of_record(record_id)
        for connection in uow.connections.of_involvement(involvement.id)
        for alert in uow.alerts.of_direction(connection.id, connection.first)
        + uow.alerts.of_direction(connection.id, connection.second)
    )
