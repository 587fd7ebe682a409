"""The throwaway key of a rehearsal: private, never a partnership's own, and the same for whoever holds the same file."""

from pathlib import Path

import pytest

from identity.agency.faults import KeyFault
from identity.custody.epoch import new_epoch, write_epoch
from identity.person.rehearsal_key import PARTNERSHIP, make_rehearsal_key, read_rehearsal_key
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId


def private(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def test_a_key_is_read_as_it_was_made_and_two_are_never_alike(tmp_path: Path) -> None:
    one, other = make_rehearsal_key(tmp_path / "one"), make_rehearsal_key(tmp_path / "other")
    read = read_rehearsal_key(tmp_path / "one")
    assert (read.key, read.id, read.mode, read.partnership) == (one.key, one.id, Mode.TRIAL, PARTNERSHIP)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    assert one.key != other.key
    assert one.id != other.id
    assert one.key.hex()[:16] not in one.id


def test_agencies_may_bring_random_bytes_of_their_own(tmp_path: Path) -> None:
    bytes_ = bytes(range(32))
    one = read_rehearsal_key(private(tmp_path / "one", bytes_))
    # A line end that an editor or a mail program added changes nothing.
    assert read_rehearsal_key(private(tmp_path / "other", bytes_ + b"\n")).key == one.key
    assert one.key != bytes_


def test_what_could_be_guessed_or_was_seen_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="shorter than 32 bytes"):
        read_rehearsal_key(private(tmp_path / "short", b"seaton rehearsal"))
    seen = private(tmp_path / "seen", bytes(range(64)))
    seen.chmod(0o644)
    with pytest.raises(KeyFault, match="can be read by other users"):
        read_rehearsal_key(seen)


def test_a_partnerships_linkage_key_is_never_used(tmp_path: Path) -> None:
    epoch = write_epoch(tmp_path, new_epoch(PartnershipId("seaton"), Mode.LIVE))
    with pytest.raises(KeyFault, match="never uses a partnership's linkage key"):
        read_rehearsal_key(epoch)


def test_a_damaged_key_is_refused_and_an_old_one_never_overwritten(tmp_path: Path) -> None:
    make_rehearsal_key(tmp_path / "key")
    with pytest.raises(KeyFault, match="exists already"):
        make_rehearsal_key(tmp_path / "key")
    private(tmp_path / "key", (tmp_path / "key").read_bytes()[:-5])
    with pytest.raises(KeyFault, match="damaged"):
        read_rehearsal_key(tmp_path / "key")
