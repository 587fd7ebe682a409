"""Public key files are replaced whole or not at all, and a folder that is not there is said to be so."""

from pathlib import Path

import pytest

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, read_public, replace_private, write_private, write_public


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


def test_what_only_its_owner_may_read_is_replaced_whole_and_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(b"before")
    path.chmod(0o644)
    replace_private(path, b"after")
    assert read_private(path) == b"after"
    assert [each.name for each in tmp_path.iterdir()] == ["settings.toml"]
