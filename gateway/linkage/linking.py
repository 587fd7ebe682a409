"""Which person of the register a notice is about: find or make the agency's record of the client, and link it.

* One record a client an agency. Its link is decided when it is new, and again when its evidence changes.
* A link on which somebody was told something stands; a change that contradicts it goes to review, it is never moved in silence.
* The same details under other linkage epochs move no link; a record that is alone may find its person by them (`gateway.linkage.comparing`).
* Whatever is not a clear match gets a person of its own and goes to review. A wrong link tells a stranger about a family.
* A record that certainly is of two persons joins the likelier one, and the other's records are decided anew, all of them together or each
  by itself (`drawn`).
* What a steward said of two records (`gateway.model.assertion`) stands above whatever the evidence says later.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from gateway.linkage.asserted_index import AssertedIndex, asserted_index
from gateway.linkage.comparing import decided, is_rekeyed
from gateway.linkage.pair_score import score_pair
from gateway.model.alert_reference import TOLD
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.person_record import Link, PersonRecord
from gateway.model.review_case import CaseReason
from gateway.ports import UnitOfWork
from identity.person.kept_evidence import as_kept
from identity.person.linkage import Decision, LinkContext, Outcome
from identity.person.pepper import IndexKeys, Pepper
from identity.person.weights import Parameters
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import PersonRef
from mappings.canonical.notice import Notice

KNOWN, QUESTIONED = "known", "questioned"


class _Looked(NamedTuple):
    """A record, its link, and the match that would be decided now."""

    record: PersonRecord
    link: Link
    decision: Decision


@dataclass(frozen=True, slots=True)
class Placed:
    """The record, its person now, the person it was before where it moved, and the outcome as the audit names it.

    `suspects` are the records that a steward must hold against this one, and why. `also` are records of other persons that may be of this
    one too, now that this record tells of both (`drawn`). `is_new`: the record was made just now.
    """

    record_id: int
    person_id: int
    moved_from: int | None
    outcome: str
    suspects: Mapping[int, CaseReason] = field(default_factory=dict)
    is_new: bool = False
    also: tuple[int, ...] = ()

    @property
    def possibles(self) -> int:
        """How many possible matches await a person's eye."""
        return len(self.suspects)


def place(uow: UnitOfWork, pepper: Pepper, notice: Notice, now: datetime) -> Placed:
    """Find or make the record this notice is about and see that it is linked."""
    record = uow.records.find(notice.agency, notice.person_ref)
    if record is None:
        return enter(uow, pepper, LinkContext(notice.agency, 0), notice.person_ref, notice.evidence, now)[0]
    return restate(uow, pepper, record, notice.evidence, now)


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
    decision = _decision(uow, pepper, record, AssertedIndex(uow.records), context, parameters)
    person_id = _open(uow, record, decision, now)
    outcome = decision.outcome.value
    return Placed(record.id, person_id, None, outcome, _possibles(decision), True, decision.also), decision


def restate(
    uow: UnitOfWork, pepper: Pepper, record: PersonRecord, evidence: tuple[Evidence, ...], now: datetime
) -> Placed:
    """Put other evidence in the place of a record's, and see whether it is linked as it should be."""
    link, evidence = uow.records.active_link(record.id), as_kept(evidence)
    if record.evidence == evidence and link is not None:
        return Placed(record.id, link.person_id, None, KNOWN)
    rekeyed = link is not None and is_rekeyed(record.evidence, evidence)
    uow.records.replace_evidence(record.id, evidence, pepper.index_keys_of(evidence))
    if link is not None and rekeyed and _others(uow, record.id, link):
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
    return Placed(known.record_id, link.person_id, None, KNOWN)


def reconsider(uow: UnitOfWork, pepper: Pepper, record_id: int, now: datetime) -> Placed:
    """Decide the link of a known record anew, because what stands around it has changed."""
    record = _known(uow, record_id)
    return _reconsider(uow, pepper, record, uow.records.active_link(record_id), now)


def drawn(
    uow: UnitOfWork,
    pepper: Pepper,
    placed: Placed,
    now: datetime,
    context: LinkContext | None = None,
    parameters: Parameters | None = None,
) -> list[Placed]:
    """The records of other persons that are matched with another person now, because of this one: all of a person's where each of them is
    surely of the other person too, else those of `placed.also` that now fit another person better. A link that somebody was told of stands,
    and is questioned instead; nobody is left alone by this."""

    def look(record_id: int, left_out: frozenset[int] = frozenset()) -> _Looked | None:
        record, link = _known(uow, record_id), uow.records.active_link(record_id)
        asked = replace(context, agency=record.agency) if context else None
        decision = _decision(uow, pepper, record, asserted_index(uow, record_id, left_out), asked, parameters)
        matched = decision.outcome is Outcome.MATCH and decision.person_id is not None
        return _Looked(record, link, decision) if link is not None and matched else None

    found: list[Placed] = []
    links = [link for record_id in placed.also if (link := uow.records.active_link(record_id))]
    for person_id in dict.fromkeys(link.person_id for link in links):
        records = frozenset(each.record_id for each in uow.records.members(person_id))
        together = [look(each, records) for each in sorted(records)]
        whole = [each for each in together if each is not None and each.decision.person_id == placed.person_id]
        if len(whole) == len(records):
            found += _joined(uow, whole, now)
            continue
        for record_id in (link.record_id for link in links if link.person_id == person_id):
            looked = look(record_id)
            if looked is not None and looked.decision.person_id != person_id:
                found.append(_settled(uow, *looked, now))
    return found


def is_told(uow: UnitOfWork, link: Link) -> bool:
    """Whether somebody was told something that rests on this link."""
    return any(
        alert.status in TOLD and link.id in (*connection.links, *alert.links)
        for involvement in uow.involvements.of_record(link.record_id)
        for connection in uow.connections.of_involvement(involvement.id)
        for alert in uow.alerts.of_direction(connection.id, connection.first)
        + uow.alerts.of_direction(connection.id, connection.second)
    )


def _joined(uow: UnitOfWork, records: Sequence[_Looked], now: datetime) -> list[Placed]:
    """All records of a person as their decisions say; or, where somebody was told of one of them, that one questioned and none moved."""
    for record, link, decision in records:
        if is_told(uow, link):
            return [Placed(record.id, link.person_id, None, QUESTIONED, _rival(decision))]
    return [_settled(uow, record, link, decision, now) for record, link, decision in records]


def _known(uow: UnitOfWork, record_id: int) -> PersonRecord:
    record = uow.records.get(record_id)
    if record is None:
        raise LookupError("there is no such record")
    return record


def _reconsider(uow: UnitOfWork, pepper: Pepper, record: PersonRecord, link: Link | None, now: datetime) -> Placed:
    decision = _decision(uow, pepper, record, asserted_index(uow, record.id))
    if link is not None:
        return _settled(uow, record, link, decision, now)
    person_id, outcome = _open(uow, record, decision, now), decision.outcome.value
    return Placed(record.id, person_id, None, outcome, _possibles(decision), also=decision.also)


def _settled(uow: UnitOfWork, record: PersonRecord, link: Link, decision: Decision, now: datetime) -> Placed:
    """The record's link as the decision says, unless somebody was told of the one it has."""
    suspects = _possibles(decision)
    others = _others(uow, record.id, link)
    target = decision.person_id if decision.outcome is Outcome.MATCH else None
    if target == link.person_id or (target is None and not others):
        return Placed(record.id, link.person_id, None, "confirmed", suspects, also=decision.also)
    if is_told(uow, link):
        suspects |= _rival(decision) | _doubtful(uow, record, others)
        return Placed(record.id, link.person_id, None, QUESTIONED, suspects)
    uow.records.close_link(link.id, now)
    return Placed(record.id, _open(uow, record, decision, now), link.person_id, "moved", suspects, also=decision.also)


def _decision(
    uow: UnitOfWork,
    pepper: Pepper,
    record: PersonRecord,
    index: AssertedIndex,
    context: LinkContext | None = None,
    parameters: Parameters | None = None,
) -> Decision:
    asked = replace(
        context or LinkContext(record.agency, 0),
        population=uow.records.population(),
        same=index.same,
        different=index.different,
    )
    return decided(index, pepper, record.evidence, asked, record.id, parameters)


def _others(uow: UnitOfWork, record_id: int, link: Link) -> set[int]:
    """The other records of the same person."""
    return {each.record_id for each in uow.records.members(link.person_id)} - {record_id}


def _possibles(decision: Decision) -> dict[int, CaseReason]:
    reason = CaseReason.MANY if decision.outcome is Outcome.MANY else CaseReason.POSSIBLE
    return {record_id: reason for record_id, _ in decision.possibles}


def _rival(decision: Decision) -> dict[int, CaseReason]:
    """Whoever the record would be linked with today, were its link not one that somebody was told of."""
    return {decision.record_id: CaseReason.MANY} if decision.record_id is not None else {}


def _doubtful(uow: UnitOfWork, record: PersonRecord, others: set[int]) -> dict[int, CaseReason]:
    """Of the records it is linked with, the one most alike: if not even that is the same person, none is."""
    population = uow.records.population()
    known = [other for record_id in sorted(others) if (other := uow.records.get(record_id))]
    best = max(known, key=lambda other: score_pair(record, other, population).score, default=None)
    return {best.id: CaseReason.QUESTIONED} if best else {}


def _explained(decision: Decision) -> str:
    """Why it was linked, field by field, as JSON. That somebody is new rests on nothing that agrees: there is nothing to keep."""
    return json.dumps(
        [[each.field, each.level, round(each.bits, 2)] for each in decision.explanation], separators=(",", ":")
    )


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
            explanation=_explained(decision) if matched else "[]",
            decided_by="linkage",
            valid_from=now,
        )
    )
    return person_id
