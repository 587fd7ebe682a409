"""Workbooks: every sheet a table, within bounds whatever the archive says of itself."""

import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape

import pytest

from connectors.sources import spreadsheet
from connectors.sources.opening import detect
from connectors.sources.port import SourceUnreadable
from tests.connectors.sources.agencies import involvements, problems, read, workbook, written

HEADINGS = ["Client ref", "Full name", "D.O.B.", "Post code", "Support worker", "Project", "Date opened", "Date closed"]
MAYA = ["SFP/1", "O'Neill, Maya", date(2014, 3, 9), "zz24xy", "Jo Field", "Mentoring", date(2025, 9, 1), None]


def test_a_workbook_is_read_as_its_sheet_would_be_as_csv(tmp_path):
    path = written(tmp_path, workbook([HEADINGS, MAYA]), "clients.xlsx")

    (one,) = involvements(read(path))

    assert detect(path) == "vcs_spreadsheet"
    assert (one.local_id, one.start, one.worker) == ("SFP/1|Mentoring", date(2025, 9, 1), "Jo Field")
    assert one.person.birth_date is not None
    assert one.person.birth_date.exact == date(2014, 3, 9)


def test_a_name_says_nothing_about_what_a_file_is(tmp_path):
    assert len(involvements(read(written(tmp_path, workbook([HEADINGS, MAYA]), "clients.csv")))) == 1


def test_titles_blank_rows_and_blank_columns_are_passed_over(tmp_path):
    rows = [
        ["Seaton Families Project"],
        [],
        ["as of", date(2025, 11, 1)],
        [*HEADINGS, None, None],
        MAYA,
        [],
        [None] * 12,
    ]

    (one,) = involvements(read(written(tmp_path, workbook(rows), "clients.xlsx")))

    assert one.person.family == "O'Neill"


def test_a_formula_counts_by_the_value_it_last_had(tmp_path):
    row = [*MAYA]
    row[4] = "=VLOOKUP(A2,Staff!A:B,2)|Sam Ortiz"

    (one,) = involvements(read(written(tmp_path, workbook([HEADINGS, row]), "clients.xlsx")))

    assert one.worker == "Sam Ortiz"


def test_numbers_are_ids_and_serials_are_dates(tmp_path):
    row = [1002301.0, "O'Neill, Maya", 41707, "ZZ2 4XY", "Jo Field", "Mentoring", 45901, None]

    (one,) = involvements(read(written(tmp_path, workbook([HEADINGS, row]), "clients.xlsx")))

    assert one.local_id == "1002301|Mentoring"
    assert (one.start, one.person.birth_date and one.person.birth_date.exact) == (date(2025, 9, 1), date(2014, 3, 9))


def test_a_client_merged_over_several_rows_is_in_each_of_them(tmp_path):
    below = [None, None, None, None, "Sam Ortiz", "Food bank", date(2025, 9, 5), None]
    book = workbook([HEADINGS, MAYA, below], merged=["A2:A3", "B2:B3", "C2:C3", "D2:D3"])

    found = involvements(read(written(tmp_path, book, "clients.xlsx")))

    assert [(one.local_id, one.person.family) for one in found] == [
        ("SFP/1|Mentoring", "O'Neill"),
        ("SFP/1|Food bank", "O'Neill"),
    ]


def test_every_sheet_with_involvements_is_read_and_the_others_are_joined_or_passed_over(tmp_path):
    lists = [
        "Child Unique ID",
        "Date of Birth",
        "Gender",
        "CIN Start Date",
        "CIN Closure Date",
        "Allocated Team",
        "Allocated Worker",
    ]
    row = [1002301, date(2014, 3, 9), "b) Female", date(2025, 9, 1), None, "Assessment West", "Adeyemi, Folake"]
    people = ["Person id", "Surname", "Forename", "Date of birth"]
    book = workbook(
        [["Annex A"], ["read me"]],
        [lists, row],
        [people, [1002301, "O'Neill", "Maya", date(2014, 3, 9)]],
        names=["Cover", "List 6", "People"],
    )
    path = written(tmp_path, book, "annex.xlsx")

    (one,) = involvements(read(path))

    assert detect(path) == "annex_a"
    assert (one.worker, one.team, one.person.family) == ("Folake Adeyemi", "Assessment West", "O'Neill")


def test_rows_are_named_by_sheet_and_number(tmp_path):
    bad = [*MAYA]
    bad[6] = "soon"
    path = written(
        tmp_path, workbook([["Notes"]], [["a title"], HEADINGS, MAYA, bad], names=["Info", "2025"]), "clients.xlsx"
    )

    (problem,) = [one for one in read(path) if not hasattr(one, "involvement")]

    assert problem.where == "clients.xlsx sheet 2025 row 4"


def open_document(rows):
    """An ods workbook, by hand."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"><text:p>x</text:p></table:table-cell>'
            if isinstance(value, date)
            else f'<table:table-cell office:value-type="string"><text:p>{escape(str(value or ""))}</text:p></table:table-cell>'
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Clients">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{urn}:manifest:1.0"/>',
        )
    return book.getvalue()


def test_an_open_document_workbook_is_read_too(tmp_path):
    (one,) = involvements(read(written(tmp_path, open_document([HEADINGS, MAYA]), "clients.ods")))

    assert (one.local_id, one.start) == ("SFP/1|Mentoring", date(2025, 9, 1))


def test_an_archive_that_unpacks_to_more_than_it_may_is_refused_before_it_is_built(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheet, "MAX_UNPACKED", 200_000)
    book = io.BytesIO(workbook([HEADINGS, MAYA]))
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/bomb.xml", b" " * 400_000)

    with pytest.raises(SourceUnreadable, match="unpacks to more than"):
        read(written(tmp_path, book.getvalue(), "bomb.xlsx"))


@pytest.mark.parametrize("bound", ["MAX_BYTES", "MAX_CELLS", "MAX_SHEETS", "MAX_MEMBERS"])
def test_every_bound_holds(tmp_path, monkeypatch, bound):
    monkeypatch.setattr(spreadsheet, bound, 1)

    with pytest.raises(SourceUnreadable, match=r"clients\.xlsx (is larger|has more|holds more)"):
        read(written(tmp_path, workbook([HEADINGS, MAYA], [HEADINGS]), "clients.xlsx"))


def test_a_bad_row_of_a_sheet_never_fails_the_others(tmp_path):
    bad = [*MAYA]
    bad[2] = "not a date"
    readings = read(written(tmp_path, workbook([HEADINGS, bad, [*MAYA[:5], "Food bank", *MAYA[6:]]]), "clients.xlsx"))

    assert len(involvements(readings)) == 1
    assert "'D.O.B.' is not a date" in problems(readings)[0]
