"""Whatever bytes an export holds: involvements, rows rejected by name, or `SourceUnreadable` before the first row.
Never anything else."""

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.reading.dry_run import dry_run
from connectors.sources.port import Merged, Parted, Read, Rejected, Skipped, SourceUnreadable, Withdrawn
from mappings.preset import SHIPPED, load_preset, presets
from tests.connectors.sources.agencies import SEATON, read, workbook, written

HEADINGS = (
    "Client ref",
    "Surname",
    "Forename",
    "DoB",
    "NHS No",
    "Key worker",
    "Project",
    "Date opened",
    "Date closed",
    "Gender",
    "Address",
)
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            "C1",
            "C2",
            "O'Neill",
            "09/03/2014",
            "1/2/88",
            "9990100012",
            "01/09/2025",
            "Field, Jo",
            "n/a",
            "F",
            '"',
            "\x00",
        ]
    ),
)
FAMILY = json.loads((SEATON / "fhir_ukcore_bundle.json").read_bytes())
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)),
    max_leaves=12,
)


def survive(content: bytes, preset: str, name: str) -> None:
    """Reading either fails as a whole, in words, or accounts for every row."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder), content, name)
        try:
            readings = read(path, preset)
        except SourceUnreadable:
            return
    for reading in readings:
        assert isinstance(reading, Read | Withdrawn | Skipped | Rejected | Merged | Parted)
        if isinstance(reading, Read):
            json.dumps([reading.involvement.worker, reading.involvement.team, reading.involvement.local_id]).encode()


@given(st.binary(max_size=2_000))
@settings(max_examples=150, deadline=None)
def test_any_bytes_as_csv(content):
    survive(content, "generic_agency_csv", "export.csv")


@given(st.binary(max_size=1_000), st.sampled_from(["utf-8", "cp1252"]))
@settings(max_examples=150, deadline=None)
def test_any_bytes_behind_good_headings(content, encoding):
    survive(",".join(HEADINGS).encode(encoding) + b"\r\n" + content, "generic_agency_csv", "export.csv")


@given(st.lists(st.lists(CELLS, min_size=8, max_size=12), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_cells_behind_good_headings(rows):
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in ([*HEADINGS], *rows)]
    survive("\r\n".join(quoted).encode("utf-8", "surrogatepass"), "generic_agency_csv", "export.csv")


@given(st.binary(max_size=2_000))
@settings(max_examples=100, deadline=None)
def test_any_bytes_as_json(content):
    survive(content, "fhir_r4_ukcore", "bundle.json")


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_as_the_entries_of_a_bundle(value):
    document = {"resourceType": "Bundle", "type": "collection", "entry": value}
    survive(json.dumps(document).encode(), "fhir_r4_ukcore", "bundle.json")


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a document."""
    found = [path] if path else []
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in members:
        found += places(inner, (*path, key))
    return found


@given(st.sampled_from(places(FAMILY)), JSON)
@settings(max_examples=400, deadline=None)
def test_a_good_bundle_with_anything_in_any_one_place(path, value):
    document = _changed(FAMILY, path, value)
    survive(json.dumps(document).encode(), "fhir_r4_ukcore", "bundle.json")


EVERY_PRESET = presets()
XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
CIN = (SEATON / "cin_2026_own.xml").read_text(encoding="utf-8")
CTF = (SEATON / "9992001_CTF_999LLLL_001.xml").read_text(encoding="utf-8")
PAYLOAD = json.loads((SEATON / "dfe_csc_payload.json").read_bytes())
EVENT = json.loads((SEATON / "hmpps_community_manager_allocated.json").read_bytes())
ADMISSION = (SEATON / "hl7v2/02_A01.hl7").read_bytes()


@given(st.sampled_from(EVERY_PRESET), st.binary(max_size=1_500))
@settings(max_examples=400, deadline=None)
def test_any_bytes_by_any_preset(preset, content):
    survive(content, preset, "export.bin")


