"""Public key files are replaced whole or not at all, and a folder that is not there is said to be so."""

from pathlib import Path

import pytest

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public, write_private, write_public


def test_a_public_file_is_replaced_whole(tmp_path: Path) -> None:
    write_public(tmp_path / "public.json", b"one")
    write_public(tmp_path / "public.json", b"two")
    assert read_public(tmp_path / "public.json") == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["public.json"]


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(KeyFault, match="cannot be written"):
        write_public(tmp_path / "folder", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    for write in (write_public, write_private):
        with pytest.raises(KeyFault, match="cannot be made"):
            write(tmp_path / "nowhere" / "key", b"one")
