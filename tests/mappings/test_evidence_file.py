"""An evidence file comes back as it was written; whatever is cut off, damaged or under another key is refused by line."""

import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mappings.evidence_file import Counts, EvidenceFileFault, EvidenceWriter, read_evidence_file
from tests.mappings.fhir.examples import EVIDENCE

COUNTS = Counts(rows=7, involvements=4, people=3, weak=1, skipped=3)


def written(counts: Counts = COUNTS, key: str = "rehearsal-1") -> list[bytes]:
    file = io.BytesIO()
    writer = EvidenceWriter(file, key)
    writer.people(replace(EVIDENCE, epoch="rehearsal-1") for _ in range(2))
    writer.end(counts)
    return file.getvalue().splitlines(keepends=True)


def read(folder: Path, lines: list[bytes]) -> object:
    path = folder / "school.evidence"
    path.write_bytes(b"".join(lines))
    return read_evidence_file(path)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "school.evidence"
    path.write_bytes(b"".join(written()))
    file = read_evidence_file(path)
    assert (file.key, file.counts) == ("rehearsal-1", COUNTS)
    assert list(file.evidence()) == [replace(EVIDENCE, epoch="rehearsal-1")] * 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda lines: lines[:-1], "cut off after line 3"),
        (lambda lines: [], "does not begin as an evidence file"),
        (lambda lines: [b'{"patchworkEvidence": 2, "key": "k"}\n', *lines[1:]], "does not begin as an evidence file"),
        (lambda lines: [*lines, lines[1]], "after the counts, in line 5"),
        (lambda lines: [lines[0], lines[1], lines[3]], "holds 1 people and says otherwise"),
        (lambda lines: [lines[0], b'"AAAA"\n', *lines[2:]], "line 2 is not evidence"),
        (lambda lines: [lines[0], b"42\n", *lines[2:]], "line 2 is not evidence"),
        (lambda lines: [lines[0], b"[" * 3000 + b"\n", *lines[2:]], "line 2 is not JSON"),
        (lambda lines: [lines[0], b'"' + b"A" * 20_000 + b'"\n', *lines[2:]], "line 2 is longer"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b"7", b"-7")], "the counts in line 4"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b"rows", b"names")], "the counts in line 4"),
        (lambda lines: [lines[0].replace(b"rehearsal-1", b"rehearsal-2"), *lines[1:]], "under another key"),
    ],
)
def test_what_is_not_whole_is_refused(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], problem: str
) -> None:
    with pytest.raises(EvidenceFileFault, match=problem):
        read(tmp_path, change(written()))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400), st.integers(0, 4))
def test_no_bytes_do_more_than_be_refused(tmp_path: Path, noise: bytes, at: int) -> None:
    lines = written()
    with suppress(EvidenceFileFault):
        read(tmp_path, [*lines[:at], noise, *lines[at:]])


def test_nothing_but_evidence_and_counts_is_in_it() -> None:
    first, *people, last = map(json.loads, written())
    assert set(first) == {"patchworkEvidence", "key"}
    assert all(isinstance(each, str) for each in people)
    assert set(last) == {"rows", "involvements", "people", "weak", "skipped"}
