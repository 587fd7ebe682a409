"""Linkage epochs and their files."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.agency.faults import KeyFault
from identity.custody.epoch import LinkageEpoch, from_document, new_epoch, read_epoch, to_document, write_epoch
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

SEATON = PartnershipId("seaton")


def test_a_new_epoch_is_random_and_named_after_its_mode_and_day() -> None:
    day = datetime(2026, 11, 23, tzinfo=UTC)
    one, other = new_epoch(SEATON, Mode.TRIAL, day), new_epoch(SEATON, Mode.TRIAL, day)
    assert one.id.startswith("trial-20261123-")
    assert one.id != other.id
    assert one.key != other.key


def test_an_epoch_survives_its_file_which_only_the_owner_can_read(tmp_path: Path) -> None:
    epoch = new_epoch(SEATON, Mode.LIVE)
    path = write_epoch(tmp_path, epoch)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_epoch(path) == epoch


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = write_epoch(tmp_path, new_epoch(SEATON, Mode.LIVE))
    path.chmod(0o640)
    with pytest.raises(KeyFault, match="other users"):
        read_epoch(path)


def test_an_epoch_is_never_overwritten(tmp_path: Path) -> None:
    epoch = new_epoch(SEATON, Mode.LIVE)
    write_epoch(tmp_path, epoch)
    with pytest.raises(KeyFault, match="exists"):
        write_epoch(tmp_path, epoch)


def test_the_key_is_not_shown() -> None:
    epoch = new_epoch(SEATON, Mode.TRIAL)
    assert to_document(epoch)["key"] not in repr(epoch)
    assert str(epoch.key) not in repr(epoch)


@pytest.mark.parametrize(
    ("id", "key"), [("", bytes(32)), ("Upper", bytes(32)), ("x" * 41, bytes(32)), ("good", bytes(31))]
)
def test_an_epoch_is_valid_or_not_made(id: str, key: bytes) -> None:
    with pytest.raises(ValueError, match=r"epoch id|32 bytes"):
        LinkageEpoch(id, Mode.TRIAL, key, SEATON)


@pytest.mark.parametrize(
    "change",
    [
        {"key": "AAAA"},
        {"key": 5},
        {"key": "!" * 43},
        {"mode": "test"},
        {"id": 7},
        {"format": "x/9"},
        {"more": "x"},
        {"partnership": "A B"},
    ],
)
def test_a_damaged_document_is_refused_without_repeating_it(change: dict[str, object]) -> None:
    document = {**to_document(new_epoch(SEATON, Mode.TRIAL)), **change}
    with pytest.raises(KeyFault) as refusal:
        from_document(document)
    assert str(document["key"]) not in str(refusal.value)


@given(st.binary(max_size=200))
def test_a_file_of_anything_else_is_refused_by_one_exception(data: bytes) -> None:
    try:
        document = json.loads(data)
    except ValueError:
        return
    with pytest.raises(KeyFault):
        from_document(document)


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.epoch.json"
    path.write_bytes(b"\xff{")
    path.chmod(0o600)
    with pytest.raises(KeyFault, match="not JSON"):
        read_epoch(path)
