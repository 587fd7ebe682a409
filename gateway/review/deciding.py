"""Review: a steward looks at a case and decides. Every decision is signed over one version of one case.

* A case that has changed since it was signed for refuses the old signature, and so does one that is decided.
* Confirming says that both records are of one person, and names every record that becomes one person by it. The person on whose links nobody
  was told anything joins the other. Where both sides were told, links that stand must be moved: that takes two stewards.
* Refusing says that they are not. It stands against later automatic links; where they are linked it parts them, and takes one: what narrows
  what is told never waits for a second person.
* A contested case is about a link that stands: confirming it says that they are one person all the same, and what was paused is shared again.
* Postponing stays inside the case's clock. Nothing is ever linked because a clock ran out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from gateway.housekeeping.kept_details import check_as_opened
from gateway.linkage.relinking import Relinking, both_told, check_joinable, link_of, people_of, relinking
from gateway.model.alert_answer import AlertAnswer
from gateway.model.assertion import Verdict
from gateway.model.detail_opening import DetailOpening
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.person_record import PersonRecord
from gateway.model.review_case import UNDECIDED, CaseReason, CaseState, ReviewCase
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.sharing.decision import band_on
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_observe, check_may_review
from gateway.trust.signed_side import check_side
from identity.custody.decision_file import CONFIRM, REFUSE
from mappings.canonical.codes import AgeBand, AnswerCode, Mode
from mappings.canonical.identifiers import AgencyId

LATER = "review.later"
MAX_NOTE = 200
MAX_LISTED = 1_000
MAX_ANSWERS = 50
EVIDENCE = frozenset({AnswerCode.DIFFERENT_PEOPLE, AnswerCode.SAME_PERSON})
"""What practitioners found out about who it is, by speaking."""


@dataclass(frozen=True, slots=True)
class Side:
    """One record of a case: whose it is, what ages its live involvements claim, and with which records it is linked already."""

    record: PersonRecord
    bands: tuple[AgeBand, ...]
    live: int
    companions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with both its records, as of `at`, on the gateway's side of that `mode`. `openings`: who opened their sealed details, and why;
    `answers`: what practitioners of either side answered about the other, the newest first."""

    case: ReviewCase
    sides: tuple[Side, Side]
    mode: Mode
    at: datetime
    openings: tuple[DetailOpening, ...] = ()
    answers: tuple[tuple[AgencyId, AlertAnswer], ...] = ()

    @property
    def records(self) -> tuple[int, ...]:
        """Every record that is one person if the case is confirmed."""
        return tuple(sorted({number for side in self.sides for number in (side.record.id, *side.companions)}))


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a decision. `moved` counts records that have another person now."""

    case: ReviewCase
    moved: int = 0
    alerts: int = 0


def list_cases(office: Office, actor: Actor, all_states: bool = False, limit: int = 200) -> list[CaseView]:
    """Those that wait, the nearest clock first; or all there ever were. Raises `NotPermitted`."""
    check_may_observe(actor)
    states = tuple(CaseState) if all_states else tuple(UNDECIDED)
    with office.store.read() as unit:
        cases = unit.reviews.in_states(states, max(1, min(limit, MAX_LISTED)))
        return [view_case(unit, case, office.clock.now()) for case in cases]


def show_case(office: Office, actor: Actor, id: int) -> CaseView:
    """One case. Raises `NotPermitted`, `Refused` where there is none of that number."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return view_case(unit, find_case(unit, id), office.clock.now())


def confirm_content(view: CaseView) -> dict[str, Any]:
    """What is signed to say that both are of one person."""
    return {**refuse_content(view), "records": list(view.records)}


def refuse_content(view: CaseView) -> dict[str, Any]:
    """What is signed to say that they are not."""
    return {**case_content(view), "details": []}


def case_content(view: CaseView) -> dict[str, Any]:
    """Which case of which side, in which version."""
    return {"case": view.case.id, "version": view.case.version, "side": view.mode.value}


def later_content(view: CaseView, until: date, note: str) -> dict[str, Any]:
    """What is signed to postpone. Raises `Refused` before anything is signed."""
    content = {**case_content(view), "until": until.isoformat(), "note": note}
    _read_later(content)
    return content


def find_case(unit: UnitOfWork, id: int) -> ReviewCase:
    """The case of that number. Raises `Refused`."""
    case = unit.reviews.get(id)
    if case is None:
        raise Refused(f"there is no review case {id}; patchwork review list shows those there are")
    return case


def case_as_signed(unit: UnitOfWork, read: Content) -> ReviewCase:
    """The undecided case that was signed for, on this side and in that very version. Raises `Refused`."""
    check_side(unit, read)
    id, version = read.whole("case", 1, 2**53), read.whole("version", 1, 2**31)
    case = find_case(unit, id)
    if case.state is CaseState.CLOSED:
        raise Refused(f"the reason for review case {id} is gone, so there is nothing to decide; patchwork review list")
    if not case.is_undecided:
        raise Refused(f"review case {id} was {case.state} by {case.decided_by} already; a case is decided once")
    if case.version != version:
        raise Refused(
            f"review case {id} has changed since this was signed (version {version}, now {case.version}); look at it again with "
            f"patchwork review show {id}, and sign what you then decide"
        )
    return case


def _confirm(unit: UnitOfWork, change: VerifiedChange) -> Decided:
    case, read = _read_confirm(unit, change.content)
    work = relinking(unit, change)
    _check_records(unit, case, read)
    decided = _close(unit, case, change, CaseState.CONFIRMED)
    work.say(case.first, [case.second], Verdict.SAME)
    moved = work.join(case.first, case.second)
    if case.reason is CaseReason.CONTESTED and not moved:
        # Nobody was moved, and what was paused is shared again.
        work.tell(link_of(unit, case.first).person_id)
    return _finish(unit, change, work, "review-confirmed", Decided(decided, moved, sum(work.alerts)))


def _refuse(unit: UnitOfWork, change: VerifiedChange) -> Decided:
    read = Content("review decision", change.content, frozenset({"case", "version", "side", "details"}))
    case = case_as_signed(unit, read)
    check_as_opened(unit, case, read)
    work = relinking(unit, change)
    decided = _close(unit, case, change, CaseState.REFUSED)
    one_person = link_of(unit, case.first).person_id == link_of(unit, case.second).person_id
    if one_person:
        work.part(case.raised_by, [case.other(case.raised_by)])
    else:
        work.say(case.first, [case.second], Verdict.DIFFERENT)
        work.decide_anew([case.raised_by])
    done = Decided(decided, int(one_person), sum(work.alerts))
    return _finish(unit, change, work, "review-refused", done)


def _later(unit: UnitOfWork, change: VerifiedChange) -> Decided:
    read, until, note = _read_later(change.content)
    case = case_as_signed(unit, read)
    if case.is_overdue(change.at):
        raise Refused(f"the clock of review case {case.id} has run out; it can be confirmed or refused, not postponed")
    at = datetime.combine(until, time(), UTC)
    if not change.at < at <= case.due_at:
        raise Refused(
            f"review case {case.id} can be postponed to a day after today and not beyond its clock, {case.due_at.date().isoformat()}"
        )
    # What was postponed is still the same case: nobody's signature grows old by it.
    postponed = unit.reviews.save(replace(case, state=CaseState.LATER, later_until=at, note=note))
    record(unit, change, "review-postponed", case=case.id, version=case.version, until=until.isoformat())
    return Decided(postponed)


def _close(unit: UnitOfWork, case: ReviewCase, change: VerifiedChange, state: CaseState) -> ReviewCase:
    decided = replace(
        case, state=state, later_until=None, decided_by=change.actor.id, decided_at=change.at, version=case.version + 1
    )
    return unit.reviews.save(decided)


def _finish(unit: UnitOfWork, change: VerifiedChange, work: Relinking, code: str, done: Decided) -> Decided:
    for each in work.cases.entries:
        unit.audit.append(change.at, each.code, each.actor, each.fields)
    signed_version = done.case.version - 1
    record(unit, change, code, case=done.case.id, version=signed_version, moved=done.moved, alerts=done.alerts)
    return done


def _read_confirm(unit: UnitOfWork, content: Mapping[str, Any]) -> tuple[ReviewCase, Content]:
    read = Content("review decision", content, frozenset({"case", "version", "side", "records", "details"}))
    case = case_as_signed(unit, read)
    check_as_opened(unit, case, read)
    return case, read


def _read_later(content: Mapping[str, Any]) -> tuple[Content, date, str]:
    read = Content("postponement", content, frozenset({"case", "version", "side", "until", "note"}))
    return read, read.day("until"), read.text("note", MAX_NOTE)


def _confirm_needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    case, read = _read_confirm(unit, content)
    _check_records(unit, case, read)
    here, there = link_of(unit, case.first), link_of(unit, case.second)
    if here.person_id != there.person_id:
        check_joinable(unit, here, there)
    return both_told(unit, case.first, case.second)


def _check_records(unit: UnitOfWork, case: ReviewCase, read: Content) -> None:
    """Who becomes one person is what was signed, no more and no less."""
    signed = read.wholes("records", 1, 2**53)
    now = {each.id for number in (case.first, case.second) for each in people_of(unit, link_of(unit, number).person_id)}
    if set(signed) != now:
        raise Refused(
            f"other records belong to the two people of review case {case.id} than when this was signed; look at it again with "
            f"patchwork review show {case.id}"
        )


def view_case(unit: UnitOfWork, case: ReviewCase, now: datetime) -> CaseView:
    """A case with both its sides, whoever opened their details, and what practitioners answered."""
    sides = (_side(unit, case.first, now), _side(unit, case.second, now))
    answers = tuple(
        (unit.involvements.get(each.involvement).agency, each)
        for each in unit.answers.between(case.first, case.second, MAX_ANSWERS)
        if each.code in EVIDENCE
    )
    return CaseView(case, sides, unit.side.mode, now, tuple(unit.details.openings(case.id)), answers)


def _side(unit: UnitOfWork, record_id: int, now: datetime) -> Side:
    known = unit.records.get(record_id)
    if known is None:
        raise LookupError("a review case names a record that is not there")
    live = [each for each in unit.involvements.of_record(record_id) if each.standing is Standing.LIVE]
    companions = people_of(unit, link_of(unit, record_id).person_id)
    return Side(known, _bands(live, now), len(live), tuple(each.id for each in companions if each.id != record_id))


def _bands(live: list[RegisteredInvolvement], now: datetime) -> tuple[AgeBand, ...]:
    return tuple(sorted({band_on(each, now.date()) for each in live}))


def _one_steward(execute: Callable[[UnitOfWork, VerifiedChange], Decided]) -> Executor:
    return Executor(check_may_review, check_may_review, never, execute)


EXECUTORS = {
    CONFIRM: Executor(check_may_review, check_may_review, _confirm_needs_two, _confirm),
    REFUSE: _one_steward(_refuse),
    LATER: _one_steward(_later),
}
