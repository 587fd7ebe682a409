"""Working days: weekdays but for bank holidays, as far as those are known."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.bank_holidays import WARN_AHEAD, bank_holidays, read
from gateway.working_days import after_working_days, is_working

FRAME = 'version = 1\nsource = "https://www.gov.uk/bank-holidays"\nfirst_year = {0}\nlast_year = {0}\ndays = [{1}]\n'


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2026-03-02", 5, "2026-03-09"),
        # Over Easter: Good Friday and the Monday are none.
        ("2026-04-01", 5, "2026-04-10"),
        ("2026-12-23", 3, "2026-12-30"),
        # Christmas Day and Boxing Day of 2027 fall on a weekend and are taken afterwards.
        ("2027-12-24", 1, "2027-12-29"),
        # What begins on a day off begins on the next working day.
        ("2026-04-03", 1, "2026-04-08"),
        ("2026-04-04", 0, "2026-04-07"),
    ],
)
def test_a_clock_counts_neither_weekends_nor_bank_holidays(start: str, days: int, due: str) -> None:
    begun = datetime.fromisoformat(start).replace(hour=14, tzinfo=UTC)
    ended = after_working_days(begun, days)
    assert (ended.date().isoformat(), ended.hour) == (due, 14)


def test_beyond_the_table_weekdays_alone_count() -> None:
    last = bank_holidays().last_year
    new_year = next(date(year, 1, 1) for year in range(last + 1, last + 8) if date(year, 1, 1).weekday() < 5)
    assert is_working(new_year)
    assert not is_working(date(2026, 1, 1))


def test_a_warning_is_raised_in_time() -> None:
    table = bank_holidays()
    assert table.warning(table.known_until - WARN_AHEAD) == ""
    for day in (table.known_until - WARN_AHEAD + timedelta(days=1), table.known_until + timedelta(days=400)):
        assert "install a newer version" in table.warning(day)


def test_the_table_names_its_source_and_holds_eight_days_a_year() -> None:
    table = bank_holidays()
    assert table.source == "https://www.gov.uk/bank-holidays"
    for year in range(table.first_year, table.last_year + 1):
        assert len([day for day in table.days if day.year == year]) >= 8


@pytest.mark.parametrize(
    "days", ["2026-01-01, 2026-01-01", "2026-01-03", "2025-01-01", ""], ids=["twice", "saturday", "other year", "none"]
)
def test_a_table_that_cannot_be_right_is_not_read(days: str) -> None:
    with pytest.raises(ValueError, match="bank holidays"):
        read(FRAME.format(2026, days))
