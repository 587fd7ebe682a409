"""The worklist for a spreadsheet and for a browser: all of it, nothing more, and nothing that does anything by itself."""

import csv
import io
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from connectors.alerts.worklist import Entry, Worklist
from connectors.alerts.worklist_page import as_html
from connectors.alerts.worklist_table import COLUMNS, as_csv
from mappings.canonical.alert import NO_ALERT_MEANS
from mappings.canonical.codes import AlertLevel
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from tests.connectors.office import MONDAY, SCHOOL
from tests.counterparts import an_alert

ALERT = an_alert(SCHOOL, PersonRef("a" * 64), InvolvementRef("b" * 64), MONDAY)
ENTRY = Entry(ALERT, "C-4711", "O. Testcase", "Alex Worker", MONDAY)
LISTED = Worklist(MONDAY, (ENTRY,), ALERT.participation)


def rows(listed: Worklist) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(listed).removeprefix("\ufeff"))))


class Page(HTMLParser):
    """The tags and the cells of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts and self.tags[-1] in ("td", "th"):
            self.texts[-1] += data


def test_a_table_holds_every_connection_and_says_as_of_when_and_who_takes_part() -> None:
    heading, first, empty, as_of, *notes = rows(LISTED)
    assert tuple(heading) == COLUMNS
    assert dict(zip(heading, first, strict=True))["Client"] == "O. Testcase"
    assert dict(zip(heading, first, strict=True))["Reference to say"] == str(ALERT.spoken_reference)
    assert (empty, as_of) == ([], ["As of 2 March 2026, 09:00 UTC"])
    assert [NO_ALERT_MEANS] in notes


def test_a_page_holds_the_same_and_fetches_and_runs_nothing() -> None:
    page = Page(as_html(LISTED))
    cells = [text.strip() for text in page.texts[len(COLUMNS) :]]
    assert cells == rows(LISTED)[1]
    assert not set(page.tags) & {"script", "img", "link", "iframe", "form", "object", "a"}
    assert NO_ALERT_MEANS in as_html(LISTED)


def test_of_somebody_who_may_not_be_named_no_name_is_in_either() -> None:
    hidden = replace(LISTED, entries=(replace(ENTRY, alert=replace(ALERT, level=AlertLevel.ID_ONLY)),))
    assert ALERT.other is not None
    assert ALERT.other.worker.name
    for text in (as_csv(hidden), as_html(hidden)):
        assert ALERT.other.worker.name not in text


def test_an_empty_worklist_says_so() -> None:
    assert "<p>None. As of" in as_html(replace(LISTED, entries=()))
    assert "1 more are about clients that are not known here yet" in as_html(replace(LISTED, entries=(), unknown=1))


@given(st.sampled_from(["=", "+", "-", "@"]), st.text(max_size=20))
def test_no_cell_is_a_formula(sign: str, rest: str) -> None:
    listed = replace(LISTED, entries=(replace(ENTRY, client=sign + rest.replace("\x00", "")),))
    assert rows(listed)[1][0].startswith(f"'{sign}")


def test_what_stands_in_a_record_is_never_taken_for_markup() -> None:
    text = as_html(replace(LISTED, entries=(replace(ENTRY, client="<script>alert(1)</script>"),)))
    assert "script" not in Page(text).tags
    assert "&lt;script&gt;" in text
