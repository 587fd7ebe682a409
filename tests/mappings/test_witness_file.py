"""A witness file comes back as it was written, and whatever else is in a file is refused by its line."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint, Witness
from mappings.witness_file import WitnessFileFault, read_witnesses, write_witnesses

DAY = date(2026, 3, 3)
WITNESS = Witness(
    PartnershipId("seaton"),
    Mode.LIVE,
    AgencyId("urn:patchwork:seaton:housing"),
    DAY,
    ToldCheckpoint(DAY - timedelta(days=1), "ab" * 32),
)
LINE = json.loads(write_witnesses([WITNESS]))


def test_it_is_one_line_a_witness_and_says_nothing_of_anybody() -> None:
    assert LINE == {
        "patchworkWitness": 1,
        "partnership": "seaton",
        "side": "live",
        "agency": "urn:patchwork:seaton:housing",
        "told_on": "2026-03-03",
        "made_on": "2026-03-02",
        "sha256": "ab" * 32,
    }
    assert write_witnesses([WITNESS, WITNESS]).count(b"\n") == 2


def test_it_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "witnesses.jsonl"
    file.write_bytes(write_witnesses([WITNESS, WITNESS]))
    assert read_witnesses(file) == [WITNESS, WITNESS]
    file.write_bytes(b"")
    assert read_witnesses(file) == []


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"not JSON",
        b"[]",
        b"7",
        b"{}",
        b"[" * 900,
        b'{"a":' * 150,
        b" " * 1025,
        *(json.dumps(LINE | changed).encode() for changed in (
            {"patchworkWitness": 2},
            {"patchworkWitness": True},
            {"side": "other"},
            {"told_on": "2026-02-30"},
            {"made_on": 7},
            {"sha256": "AB" * 32},
            {"agency": "somebody"},
            {"more": 1},
        )),
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_its_line(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "witnesses.jsonl"
    file.write_bytes(write_witnesses([WITNESS]) + line + b"\n")
    with pytest.raises(WitnessFileFault, match="line 2 is no witness"):
        read_witnesses(file)
