"""An export on a real SFTP server, in this process: known by its host key, fetched whole, gone from here when it is read."""

import asyncio
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors.sources.port import Coverage, SourceUnreadable
from connectors.sources.sftp import SftpAccess, SftpSource
from mappings.canonical.codes import Mode
from mappings.preset import load_preset
from tests.connectors.sources.agencies import DEFAULTS, involvements

WRITTEN = datetime(2025, 10, 31, 8, 0, tzinfo=UTC)
EXPORT = "Client ref,Surname,Forename,DoB,Worker,Start date\nC-1,Okafor,Maya,09/03/2014,Helen Marsh,01/01/2025\n"


class SftpPlace:
    """A server over a folder. As often as `grows` says, somebody writes on when a file is read: without an end the reader would run after it."""

    def __init__(self, folder: Path) -> None:
        self.files, self.keys = folder / "served", folder / "keys"
        self.files.mkdir()
        self.keys.mkdir()
        self.host, self.own = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        self._write("own", self.own.export_private_key())
        self._write("host.pub", self.host.export_public_key())
        self._write("other.pub", asyncssh.generate_private_key("ssh-ed25519").export_public_key())
        (self.keys / "authorized").write_bytes(self.own.export_public_key())
        self.grows = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)
        self.port = self._server.get_port()

    def export(self, text: str = EXPORT, name: str = "export.csv") -> None:
        path = self.files / name
        path.write_text(text)
        os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))

    def source(self, path: str = "/export.csv", **changes: Any) -> SftpSource:
        said: dict[str, Any] = {
            "key_file": self.keys / "own",
            "host_key_file": self.keys / "host.pub",
            "path": path,
        } | changes
        access = SftpAccess("127.0.0.1", said.pop("port", self.port), "reader", seconds=60, **said)
        preset = load_preset("generic_agency_csv")
        return SftpSource("nightly", access, preset, DEFAULTS, Mode.TRIAL, lambda: datetime(2025, 11, 1, tzinfo=UTC))

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _write(self, name: str, data: bytes) -> None:
        (self.keys / name).write_bytes(data)
        (self.keys / name).chmod(0o600)

    async def _listen(self) -> Any:
        place = self

        class Served(asyncssh.SFTPServer):
            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=str(place.files).encode())

            def read(self, file_obj: Any, offset: int, size: int) -> Any:
                if place.grows:
                    place.grows -= 1
                    with (place.files / "export.csv").open("a") as more:
                        more.write("C-2,")
                return super().read(file_obj, offset, size)

        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[self.host],
            authorized_client_keys=str(self.keys / "authorized"),
            sftp_factory=Served,
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SftpPlace]:
    place = SftpPlace(tmp_path)
    place.export()
    yield place
    place.close()


def test_what_lies_there_is_read_as_if_it_lay_here_and_is_gone_afterwards(
    place: SftpPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    source = place.source()
    snapshot = source.snapshot()
    assert [each.stat().st_mode & 0o077 for each in own.iterdir()] == [0]
    assert (snapshot.coverage, snapshot.as_of) == (Coverage.FULL, WRITTEN.date())
    assert [(one.person.family, one.worker) for one in involvements(source.readings())] == [("Okafor", "Helen Marsh")]
    assert not list(own.iterdir())
    assert source.tried() == "nightly: fetched, as of 2025-10-31"
    assert not list(own.iterdir())


def test_a_folder_of_it(place: SftpPlace) -> None:
    (place.files / "export").mkdir()
    place.export(name="export/cases.csv")
    source = place.source("/export")
    source.snapshot()
    assert len(involvements(source.readings())) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"host_key_file": "other.pub"}, "shows another host key"),
        ({"key_file": "other.pub"}, "must hold an OpenSSH private key"),
        ({"key_file": "nothing"}, "cannot be read"),
        ({"path": "/nothing.csv"}, "the server cannot be read"),
        ({"port": 9}, "the server cannot be read"),
    ],
)
def test_what_is_wrong_is_named(place: SftpPlace, changes: dict[str, Any], words: str) -> None:
    files = {name: place.keys / said if name.endswith("_file") else said for name, said in changes.items()}
    with pytest.raises(SourceUnreadable, match=f"nightly: .*{words}"):
        place.source(**files).snapshot()


def test_a_key_that_others_can_read_is_not_used(place: SftpPlace) -> None:
    (place.keys / "own").chmod(0o644)
    with pytest.raises(SourceUnreadable, match="other users"):
        place.source().snapshot()


def test_a_stranger_is_not_let_in(place: SftpPlace) -> None:
    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
    (place.keys / "own").write_bytes(stranger)
    with pytest.raises(SourceUnreadable, match="does not let us in"):
        place.source().snapshot()


def test_a_file_that_is_still_being_written_is_no_export(place: SftpPlace) -> None:
    place.grows = 3
    with pytest.raises(SourceUnreadable, match="being written"):
        place.source().snapshot()
