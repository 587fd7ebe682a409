"""What the gateway told of its audit is kept day by day, within bounds, and what does not hold together is found."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from connectors.ledger.ledger import Ledger
from connectors.ledger.witnesses import KEPT, MOST_A_DAY, ToldOn, WitnessFinding
from mappings.canonical.witness import ToldCheckpoint
from tests.connectors.office import MONDAY

DAY = timedelta(days=1)
TODAY = MONDAY.date()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    yield made
    made.close()


def told(made_on: date, digest: str = "a") -> ToldCheckpoint:
    return ToldCheckpoint(made_on, digest * 64)


def note(ledger: Ledger, told_on: date, what: ToldCheckpoint, today: date | None = None) -> bool:
    with ledger.write() as unit:
        return unit.witnesses.note(told_on, what, today or told_on)


def kept(ledger: Ledger) -> list[ToldOn]:
    with ledger.read() as unit:
        return unit.witnesses.all()


def findings(ledger: Ledger) -> list[WitnessFinding]:
    with ledger.read() as unit:
        return unit.witnesses.findings()


def test_a_day_is_kept_once_and_is_no_finding(ledger: Ledger) -> None:
    for number in range(3):
        day = TODAY + DAY * number
        assert note(ledger, day, told(day - DAY, "abc"[number]))
        assert not note(ledger, day, told(day - DAY, "abc"[number])), "the next receipt says the same"
    assert [each.told_on for each in kept(ledger)] == [TODAY, TODAY + DAY, TODAY + DAY * 2]
    assert findings(ledger) == []


def test_what_comes_late_is_of_the_day_on_which_it_was_said(ledger: Ledger) -> None:
    assert note(ledger, TODAY + DAY, told(TODAY, "b"))
    assert note(ledger, TODAY, told(TODAY - DAY, "a"), today=TODAY + DAY * 9)
    assert findings(ledger) == []


def test_a_gateway_that_was_away_tells_the_same_for_days(ledger: Ledger) -> None:
    for number in range(3):
        assert note(ledger, TODAY + DAY * number, told(TODAY - DAY))
    assert findings(ledger) == []


def test_another_digest_within_a_day_is_a_finding(ledger: Ledger) -> None:
    note(ledger, TODAY, told(TODAY - DAY, "a"))
    assert note(ledger, TODAY, told(TODAY - DAY, "b"))
    (found,) = findings(ledger)
    assert found.told_on == TODAY
    assert "two different checkpoints" in found.text


def test_going_back_to_an_older_one_is_a_finding(ledger: Ledger) -> None:
    note(ledger, TODAY, told(TODAY - DAY, "a"))
    note(ledger, TODAY + DAY, told(TODAY - DAY * 5, "b"))
    (found,) = findings(ledger)
    assert found.told_on == TODAY + DAY
    assert "told of a later one before" in found.text


def test_one_that_is_not_of_a_day_before_is_a_finding(ledger: Ledger) -> None:
    note(ledger, TODAY, told(TODAY))
    (found,) = findings(ledger)
    assert "is of a day before" in found.text


def test_nobody_fills_the_ledger_with_it(ledger: Ledger) -> None:
    for digest in "0123456789abcdef":
        note(ledger, TODAY, told(TODAY - DAY, digest))
    assert len(kept(ledger)) == MOST_A_DAY
    assert not note(ledger, TODAY + DAY * 2, told(TODAY), today=TODAY), "a day that is not yet"
    assert not note(ledger, TODAY - KEPT - DAY, told(TODAY - KEPT - DAY * 2), today=TODAY), "and one long gone"
    later = TODAY + KEPT + DAY
    assert note(ledger, later, told(later - DAY))
    assert [each.told_on for each in kept(ledger)] == [later], "what is older than that is forgotten"
