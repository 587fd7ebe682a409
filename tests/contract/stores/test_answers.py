"""Practitioners' answers: one for each alert and code, found by pair, and what pauses a pair."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.model.alert_answer import AlertAnswer, AnswerOutcome
from gateway.model.connection import Connection
from gateway.model.review_case import CaseReason, CaseState, ReviewCase
from gateway.ports import UnitOfWork
from gateway.reporting.facts_port import Answered
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from mappings.canonical.codes import AnswerCode
from tests.contract.stores.rows import LATER, NOW, agencies, message, pair

SEEN, CONTACT, DIFFERENT = AnswerCode.SEEN, AnswerCode.MADE_CONTACT, AnswerCode.DIFFERENT_PEOPLE


def answered(connection: Connection, number: int = 1, code: AnswerCode = SEEN, **changes: object) -> AlertAnswer:
    made = AlertAnswer(0, connection.id, connection.first, message(2000 + number), code, NOW.date(), NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def add(unit: UnitOfWork, *answers: AlertAnswer) -> list[AlertAnswer]:
    return [unit.answers.add(each) for each in answers]


def test_an_answer_comes_back_as_it_was_and_is_one_for_each_alert_and_code(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known = pair(unit)
        seen, contact = add(
            unit, answered(known), answered(known, code=CONTACT, outcome=AnswerOutcome.IN_REVIEW, case=3)
        )
        decided = replace(contact, outcome=AnswerOutcome.OVERRULED, decided_by="sam", decided_at=LATER)
        unit.answers.save(decided)
    with store.read() as unit:
        assert unit.answers.get(seen.id) == replace(answered(known), id=seen.id)
        assert unit.answers.get(contact.id) == decided
        assert unit.answers.get(99) is None
        assert unit.answers.of_alert(seen.alert) == [seen, decided]
        assert unit.answers.of_alert(message(9)) == []
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.answers.add(answered(known))
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.answers.save(replace(seen, id=99))


def test_they_are_found_by_the_two_records_whichever_answered(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known, other = pair(unit), pair(unit, 2)
        mine, theirs, _ = add(unit, answered(known), answered(known, 2, involvement=known.second), answered(other, 3))
        records = [unit.involvements.get(side).record_id for side in (known.first, known.second)]
        assert unit.answers.between(*records, 10) == unit.answers.between(*reversed(records), 10) == [theirs, mine]
        assert unit.answers.between(*records, 1) == [theirs]
        assert unit.answers.between(records[0], records[0], 10) == []
        assert unit.answers.followed_by_contact(known.first, frozenset({SEEN, CONTACT}))
        assert not unit.answers.followed_by_contact(known.first, frozenset({CONTACT}))


def test_what_waits_or_was_upheld_pauses_its_own_connection(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known, other = pair(unit), pair(unit, 2)
        assert not unit.answers.pauses(known.id)
        (waits,) = add(unit, answered(known, code=DIFFERENT, outcome=AnswerOutcome.OPEN))
        add(unit, answered(other, 2, DIFFERENT))
        assert unit.answers.pauses(known.id)
        assert not unit.answers.pauses(other.id)
        assert unit.answers.waiting(decided=False) == [waits]
        upheld = replace(waits, outcome=AnswerOutcome.UPHELD)
        unit.answers.save(upheld)
        assert unit.answers.pauses(known.id)
        assert (unit.answers.waiting(decided=False), unit.answers.waiting(decided=True)) == ([], [upheld])
        unit.answers.save(replace(waits, outcome=AnswerOutcome.OVERRULED))
        assert not unit.answers.pauses(known.id)


def test_they_are_counted_by_code_and_by_time(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known = pair(unit)
        add(
            unit, answered(known), answered(known, code=CONTACT), answered(known, 2), answered(known, 3, taken_at=LATER)
        )
        counts = unit.answers.counts()
        assert (counts["seen"], counts["made-contact"], counts["not-relevant"]) == (3, 1, 0)
        assert set(counts) == {code.value for code in AnswerCode}
        assert unit.facts.answered(NOW, NOW) == Answered(2, {"seen": 2, "made-contact": 1})
        assert unit.facts.answered(LATER + timedelta(seconds=1), LATER + timedelta(days=1)) == Answered(0, {})


def test_an_alert_that_was_followed_up_is_one_however_often_it_was_said(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known = pair(unit)
        add(
            unit,
            answered(known),
            answered(known, code=CONTACT),
            answered(known, code=AnswerCode.ALREADY_KNEW),
            answered(known, 2),
        )
        assert unit.facts.followed(NOW, NOW, frozenset({CONTACT, AnswerCode.ALREADY_KNEW})) == 1
        assert unit.facts.followed(NOW, NOW, frozenset({SEEN})) == 2
        assert unit.facts.followed(LATER, LATER, frozenset({SEEN, CONTACT})) == 0


def test_old_ones_are_forgotten_but_for_those_that_still_pause(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known = pair(unit)
        waits, upheld, young, *_ = add(
            unit,
            answered(known, 1, DIFFERENT, outcome=AnswerOutcome.OPEN),
            answered(known, 2, DIFFERENT, outcome=AnswerOutcome.UPHELD),
            answered(known, 3, taken_at=LATER),
            answered(known, 4),
            answered(known, 5),
        )
        assert [unit.answers.forget(LATER, 1) for _ in range(3)] == [1, 1, 0]
        assert all(unit.answers.get(each.id) for each in (waits, upheld, young))
        assert unit.answers.counts()["seen"] == 1


def test_a_pair_is_contested_while_a_case_of_that_reason_waits(store: SqlStore) -> None:
    with store.write() as unit:
        agencies(unit)
        known = pair(unit)
        first, second = sorted(unit.involvements.get(side).record_id for side in (known.first, known.second))
        assert not unit.reviews.contested(first, second)
        case = ReviewCase(0, first, second, second, CaseReason.CONTESTED, 0.5, "[]", (), CaseState.OPEN, 1, NOW, LATER)
        case = unit.reviews.save(case)
        assert unit.reviews.contested(second, first)
        assert not unit.reviews.contested(first, first)
        for state in CaseState:
            unit.reviews.save(replace(case, state=state))
            waits = state in (CaseState.OPEN, CaseState.LATER, CaseState.OVERDUE)
            assert unit.reviews.contested(first, second) is waits
        unit.reviews.save(replace(case, reason=CaseReason.QUESTIONED))
        assert not unit.reviews.contested(first, second)
