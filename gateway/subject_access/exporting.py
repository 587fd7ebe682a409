"""Handing a request out to the DPO's machine: what the register holds, as far as its controllers and the DPO let it be shown, and who was told.

* Refused while anybody has not answered, or anything private waits for a decision.
* A disclosure goes along where both sides' records are to be shown: else it would say of one what its controller keeps back. To whoever names the
  person as a relative, only what was told of the person's own record: what their worker was told of the other client is that client's.
* For a parent who asks for a child no role or team goes along: nothing that says where the child is looked after, or by whom.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.model.access_request import AccessItem, AccessRequest, AccessState, ItemState
from gateway.model.involvement import RegisteredInvolvement
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.subject_access.opening import under_way
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_answer_requests
from gateway.trust.signed_side import check_side
from identity.custody.access_file import (
    MAX_DISCLOSURES,
    AccessFile,
    AskedFor,
    HeldInvolvement,
    HeldRecord,
    digest_of,
    write_access,
)
from mappings.canonical.access import AccessQuestionKind
from mappings.canonical.codes import Mode, RelationKind
from mappings.canonical.identifiers import PartnershipId

EXPORT: Final = "subject-access.export"


@dataclass(frozen=True, slots=True, repr=False)
class Exported:
    """The request, and the bytes of the file."""

    request: AccessRequest
    data: bytes


def export_content(mode: Mode, request: str, partnership: PartnershipId) -> dict[str, Any]:
    """What is signed to hand a request out."""
    return {"request": request, "side": mode.value, "partnership": partnership.value}


def _export(unit: UnitOfWork, change: VerifiedChange) -> Exported:
    read = Content("export of a request for access", change.content, frozenset({"request", "side", "partnership"}))
    check_side(unit, read)
    request = under_way(unit, read.text("request", 20), AccessState.SEARCHED, AccessState.EXPORTED)
    items = unit.access_requests.items(request.id)
    _check_complete(request, items)
    shown = [each for each in items if each.is_released]
    relatives = {each.record for each in shown if each.kind is AccessQuestionKind.RELATIVE}
    disclosures = _disclosures(unit, {each.record for each in shown} - relatives, relatives)
    names = {agency.id.value: agency.name for agency in unit.trust.agencies()}
    file = AccessFile(
        partnership=read.identifier("partnership", PartnershipId),
        mode=unit.side.mode,
        request=_asked(request),
        exported_at=change.at.replace(microsecond=0),
        # The names of those alone that stand in it: the sealed part names no others.
        agencies={id: names.get(id, id) for id in sorted({each.agency.value for each in shown})},
        contacts=tuple(sorted({each.rights_contact for each in unit.agreements.current()})),
        records=tuple(_held(unit, request, each) for each in shown),
        disclosures=disclosures,
    )
    data = write_access(file)
    saved = unit.access_requests.save(replace(request, state=AccessState.EXPORTED, answer=digest_of(data)))
    record(unit, change, "access-exported", request=request.reference, records=len(shown), disclosures=len(disclosures))
    return Exported(saved, data)


def _check_complete(request: AccessRequest, items: list[AccessItem]) -> None:
    asked = [each.id for each in items if each.state is ItemState.ASKED]
    if asked:
        raise Refused(
            f"{len(asked)} records of {request.reference} wait for their agency's answer ({_numbers(asked)}); once its time is over, record "
            "what it said with patchwork subject-access answer"
        )
    undecided = [each.id for each in items if each.is_to_decide]
    if undecided:
        raise Refused(
            f"{len(undecided)} records of {request.reference} are of services that must stay private ({_numbers(undecided)}); say of each "
            "whether it is shown with patchwork subject-access decide"
        )


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:10]))


def _asked(request: AccessRequest) -> AskedFor:
    return AskedFor(
        request.reference,
        request.on_behalf.value,
        request.about_child,
        request.shows_least,
        request.received_on,
        request.due,
    )


def _disclosures(unit: UnitOfWork, own: set[int], relatives: set[int]) -> tuple[str, ...]:
    found = unit.disclosure_records.of_records(own, MAX_DISCLOSURES + 1)
    if len(found) > MAX_DISCLOSURES:
        raise Refused(f"more than {MAX_DISCLOSURES} disclosures are on record; ask for a list by agency from the audit")
    told = [each for each in found if each.discloser in own and each.recipient in own | relatives]
    if any(not each.sealed for each in told):
        raise Refused("disclosures wait for a DPO's key: name dpo_file in the settings, and run patchwork housekeeping")
    return tuple(each.sealed for each in told)


def _held(unit: UnitOfWork, request: AccessRequest, item: AccessItem) -> HeldRecord:
    if item.kind is AccessQuestionKind.RELATIVE:
        return HeldRecord(item.kind, item.agency, item.person_ref, _relation(unit, item), ())
    known = [each for each in unit.involvements.of_record(item.record) if each.erased_on is None]
    return HeldRecord(
        item.kind, item.agency, item.person_ref, None, tuple(_involvement(each, request.shows_least) for each in known)
    )


def _relation(unit: UnitOfWork, item: AccessItem) -> RelationKind | None:
    stated = unit.relations.of_involvement(item.involvement or 0)
    return stated[0].kind if stated else None


def _involvement(each: RegisteredInvolvement, least: bool) -> HeldInvolvement:
    return HeldInvolvement(
        service=each.service,
        standing=each.standing.value,
        start=each.start,
        end=each.end,
        confirmed=each.confirmed,
        age_band=each.age_band,
        legal_basis=each.legal_basis,
        consent=each.consent,
        informed=each.informed,
        informed_date=each.informed_date,
        role="" if least else each.worker.role,
        team="" if least else each.worker.team,
    )


EXECUTORS: Final = {EXPORT: Executor(check_may_answer_requests, check_may_answer_requests, never, _export)}
