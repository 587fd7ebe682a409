"""How long it stays on record that somebody was told."""

from datetime import date

import pytest

from gateway.disclosure_record.clock import DisclosureClock
from mappings.canonical.codes import AgeBand
from tests.builders import registered

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("band", "until", "kept"),
    [
        (AgeBand.ADULT, None, date(2032, 3, 2)),
        (AgeBand.YOUNG_18_19, date(2027, 5, 31), date(2032, 3, 2)),
        (AgeBand.CHILD, date(2030, 5, 31), date(2037, 5, 31)),
        # Of age next month: seven years from then is later than six from now.
        (AgeBand.CHILD, date(2026, 4, 30), date(2033, 4, 30)),
        (AgeBand.CHILD, None, date(2051, 3, 2)),
        (AgeBand.UNKNOWN, None, date(2051, 3, 2)),
        (AgeBand.UNBORN, date(2026, 8, 31), date(2052, 8, 31)),
    ],
)
def test_six_years_or_until_the_child_is_25(band: AgeBand, until: date | None, kept: date) -> None:
    adult = registered(age_band=AgeBand.ADULT, age_band_until=None)
    involvement = registered(age_band=band, age_band_until=until)
    assert DisclosureClock().keep_until(TODAY, (involvement, adult)) == kept


def test_a_leap_day_is_kept_a_day_longer_not_shorter() -> None:
    adult = registered(age_band=AgeBand.ADULT, age_band_until=None)
    assert DisclosureClock(years=5).keep_until(date(2028, 2, 29), (adult,)) == date(2033, 3, 1)
