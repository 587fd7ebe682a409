"""Age bands: what leaves the agency instead of a birth date."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.age_band import age_band
from mappings.canonical.codes import AgeBand
from mappings.canonical.person import PartialDate

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("born", "band", "until"),
    [
        (PartialDate(2020, 5, 2), AgeBand.CHILD, date(2038, 5, 31)),
        (PartialDate(2008, 11, 24), AgeBand.CHILD, date(2026, 11, 30)),
        (PartialDate(2008, 11, 23), AgeBand.YOUNG_18_19, date(2028, 11, 30)),
        (PartialDate(2004, 2, 29), AgeBand.YOUNG_20_24, date(2029, 2, 28)),
        (PartialDate(2001, 11, 23), AgeBand.ADULT, None),
        (PartialDate(1931, 1, 1), AgeBand.ADULT, None),
        (PartialDate(2020), AgeBand.CHILD, date(2038, 1, 31)),
        (PartialDate(2008), AgeBand.UNKNOWN, None),
        (PartialDate(2008, 11), AgeBand.UNKNOWN, None),
        (PartialDate(2030, 1, 1), AgeBand.UNKNOWN, None),
        (PartialDate(1850, 1, 1), AgeBand.UNKNOWN, None),
        (None, AgeBand.UNKNOWN, None),
    ],
)
def test_the_band_and_how_long_it_holds(born: PartialDate | None, band: AgeBand, until: date | None) -> None:
    assert age_band(born, None, TODAY) == (band, until)


@pytest.mark.parametrize(
    ("expected", "band"),
    [(date(2027, 2, 3), AgeBand.UNBORN), (date(2026, 10, 5), AgeBand.UNBORN), (date(2026, 9, 5), AgeBand.UNKNOWN)],
)
def test_an_unborn_child_stays_so_to_the_month_after_the_expected_one(expected: date, band: AgeBand) -> None:
    assert age_band(None, expected, TODAY)[0] is band


@given(st.dates(date(1930, 1, 1), date(2026, 1, 1)), st.dates(date(2026, 1, 1), date(2060, 1, 1)))
def test_the_limit_is_never_before_today_and_always_the_end_of_a_month(born: date, on: date) -> None:
    band, until = age_band(PartialDate.of(born), None, on)
    if until is None:
        assert band in {AgeBand.ADULT, AgeBand.UNKNOWN}
    else:
        assert until >= on
        assert date.fromordinal(until.toordinal() + 1).day == 1
