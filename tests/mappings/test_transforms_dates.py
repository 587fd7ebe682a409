"""Dates by an explicit list of forms."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.person import PartialDate
from mappings.transforms_dates import DateForms, NotADate

TODAY = date(2025, 11, 1)
BRITISH = DateForms(("%d/%m/%Y", "iso", "%d-%b-%y", "%d/%m/%y", "excel-serial"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("01/02/1988", date(1988, 2, 1)),
        ("1/2/1988", date(1988, 2, 1)),
        ("2025-09-01 09:00:00.000", date(2025, 9, 1)),
        ("2025-09-01T23:30:00Z", date(2025, 9, 1)),
        ("2025-11-03T10:00:00.123456789+01:00", date(2025, 11, 3)),
        ("3-Sep-25", date(2025, 9, 3)),
        ("45901", date(2025, 9, 1)),
    ],
)
def test_day_and_month_are_read_the_british_way_round(written, meant):
    assert BRITISH.parse(written, TODAY).exact == meant


@pytest.mark.parametrize("written", ["02/30/1988", "31/02/2020", "00/01/2020", "tomorrow", "2025-13-01", "1988", ""])
def test_what_is_in_no_form_is_no_date_and_is_not_repeated(written):
    with pytest.raises(NotADate) as refused:
        BRITISH.parse(written, TODAY)
    assert not written or written not in str(refused.value)


def test_a_two_digit_birth_year_is_in_the_past_and_within_a_hundred_years():
    assert BRITISH.parse("1/2/88", TODAY, past_only=True).year == 1988
    assert BRITISH.parse("31/10/25", TODAY, past_only=True).year == 2025
    assert BRITISH.parse("31/12/25", TODAY, past_only=True).year == 1925
    assert BRITISH.parse("31/12/26", TODAY).year == 2026


def test_a_form_without_a_day_gives_a_partial_date():
    assert DateForms(("%m/%Y",)).parse("03/2014", TODAY) == PartialDate(2014, 3)


@pytest.mark.parametrize("form", ["%d/%m", "%j %Y", "%d %d %Y"])
def test_a_form_that_cannot_be_understood_is_refused_when_the_preset_is_read(form):
    with pytest.raises(ValueError, match="date form"):
        DateForms((form,))


@given(st.dates(date(1900, 3, 1), date(2045, 1, 1)))
def test_what_is_written_in_a_form_is_read_back(day):
    forms = DateForms(("%d/%m/%Y",))
    assert forms.parse(f"{day.day}/{day.month:02d}/{day.year}", TODAY).exact == day


@given(st.text(alphabet="0123456789/-: T.abcJanZ", max_size=25))
def test_any_text_is_a_date_or_none(text):
    with suppress(NotADate):
        assert BRITISH.parse(text, TODAY).year > 0


WORDS = DateForms(("%d/%m/%Y", "%d-%m-%Y", "%d-%b-%Y", "%d %B %Y", "%b %d %Y", "iso"))


@pytest.mark.parametrize(
    "written",
    [
        "09/03/2014 00:00",
        "09/03/2014 12:00:00 AM",
        "09-03-2014 00:00:00",
        "09-MAR-2014 00:00:00",
        "9th March 2014",
        "Sunday, 9 March 2014",
        "Sun 9 March 2014 13:05",
        "Mar 9 2014 12:00AM",
        "Mar 9 2014 12:00:00:000AM",
        "2014-03-09 00:00:00+00",
        "2014-03-09 09:00:00 +0100",
    ],
)
def test_a_time_of_day_and_the_words_around_a_day_say_nothing(written):
    assert WORDS.parse(written, TODAY).exact == date(2014, 3, 9)


@pytest.mark.parametrize("written", ["09/03/2014 0", "09/03/2014 noon", "March 2014 10:00", "99th March 2014"])
def test_what_merely_begins_like_a_date_is_none(written):
    with pytest.raises(NotADate):
        WORDS.parse(written, TODAY)


def test_what_is_no_date_is_answered_with_dates_in_the_forms_that_are_read():
    with pytest.raises(NotADate, match=r"^is not a date such as 31/12/2025, 2025-12-31, 31-Dec-25, 31/12/25, 46022$"):
        BRITISH.parse("soon", TODAY)
