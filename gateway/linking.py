"""Which person of the register a notice is about: find or make the agency's record of the client, and link it.

* One record a client an agency. Its link is decided when it is new, and again when its evidence changes.
* A link on which somebody was told something stands; a change that contradicts it is noted for review, never moved in silence.
* Whatever is not a clear match gets a person of its own. A wrong link tells a stranger about a family.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.alert_reference import TOLD
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.person_record import Link, PersonRecord
from gateway.ports import UnitOfWork
from identity.person.linkage import Decision, LinkContext, Outcome, resolve
from identity.person.pepper import Pepper
from identity.person.weights import Parameters
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import PersonRef
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
        return enter(uow, pepper, LinkContext(notice.agency, 0), notice.person_ref, notice.evidence, now)[0]
    link = uow.records.active_link(record.id)
    if record.evidence == notice.evidence and link is not None:
        return Placed(record.id, link.person_id, None, "known")
    uow.records.replace_evidence(record.id, notice.evidence, pepper.index_keys_of(notice.evidence))
    record = PersonRecord(record.id, record.agency, record.person_ref, notice.evidence)
    return _reconsider(uow, pepper, record, link, now)


def enter(
    uow: UnitOfWork,
    pepper: Pepper,
    context: LinkContext,
    person_ref: PersonRef,
    evidence: tuple[Evidence, ...],
    now: datetime,
    parameters: Parameters | None = None,
) -> tuple[Placed, Decision]:
    """Add a new record of the context's agency, and link it. The context's population is taken from the register."""
    record = uow.records.add(context.agency, person_ref, evidence, pepper.index_keys_of(evidence))
    decision = _decision(uow, pepper, record, context, parameters)
    person_id = _open(uow, record, decision, now)
    return Placed(record.id, person_id, None, decision.outcome.value, len(decision.possibles)), decision


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
    alone = all(member.record_id == record.id for member in uow.records.members(link.person_id))
    target = decision.person_id if decision.outcome is Outcome.MATCH else None
    if target == link.person_id or (target is None and alone):
        return Placed(record.id, link.person_id, None, "confirmed", len(decision.possibles))
    if _told_of(uow, record.id):
        return Placed(record.id, link.person_id, None, "questioned", len(decision.possibles) or 1)
    uow.records.close_link(link.id, now)
    return Placed(record.id, _open(uow, record, decision, now), link.person_id, "moved", len(decision.possibles))


def _decision(
    uow: UnitOfWork,
    pepper: Pepper,
    record: PersonRecord,
    context: LinkContext | None = None,
    parameters: Parameters | None = None,
) -> Decision:
    asked = replace(context or LinkContext(record.agency, 0), population=uow.records.population())
    keys = pepper.index_keys_of(record.evidence)
    return resolve(record.evidence[0], keys, uow.records, asked, exclude_record=record.id, parameters=parameters)


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
