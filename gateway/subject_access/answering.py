"""What each controller says of its record, and what the DPO decides of a service that must stay private.

* An agency answers through its own connector; while the request is not on its way to the DPO's machine it may think better of it.
* Where it has not answered in time the DPO records what it said on paper, and on which.
* Nothing is released for which nobody answered, and nothing private without a decision.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from gateway.audit.recording import Entry, entry
from gateway.model.access_request import AccessItem, AccessRequest, AccessState, ItemState
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.subject_access.opening import MAX_REASON, under_way
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_answer_requests
from gateway.trust.signed_side import check_side
from mappings.canonical.access import AccessAnswer, AccessVerdict, ExemptionGround
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.receipt import Issue

ANSWER: Final = "subject-access.answer"
DECIDE: Final = "subject-access.decide"
NOT_ASKED_OF_THEM: Final = Issue(
    "not-found",
    "not-asked",
    "AccessAnswer.question",
    "this agency was not asked that; its list of questions says what is",
)


def take_answer(unit: UnitOfWork, answer: AccessAnswer, sender: ConnectorId, at: datetime) -> Entry | None:
    """An agency's own answer. None where it was not asked that; the answer to a request that is past it changes nothing. Returns what the
    audit is to say."""
    item = unit.access_requests.item_of(answer.question)
    if item is None or item.agency != answer.agency:
        return None
    request = unit.access_requests.by_id(item.request)
    who, agency = sender.value, answer.agency.value
    if request is None or request.state is not AccessState.SEARCHED:
        return entry("access-answer-late", who, agency=agency)
    unit.access_requests.save_item(_answered(item, answer.verdict, answer.ground, at, f"connector {who}", ""))
    ground = answer.ground.value if answer.ground else ""
    return entry(
        "access-answered",
        who,
        request=request.reference,
        item=item.id,
        agency=agency,
        verdict=answer.verdict.value,
        ground=ground,
    )


def answer_content(mode: Mode, request: str, item: int, verdict: str, ground: str, evidence: str) -> dict[str, Any]:
    """What is signed to record an agency's answer in its stead. Raises `Refused` before anything is signed."""
    content: dict[str, Any] = {
        "request": request,
        "side": mode.value,
        "item": item,
        "verdict": verdict,
        "evidence": evidence,
    }
    content |= {"ground": ground} if ground else {}
    _read_answer(content)
    return content


def decide_content(mode: Mode, request: str, item: int, include: bool, reason: str) -> dict[str, Any]:
    """What is signed to include or withhold a service that must stay private. Raises `Refused` before anything is signed."""
    content = {"request": request, "side": mode.value, "item": item, "include": include, "reason": reason}
    Content("decision", content, frozenset(content)).text("reason", MAX_REASON)
    return content


def _answer(unit: UnitOfWork, change: VerifiedChange) -> AccessItem:
    read = _read_answer(change.content)
    check_side(unit, read)
    request = under_way(unit, read.text("request", 20), AccessState.SEARCHED)
    item = find_item(unit, request, read.whole("item", 1, 2**53))
    if item.state is ItemState.ASKED and change.at.date() <= item.due:
        raise Refused(
            f"its agency has until {item.due.isoformat()} to answer through its own connector; what it said on paper is recorded after that"
        )
    verdict, ground = read.code("verdict", AccessVerdict), _ground(read, change.content)
    answered = _answered(item, verdict, ground, change.at, change.actor.id, read.text("evidence", MAX_REASON))
    unit.access_requests.save_item(answered)
    record(
        unit,
        change,
        "access-answered",
        request=request.reference,
        item=item.id,
        agency=item.agency.value,
        verdict=verdict.value,
        ground=ground.value if ground else "",
    )
    return answered


def _decide(unit: UnitOfWork, change: VerifiedChange) -> AccessItem:
    read = Content("decision", change.content, frozenset({"request", "side", "item", "include", "reason"}))
    check_side(unit, read)
    read.text("reason", MAX_REASON)
    request = under_way(unit, read.text("request", 20), AccessState.SEARCHED)
    item = find_item(unit, request, read.whole("item", 1, 2**53))
    if not item.held:
        raise Refused(f"record {item.id} of {request.reference} is of no private service; its agency's answer decides")
    decided = replace(item, included=read.flag("include"))
    unit.access_requests.save_item(decided)
    record(unit, change, "access-decided", request=request.reference, item=item.id, included=read.flag("include"))
    return decided


def find_item(unit: UnitOfWork, request: AccessRequest, number: int) -> AccessItem:
    """One record of the request. Raises `Refused`."""
    found = next((each for each in unit.access_requests.items(request.id) if each.id == number), None)
    if found is None:
        raise Refused(
            f"the request {request.reference} has no record {number}; patchwork subject-access show {request.reference}"
        )
    return found


def _answered(
    item: AccessItem, verdict: AccessVerdict, ground: ExemptionGround | None, at: datetime, by: str, evidence: str
) -> AccessItem:
    return replace(
        item,
        state=ItemState.ANSWERED,
        verdict=verdict,
        ground=ground,
        answered_at=at,
        answered_by=by,
        evidence=evidence,
    )


def _read_answer(content: Any) -> Content:
    members = frozenset({"request", "side", "item", "verdict", "ground", "evidence"})
    read = Content("answer in an agency's stead", content, members, optional=frozenset({"ground"}))
    exempt = read.code("verdict", AccessVerdict) is AccessVerdict.EXEMPT
    if exempt != (_ground(read, content) is not None):
        raise read.refusal("ground", "is named for an exemption, and only there")
    read.text("evidence", MAX_REASON)
    return read


def _ground(read: Content, content: Any) -> ExemptionGround | None:
    return read.code("ground", ExemptionGround) if "ground" in content else None


EXECUTORS: Final = {
    action: Executor(check_may_answer_requests, check_may_answer_requests, never, execute)
    for action, execute in ((ANSWER, _answer), (DECIDE, _decide))
}
