"""Birth dates: unknown parts, filled-in days, and what stands for no date."""

import pytest

from identity.person.birth_date import has_default_day, plausible, read_written
from mappings.canonical.person import PartialDate


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2012-04-07", PartialDate(2012, 4, 7)), ("2012-04-00", PartialDate(2012, 4)), ("2012-00-00", PartialDate(2012)),
        ("2012-00-07", PartialDate(2012, None, 7)), ("2012", PartialDate(2012)), ("2012-25-03", PartialDate(2012, 3, 25)),
        ("2011-02-30", PartialDate(2011, 2)), ("2012-04-07T00:00:00", PartialDate(2012, 4, 7)), ("", None), ("soon", None), ("0000-00-00", None),
        ("0000-04-07", PartialDate(None, 4, 7)), ("q012-04-07", PartialDate(None, 4, 7)), ("201 -04-07", PartialDate(None, 4, 7)),
        ("2012-o4-07", PartialDate(2012, None, 7)), ("2012-04-o7", PartialDate(2012, 4)), ("2012-19-25", PartialDate(2012, None, 25)),
        ("2012-04-77", PartialDate(2012, 4)), ("2012-04- 7", PartialDate(2012, 4, 7)), ("0000-00-07", None), ("0000-04-00", None),
        ("0000-02-29", PartialDate(None, 2, 29)), ("0000-02-30", None), ("2" * 400, None),
    ],
)  # fmt: skip
def test_a_written_date_keeps_what_is_known(written: str, read: PartialDate | None) -> None:
    assert read_written(written) == read


@pytest.mark.parametrize("day", [PartialDate(2012, 1, 1), PartialDate(2012, 6, 15)])
def test_first_of_january_and_the_fifteenth_look_filled_in(day: PartialDate) -> None:
    assert has_default_day(day)


@pytest.mark.parametrize("day", [PartialDate(2012, 2, 1), PartialDate(2012, 1), PartialDate(2012, 1, 2)])
def test_other_days_do_not(day: PartialDate) -> None:
    assert not has_default_day(day)


@pytest.mark.parametrize("day", [PartialDate(1900, 1, 1), PartialDate(1753, 1, 1), PartialDate(9999, 12, 31), None])
def test_what_systems_store_for_no_date_is_missing(day: PartialDate | None) -> None:
    assert plausible(day) is None


def test_without_a_year_a_day_that_looks_filled_in_says_nothing() -> None:
    assert plausible(PartialDate(None, 1, 1)) is None
    assert plausible(PartialDate(None, 4, 7)) == PartialDate(None, 4, 7)


def test_a_date_without_a_year_needs_its_day_and_month() -> None:
    for month, day in ((4, None), (None, 7), (None, None)):
        with pytest.raises(ValueError, match="without a year"):
            PartialDate(None, month, day)


def test_a_possible_date_stays() -> None:
    assert plausible(PartialDate(1931, 5, 2)) == PartialDate(1931, 5, 2)
