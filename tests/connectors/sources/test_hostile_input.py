"""Whatever bytes an export holds: involvements, rows rejected by name, or `SourceUnreadable` before the first row.
Never anything else."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.port import Merged, Parted, Read, Rejected, Skipped, SourceUnreadable, Withdrawn
from tests.connectors.sources.agencies import SEATON, read, written

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
    document = json.loads(json.dumps(FAMILY))
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    survive(json.dumps(document).encode(), "fhir_r4_ukcore", "bundle.json")
