"""Whether a merge of two records of one agency can hold together with what stewards said: where it cannot, it waits."""

from gateway.merges.merged_records import surviving
from gateway.model.assertion import Verdict
from gateway.model.person_record import Link
from gateway.model.record_merge import RegisteredMerge
from gateway.model.review_case import CaseReason
from gateway.ports import UnitOfWork


def contradicted(uow: UnitOfWork, merge: RegisteredMerge) -> dict[int, CaseReason]:
    """The records of which stewards have said what cannot hold together with this merge, and how a steward is asked about each with the
    survivor."""
    gone = uow.records.find(merge.agency, merge.superseded)
    survivor = uow.records.find(merge.agency, surviving(uow, merge.agency, merge.surviving))
    former = uow.records.active_link(gone.id) if gone else None
    before = uow.records.active_link(survivor.id) if survivor else None
    if gone is None or survivor is None or former is None or before is None:
        return {}
    companions = companions_of(uow, before)
    moves = takes_its_place(uow, survivor.id, before, companions_of(uow, former))
    of_survivor = said_of(uow, survivor.id)
    found = {}
    for other, verdict in said_of(uow, gone.id).items():
        if verdict is Verdict.DIFFERENT and other in companions:
            found[other] = CaseReason.QUESTIONED
        elif (verdict is Verdict.SAME and other not in companions and not moves) or of_survivor.get(
            other, verdict
        ) is not verdict:
            found[other] = CaseReason.POSSIBLE
    return found


def takes_its_place(uow: UnitOfWork, survivor: int, before: Link, companions: set[int]) -> bool:
    """Whether a survivor that is alone takes the place of a superseded record with these companions."""
    apart = {other for other, verdict in said_of(uow, survivor).items() if verdict is Verdict.DIFFERENT}
    return bool(companions) and not companions_of(uow, before) and not apart & companions


def said_of(uow: UnitOfWork, record_id: int) -> dict[int, Verdict]:
    """What stewards said of the record and each other one."""
    return {said.other(record_id): said.verdict for said in uow.assertions.of_record(record_id)}


def companions_of(uow: UnitOfWork, link: Link) -> set[int]:
    """The other records of the person."""
    return {each.record_id for each in uow.records.members(link.person_id)} - {link.record_id}
