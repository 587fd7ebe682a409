"""A report is of whole months, so that no two of them differ by a day."""

from datetime import date

import pytest

from gateway.refused import Refused
from gateway.reporting.period import period

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        ("", "", date(2025, 4, 1), date(2026, 3, 31)),
        ("2026-02", "", date(2026, 2, 1), date(2026, 3, 31)),
        ("", "2025-12", date(2025, 1, 1), date(2025, 12, 31)),
        ("2024-02", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_it_is_whole_months(since: str, until: str, first: date, last: date) -> None:
    found = period(since, until, TODAY)
    assert (found.first, found.last) == (first, last)
    assert (found.begin.day, found.begin.hour, found.end.hour) == (1, 0, 23)


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        ("2026-03-01", "", "--since is a whole month, as 2026-03"),
        ("", "last month", "--until is a whole month"),
        ("2026-13", "", "--since is a whole month"),
        ("0000-01", "", "--since is a whole month"),
        ("2026-02", "2026-01", "exchange them"),
        ("", "2026-04", "has not begun yet; the latest month is 2026-03"),
        ("2016-03", "2026-03", "120 months at most"),
    ],
)
def test_what_is_none_is_refused_with_the_way_out(since: str, until: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        period(since, until, TODAY)
