"""Review cases and what stewards said come back as they were kept, on both engines."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.assertion import Assertion, Verdict
from gateway.model.check_request import CheckRequest
from gateway.model.detail_opening import DetailOpening
from gateway.model.review_case import CaseReason, CaseState, ReviewCase
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from mappings.canonical.check_list import CheckField
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.contract.stores.rows import LATER, NOW, agencies, link, record

CASE = ReviewCase(
    id=0,
    first=1,
    second=2,
    raised_by=2,
    reason=CaseReason.POSSIBLE,
    score=0.123456789,
    explanation='[["family",1,7.25]]',
    doubts=("weak-identity", "may-be-relatives"),
    state=CaseState.OPEN,
    version=1,
    opened_at=NOW,
    due_at=LATER,
)
SAID = Assertion(0, 1, 2, Verdict.SAME, "sam", "d" * 64, NOW)


@pytest.fixture
def filled(store: SqlStore) -> SqlStore:
    """Three records: 1, 2 and 3."""
    with store.write() as unit:
        agencies(unit)
        for each in (SCHOOL, SOCIAL_CARE, HOUSING):
            record(unit, "somebody", each)
    return store


def test_a_case_comes_back_with_everything_that_became_of_it(filled: SqlStore) -> None:
    with filled.write() as unit:
        kept = unit.reviews.save(CASE)
        assert kept == replace(CASE, id=kept.id)
        assert unit.reviews.get(kept.id) == kept
        changed = replace(
            kept,
            reason=CaseReason.QUESTIONED,
            state=CaseState.REFUSED,
            version=7,
            doubts=(),
            later_until=LATER,
            note="asked £",
            decided_by="sam",
            decided_at=LATER,
            exported_at=NOW,
            exported_by="sam",
            returned_at=LATER,
        )
        unit.reviews.save(changed)
    with filled.read() as unit:
        assert unit.reviews.get(kept.id) == changed
        assert unit.reviews.get(99) is None


def test_a_pair_has_one_case(filled: SqlStore) -> None:
    with filled.write() as unit:
        unit.reviews.save(CASE)
    with pytest.raises(StoreConflict), filled.write() as unit:
        unit.reviews.save(CASE)
    with pytest.raises(StoreConflict, match="no such"), filled.write() as unit:
        unit.reviews.save(replace(CASE, id=77))
    with pytest.raises(StoreConflict), filled.write() as unit:
        unit.reviews.save(replace(CASE, first=3, second=1))


def test_cases_are_found_by_either_record_by_state_and_by_clock(filled: SqlStore) -> None:
    with filled.write() as unit:
        one = unit.reviews.save(CASE)
        two = unit.reviews.save(replace(CASE, second=3, due_at=NOW, state=CaseState.LATER))
        three = unit.reviews.save(replace(CASE, first=2, second=3, due_at=NOW, state=CaseState.OVERDUE))
        assert unit.reviews.of_record(1) == [one, two]
        assert unit.reviews.of_record(3) == [two, three]
        assert unit.reviews.in_states([CaseState.OPEN, CaseState.LATER], 10) == [two, one]
        assert unit.reviews.in_states([CaseState.OPEN, CaseState.LATER], 1) == [two]
        assert unit.reviews.past_due(NOW, 10) == []
        assert unit.reviews.past_due(NOW + timedelta(microseconds=1), 10) == [two]
        numbers = unit.counts()
        assert (numbers["reviews_undecided"], numbers["reviews_overdue"]) == (3, 1)


def test_the_latest_word_on_a_pair_stands_alone(filled: SqlStore) -> None:
    with filled.write() as unit:
        unit.assertions.make(SAID)
        unit.assertions.make(replace(SAID, second=3))
        unit.assertions.make(replace(SAID, verdict=Verdict.DIFFERENT, made_by="kim", made_at=LATER))
    with filled.read() as unit:
        stands = [(each.first, each.second, each.verdict, each.made_by) for each in unit.assertions.of_record(1)]
        assert stands == [(1, 3, Verdict.SAME, "sam"), (1, 2, Verdict.DIFFERENT, "kim")]
        (other,) = unit.assertions.of_record(2)
        assert (other.made_at, other.statement, other.withdrawn_at) == (LATER, "d" * 64, None)


def test_a_record_is_found_by_number_with_every_link_it_had(filled: SqlStore) -> None:
    with filled.write() as unit:
        known = unit.records.get(1)
        assert known is not None
        assert unit.records.find(SCHOOL, known.person_ref) == known
        assert unit.records.get(99) is None
        first = unit.records.open_link(link(1, unit.records.new_person()))
        unit.records.close_link(first.id, LATER)
        second = unit.records.open_link(link(1, unit.records.new_person(), valid_from=LATER))
        assert unit.records.links(1) == [replace(first, valid_to=LATER), second]
        assert unit.records.links(2) == []


def test_what_is_sealed_to_stewards_is_kept_as_it_came_one_a_record(filled: SqlStore) -> None:
    with filled.write() as unit:
        unit.details.put(1, "sealed", NOW)
        unit.details.put(1, "sealed anew", LATER)
        unit.details.put(2, "another", NOW)
        unit.details.remove(2)
        unit.details.remove(3)
    with filled.read() as unit:
        assert [unit.details.get(each) for each in (1, 2, 3)] == ["sealed anew", None, None]


def test_an_opening_is_noted_once(filled: SqlStore) -> None:
    opening = DetailOpening(0, 1, 3, "sam", "twins £", NOW, True, "d" * 64, LATER)
    with filled.write() as unit:
        unit.reviews.save(CASE)
        unit.details.note_opening(opening)
    with filled.read() as unit:
        assert unit.details.openings(1) == [replace(opening, id=1)]
        assert unit.details.openings(2) == []
    with pytest.raises(StoreConflict), filled.write() as unit:
        unit.details.note_opening(opening)


def test_what_agencies_are_asked_to_check_and_when_they_were_sent_a_list(filled: SqlStore) -> None:
    asked = CheckRequest(1, (CheckField.GIVEN_NAME, CheckField.NUMBER), 1, "sam", NOW.date(), LATER.date())
    with filled.write() as unit:
        unit.reviews.save(CASE)
        unit.check_requests.put(replace(asked, asked_by="kim"))
        unit.check_requests.put(asked)
        assert unit.check_requests.last_list(SCHOOL) is None
        unit.check_requests.note_list(SCHOOL, NOW.date())
        unit.check_requests.note_list(SCHOOL, LATER.date())
    with filled.read() as unit:
        assert unit.check_requests.open(NOW.date()) == unit.check_requests.open(LATER.date()) == [asked]
        assert unit.check_requests.open(LATER.date() + timedelta(days=1)) == []
        assert unit.check_requests.last_list(SCHOOL) == LATER.date()
        assert unit.check_requests.last_list(HOUSING) is None