@given(
    st.binary(max_size=1_500),
    st.sampled_from(
        [b"", b"<", b"{", b"[", b"MSH|^~\\&|", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xd0\xcf\x11\xe0"]
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_in_a_dry_run(content, start):
    with tempfile.TemporaryDirectory() as folder:
        done = dry_run(written(Path(folder), start + content, "export"))
    assert done.involvements or done.missing
    assert done.rows == done.involvements + sum(done.skipped.values())


@given(st.sampled_from([CIN, CTF]), st.data())
@settings(max_examples=200, deadline=None)
def test_xml_cut_or_changed_anywhere(document, data):
    at = data.draw(st.integers(0, len(document)))
    end = data.draw(st.integers(at, len(document)))
    changed = document[:at] + data.draw(XML_TEXT) + document[end:]
    survive(changed.encode(), "cin_census" if document is CIN else "ctf", "export.xml")


@given(st.sampled_from(places(PAYLOAD)), JSON)
@settings(max_examples=200, deadline=None)
def test_a_good_payload_with_anything_in_any_one_place(path, value):
    survive(json.dumps(_changed(PAYLOAD, path, value)).encode(), "dfe_csc_api", "payload.json")


@given(st.sampled_from(places(EVENT)), JSON)
@settings(max_examples=150, deadline=None)
def test_a_good_event_with_anything_in_any_one_place(path, value):
    survive(json.dumps(_changed(EVENT, path, value)).encode(), "hmpps_event", "event.json")


@given(st.integers(0, len(ADMISSION)), st.integers(0, 60), st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_message_cut_or_changed_anywhere(at, length, other):
    survive(ADMISSION[:at] + other + ADMISSION[at + length :], "hl7v2_adt_uk", "message.hl7")


@given(st.lists(st.lists(st.one_of(CELLS, st.integers(), st.dates(), st.none()), max_size=12), max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_cells_of_a_workbook_behind_good_headings(rows):
    survive(workbook([list(HEADINGS), *rows]), "generic_agency_csv", "export.xlsx")


BOOK = workbook(
    [list(HEADINGS), ["C1", "O'Neill", "Maya", "09/03/2014", "", "Jo Field", "Young carers", "01/09/2025", "", "F", ""]]
)


@given(st.integers(0, len(BOOK)), st.integers(0, 200), st.binary(max_size=100))
@settings(max_examples=150, deadline=None)
def test_a_workbook_cut_or_changed_anywhere(at, length, other):
    survive(BOOK[:at] + other + BOOK[at + length :], "generic_agency_csv", "export.xlsx")


SSDA903 = (
    (SHIPPED / "examples/ssda903_xml.yaml")
    .read_text(encoding="utf-8")
    .partition("ssda903.xml: |")[2]
    .partition("  people")[0]
)
FHIR_XML = (
    '<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient><id value="p1"/>'
    '<name><family value="Rowan"/><given value="Alder"/></name><birthDate value="2014-03-09"/></Patient></resource></entry>'
    '<entry><resource><CareTeam><id value="t1"/><status value="active"/><name value="West"/>'
    '<subject><reference value="Patient/p1"/></subject></CareTeam></resource></entry></Bundle>'
)


@given(st.sampled_from([(SSDA903.strip(), "ssda903_xml"), (FHIR_XML, "fhir_r4_ukcore")]), st.data())
@settings(max_examples=250, deadline=None)
def test_other_xml_cut_or_changed_anywhere(document, data):
    text, preset = document
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(len(text), at + 80)))
    survive((text[:at] + data.draw(XML_TEXT) + text[end:]).encode(), preset, "export.xml")


RESOURCES = [entry["resource"] for entry in FAMILY["entry"]]


@given(
    st.lists(st.one_of(st.sampled_from(RESOURCES), JSON), max_size=6),
    st.sampled_from(["lines", "list", "wrapped", "parameters"]),
)
@settings(max_examples=150, deadline=None)
def test_any_resources_in_any_shape(resources, shape):
    shapes = {
        "lines": "\n".join(json.dumps(one) for one in resources),
        "list": json.dumps(resources),
        "wrapped": json.dumps({"data": {"items": resources}}),
        "parameters": json.dumps({"resourceType": "Parameters", "parameter": [{"resource": one} for one in resources]}),
    }
    survive(shapes[shape].encode(), "fhir_r4_ukcore", "export.json")


def _known_headings() -> list[str]:
    tables = [rows for name in presets() if (rows := load_preset(name).rows) and not rows.tree and not rows.messages]
    named = {
        one.name
        for rows in tables
        for file_map in rows.files
        for headers in file_map.columns.values()
        for one in headers
        if one.pattern is None
    }
    return sorted(named)


@given(
    st.lists(st.one_of(st.sampled_from(_known_headings()), st.text(max_size=12)), min_size=1, max_size=9),
    st.lists(st.lists(CELLS, min_size=1, max_size=10), max_size=5),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
@settings(max_examples=150, deadline=None)
def test_any_known_headings_with_any_cells_in_a_dry_run(headings, rows, sign, encoding):
    out = io.StringIO()
    csv.writer(out, delimiter=sign).writerows([headings, *rows])
    with tempfile.TemporaryDirectory() as folder:
        done = dry_run(written(Path(folder), out.getvalue().encode(encoding, "replace"), "export.csv"))
    assert bool(done.involvements) != bool(done.missing)
    assert done.rows == done.involvements + sum(done.skipped.values())
    json.dumps(done.document())


def _changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(document))
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed
