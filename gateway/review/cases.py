"""Opening, re-scoring and closing review cases, as the register changes. In the same transaction as what caused it.

* A case is opened where linkage says possible or many, or questions a link that somebody was told of. One a pair of records, never twice,
  and never two records of one agency: that its own list may name a client twice is the agency's to find.
* Changed evidence scores it anew and gives it another version; its clock runs on.
* It is closed when its reason is gone: both are one person by now, a steward said otherwise, they are no longer alike, or one of the agencies
  is no longer involved. It is opened again, with a new clock, when the reason is back.
* One that a practitioner raised (contested) is about what people found out, not about evidence: no evidence closes it, a steward does. It goes
  with an involvement to whichever record of its agency that goes.
* What runs past its clock is reported: listed, audited, counted. It is never linked for that.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.audit.recording import Entry, entry
from gateway.linkage.linking import KNOWN, Placed
from gateway.linkage.pair_score import NOTHING_TO_COMPARE, PairScore, score_pair
from gateway.model.assertion import Verdict
from gateway.model.involvement import Standing
from gateway.model.review_case import CaseReason, CaseState, ReviewCase
from gateway.ports import Clock, Store, UnitOfWork
from gateway.working_days import after_working_days

REVIEW_DAYS = 5
"""Working days."""

ONE_PERSON, DECIDED, NOT_ALIKE, NOT_INVOLVED = "one-person", "decided", "not-alike", "not-involved"
PAGE = 200
_ABOUT_A_LINK = frozenset({CaseReason.QUESTIONED, CaseReason.CONTESTED})


@dataclass(frozen=True, slots=True)
class CaseKeeper:
    """One unit of work's view. `days` is the clock of a new case, in working days. `entries` are the audit events it made."""

    uow: UnitOfWork
    now: datetime
    days: int = REVIEW_DAYS
    entries: list[Entry] = field(default_factory=list)

    def after(self, placed: Placed) -> None:
        """Bring the cases of a record to what linkage says of it now."""
        if placed.outcome == KNOWN:
            return
        cases = {} if placed.is_new else self._cases(placed.record_id)
        suspects = self._of_other_agencies(placed)
        for other, reason in sorted(suspects.items()):
            self._suspect(cases.get(other), placed.record_id, other, reason)
        for other, case in sorted(cases.items()):
            if case.is_undecided and other not in suspects:
                self._look_again(case)

    def involvement_moved(self, record_id: int) -> None:
        """An involvement with the record's person ended or began again: without a live one on both sides there is nothing to decide."""
        for case in self._cases(record_id).values():
            live = self._both_live(case)
            if case.is_undecided and not live:
                self._close(case, NOT_INVOLVED)
            elif case.state is CaseState.CLOSED and live and self._why_gone(case) is None:
                self._reopen(case, self._score(case), case.reason)

    def contest(self, record_id: int, other: int) -> ReviewCase | None:
        """A practitioner who knows the record's client says that the other is of somebody else. The case, or None where nobody is involved on
        one of the sides any more."""
        case = self._cases(record_id).get(other)
        if case is None:
            self._open(record_id, other, CaseReason.CONTESTED)
        elif not case.is_undecided:
            self._reopen(replace(case, raised_by=record_id), self._score(case), CaseReason.CONTESTED)
        elif case.reason is not CaseReason.CONTESTED:
            self._refresh(replace(case, raised_by=record_id), self._score(case), CaseReason.CONTESTED)
        found = self._cases(record_id)[other]
        return found if found.is_undecided else None

    def hand_on(self, here: int, there: int) -> None:
        """An involvement goes from one record of its agency to another: what was contested of the one is contested of the other."""
        for other, case in self._cases(here).items():
            if case.is_undecided and case.reason is CaseReason.CONTESTED and other != there:
                self.contest(there, other)

    def joined(self, record_ids: Iterable[int]) -> None:
        """These records are one person now: what asked whether they are is answered."""
        inside = set(record_ids)
        for record_id in sorted(inside):
            for other, case in self._cases(record_id).items():
                if not case.is_undecided or other not in inside:
                    continue
                if case.reason not in _ABOUT_A_LINK:
                    self._close(case, ONE_PERSON)
                elif case.reason is CaseReason.CONTESTED and self._why_gone(case):
                    self._close(case, DECIDED)

    def _of_other_agencies(self, placed: Placed) -> dict[int, CaseReason]:
        """Nothing connects within one agency: in place of its other record stands whoever of that person's records is most alike."""
        own = self.uow.records.get(placed.record_id) if placed.suspects else None
        found: dict[int, CaseReason] = {}
        for record_id, reason in placed.suspects.items():
            other, link = self.uow.records.get(record_id), self.uow.records.active_link(record_id)
            if own is None or other is None or link is None:
                continue
            if other.agency != own.agency:
                found[record_id] = reason
                continue
            population = self.uow.records.population()
            numbers = {each.record_id for each in self.uow.records.members(link.person_id) if each.agency != own.agency}
            known = [record for number in sorted(numbers) if (record := self.uow.records.get(number))]
            best = max(known, key=lambda record: score_pair(own, record, population).score, default=None)
            if best is not None:
                found.setdefault(best.id, reason)
        return found

    def _suspect(self, case: ReviewCase | None, record_id: int, other: int, reason: CaseReason) -> None:
        if case is None:
            self._open(record_id, other, reason)
        elif case.is_undecided:
            self._refresh(case, self._score(case), reason)
        elif self._may_come_back(case) and self._both_live(case):
            waits = case.reason is CaseReason.CONTESTED and case.state is CaseState.CLOSED and not self._why_gone(case)
            again = CaseReason.CONTESTED if waits else reason
            self._reopen(replace(case, raised_by=record_id), self._score(case), again)

    def _may_come_back(self, case: ReviewCase) -> bool:
        """A refusal stands; a confirmation that did not last is asked again."""
        return case.state is CaseState.CLOSED or (case.state is CaseState.CONFIRMED and not self._one_person(case))

    def _open(self, record_id: int, other: int, reason: CaseReason) -> None:
        first, second = sorted((record_id, other))
        case = ReviewCase(
            id=0,
            first=first,
            second=second,
            raised_by=record_id,
            reason=reason,
            score=0.0,
            explanation="[]",
            doubts=(),
            state=CaseState.OPEN,
            version=1,
            opened_at=self.now,
            due_at=after_working_days(self.now, self.days),
        )
        case = _scored(case, self._score(case))
        if not self._both_live(case):
            self.uow.reviews.save(replace(case, state=CaseState.CLOSED))
            return
        self._note_opened(self.uow.reviews.save(case))

    def _reopen(self, case: ReviewCase, score: PairScore, reason: CaseReason) -> None:
        again = replace(
            _scored(case, score),
            reason=reason,
            state=CaseState.OPEN,
            version=case.version + 1,
            opened_at=self.now,
            due_at=after_working_days(self.now, self.days),
            later_until=None,
            decided_by="",
            decided_at=None,
        )
        self._note_opened(self.uow.reviews.save(again))

    def _look_again(self, case: ReviewCase) -> None:
        score = self._score(case)
        contested = case.reason is CaseReason.CONTESTED
        gone = self._why_gone(case) or (None if score.is_worth_a_look or contested else NOT_ALIKE)
        if case.reason is CaseReason.QUESTIONED and self._one_person(case):
            gone = ONE_PERSON  # The evidence bears the link out again.
        if gone:
            self._close(_scored(case, score), gone)
        else:
            self._refresh(case, score, case.reason)

    def _refresh(self, case: ReviewCase, score: PairScore, reason: CaseReason) -> None:
        """Postponed until the evidence changes: it has."""
        state = CaseState.OPEN if case.state is CaseState.LATER else case.state
        reason = CaseReason.CONTESTED if case.reason is CaseReason.CONTESTED else reason
        changed = replace(_scored(case, score), reason=reason, state=state, later_until=None, version=case.version + 1)
        self.uow.reviews.save(changed)
        self.entries.append(entry("review-case-changed", "linkage", case=case.id, version=changed.version))

    def _close(self, case: ReviewCase, why: str) -> None:
        self.uow.reviews.save(replace(case, state=CaseState.CLOSED, version=case.version + 1, later_until=None))
        self.entries.append(entry("review-case-closed", "linkage", case=case.id, why=why))

    def _note_opened(self, case: ReviewCase) -> None:
        first, second = (self.uow.records.get(each) for each in (case.first, case.second))
        self.entries.append(
            entry(
                "review-case-opened",
                "linkage",
                case=case.id,
                reason=case.reason.value,
                first_agency=first.agency.value if first else "",
                second_agency=second.agency.value if second else "",
                due=case.due_at.isoformat(timespec="seconds"),
            )
        )

    def _cases(self, record_id: int) -> dict[int, ReviewCase]:
        return {case.other(record_id): case for case in self.uow.reviews.of_record(record_id)}

    def _why_gone(self, case: ReviewCase) -> str | None:
        said = [each for each in self.uow.assertions.of_record(case.first) if each.other(case.first) == case.second]
        if case.reason is CaseReason.CONTESTED:
            # That they are one person, said before a practitioner contested it, is the very thing that is contested.
            since = (each.verdict is Verdict.DIFFERENT or each.made_at > case.opened_at for each in said)
            return DECIDED if any(since) else None
        if said:
            return DECIDED
        return ONE_PERSON if case.reason not in _ABOUT_A_LINK and self._one_person(case) else None

    def _one_person(self, case: ReviewCase) -> bool:
        links = [self.uow.records.active_link(each) for each in (case.first, case.second)]
        return all(links) and len({link.person_id for link in links if link}) == 1

    def _both_live(self, case: ReviewCase) -> bool:
        return all(
            any(each.standing is Standing.LIVE for each in self.uow.involvements.of_record(record_id))
            for record_id in (case.first, case.second)
        )

    def _score(self, case: ReviewCase) -> PairScore:
        first, second = (self.uow.records.get(each) for each in (case.first, case.second))
        return score_pair(first, second, self.uow.records.population()) if first and second else NOTHING_TO_COMPARE


def report_overdue(store: Store, clock: Clock) -> int:
    """Report every case whose clock has run out undecided. Returns how many. Raises `StoreDown`."""
    now = clock.now()
    with store.read() as uow:
        if not uow.reviews.past_due(now, 1):
            return 0
    with store.write() as uow:
        late = uow.reviews.past_due(now, PAGE)
        for case in late:
            uow.reviews.save(replace(case, state=CaseState.OVERDUE, later_until=None))
            event = entry("review-case-overdue", "review", case=case.id, due=case.due_at.isoformat(timespec="seconds"))
            uow.audit.append(now, event.code, event.actor, event.fields)
    return len(late)


def _scored(case: ReviewCase, score: PairScore) -> ReviewCase:
    return replace(case, score=score.score, explanation=score.explanation, doubts=score.doubts)
