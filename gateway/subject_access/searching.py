"""Looking for the records that a request may be about, with tokens made on the DPO's machine.

* What the surest details agree with is asked about (`CONFIRM`). What is linked with it, or like it, its own agency checks first (`CHECK`).
* A notice that names the person as a relative is shown to that relative, since it is about them too (`RELATIVE`).
* Of whom everything else is erased, who was told is found by the surest details alone (`gateway.disclosure_record.subject_keys`).
* Nothing is linked, moved or told to anybody by a search. The tokens are not kept; searching again adds what has come since.
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from gateway.disclosure_record.subject_keys import subject_keys
from gateway.model.access_request import AccessItem, AccessRequest, AccessState
from gateway.model.involvement import RegisteredInvolvement
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.subject_access.grading import agrees, graded
from gateway.subject_access.opening import under_way
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_answer_requests
from gateway.trust.signed_side import check_side
from identity.custody.access_actions import SEARCH
from identity.custody.access_ask import MAX_EPOCHS
from identity.person.pepper import Pepper
from mappings.canonical.access import AccessQuestionKind
from mappings.canonical.codes import Sensitivity
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import MessageId
from mappings.evidence_codec import InvalidEvidence, decode

ANSWER_DAYS: Final = 14
"""How long a controller has, within the request's own clock."""

MAX_RECORDS: Final = 100
_MAX_BASE64: Final = 12 * 1024


def _search(unit: UnitOfWork, change: VerifiedChange) -> list[AccessItem]:
    read = Content("search for a request for access", change.content, frozenset({"request", "side", "evidence"}))
    check_side(unit, read)
    request = under_way(unit, read.text("request", 20), AccessState.OPEN, AccessState.SEARCHED)
    asked, matching = _evidence(read), change.matching()
    pepper = matching.peppers(unit)
    found: dict[tuple[int, int | None], AccessQuestionKind] = {}
    for number, kind in _records(unit, pepper, asked).items():
        found[number, None] = kind
    for number in unit.disclosure_records.records_under(subject_keys(matching.pairing, asked), MAX_RECORDS):
        known = unit.records.get(number)
        if known is not None and not known.evidence:
            found[number, None] = AccessQuestionKind.CONFIRM
    for stating in _relatives(unit, pepper, asked):
        found[stating.record_id, stating.id] = AccessQuestionKind.RELATIVE
    if len(found) > MAX_RECORDS:
        raise Refused(
            f"more than {MAX_RECORDS} records are like these details; give more of them, or look at them again"
        )
    return _keep(unit, change, request, found)


def _records(unit: UnitOfWork, pepper: Pepper, asked: list[Evidence]) -> dict[int, AccessQuestionKind]:
    keys, population = pepper.search_keys_of(asked), unit.records.population()
    near = [*unit.records.candidates(keys, None), *unit.records.band_candidates(keys, None)]
    hits = graded(asked, near, population)
    sure = {each.person_id for each in near if hits.get(each.record_id) is AccessQuestionKind.CONFIRM}
    for person in sorted(number for number in sure if number is not None):
        members = unit.records.members(person)
        hits = (
            {each.record_id: AccessQuestionKind.CHECK for each in members} | graded(asked, members, population) | hits
        )
    return hits


def _relatives(unit: UnitOfWork, pepper: Pepper, asked: list[Evidence]) -> list[RegisteredInvolvement]:
    population = unit.records.population()
    stated = unit.relations.sharing(pepper.search_keys_of(asked))
    return [
        unit.involvements.get(number)
        for number in sorted({each.involvement_id for each in stated if agrees(asked, each.evidence, population)})
    ]


def _keep(
    unit: UnitOfWork,
    change: VerifiedChange,
    request: AccessRequest,
    found: Mapping[tuple[int, int | None], AccessQuestionKind],
) -> list[AccessItem]:
    known = {(each.record, each.involvement) for each in unit.access_requests.items(request.id)}
    due = min(change.at.date() + timedelta(days=ANSWER_DAYS), request.due)
    new = [
        _item(unit, request, key, kind, change.at, due)
        for key, kind in sorted(found.items(), key=_order)
        if key not in known
    ]
    unit.access_requests.add_items(new)
    unit.access_requests.save(replace(request, state=AccessState.SEARCHED))
    counts = {kind: sum(each is kind for each in found.values()) for kind in AccessQuestionKind}
    record(
        unit,
        change,
        "access-searched",
        request=request.reference,
        sure=counts[AccessQuestionKind.CONFIRM],
        to_check=counts[AccessQuestionKind.CHECK],
        as_relative=counts[AccessQuestionKind.RELATIVE],
        new=len(new),
    )
    return unit.access_requests.items(request.id)


def _item(
    unit: UnitOfWork,
    request: AccessRequest,
    key: tuple[int, int | None],
    kind: AccessQuestionKind,
    at: Any,
    due: date,
) -> AccessItem:
    number, involvement = key
    whose = unit.records.get(number)
    if whose is None:
        raise Refused("a record went while it was looked for; search again")
    return AccessItem(
        id=0,
        request=request.id,
        kind=kind,
        agency=whose.agency,
        record=number,
        involvement=involvement,
        person_ref=whose.person_ref,
        question=MessageId(str(uuid.uuid4())),
        asked_at=at,
        due=due,
        held=_must_stay_private(unit, number),
    )


def _must_stay_private(unit: UnitOfWork, number: int) -> bool:
    """Whether the service is one to be named to nobody without a decision. What is erased no longer says, and counts as private."""
    return any(each.sensitivity is not Sensitivity.STANDARD for each in unit.involvements.of_record(number))


def _order(entry: tuple[tuple[int, int | None], AccessQuestionKind]) -> tuple[int, int]:
    number, involvement = entry[0]
    return number, involvement or 0


def _evidence(read: Content) -> list[Evidence]:
    written = read.texts("evidence", _MAX_BASE64)
    if len(written) > MAX_EPOCHS:
        raise read.refusal("evidence", f"is under at most {MAX_EPOCHS} epochs")
    try:
        return [decode(base64.b64decode(each, validate=True)) for each in written]
    except (ValueError, InvalidEvidence):
        raise read.refusal("evidence", "is not what patchwork-keyholder access ask makes") from None


EXECUTORS: Final = {SEARCH: Executor(check_may_answer_requests, check_may_answer_requests, never, _search)}
