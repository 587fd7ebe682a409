"""A source: an export on a server of the agency's own, fetched over SFTP and read as if it lay here.

The server is known by its host key and by nothing else; we are known by a private key in a file. What is fetched lies in a folder that only we
can read, while it is read. A file that is still being written, or that cannot be had whole, makes it no reading. Needs the extra `sftp` (asyncssh).
"""

import asyncio
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from connectors.sources.opening import open_source
from connectors.sources.port import Reading, Snapshot, Source, SourceUnreadable
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, read_public
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Preset

MOST_FILES = 200
MOST_BYTES = 512 * 1024**2
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class SftpAccess:
    """`path` is a file or a folder there; `host_key_file` holds the server's public key as OpenSSH writes it. `seconds` for a fetch as a whole."""

    host: str
    port: int
    user: str
    key_file: Path
    host_key_file: Path
    path: str
    seconds: float = 600.0


@dataclass(slots=True)
class SftpSource:
    """See the port. Everything is fetched anew for every reading."""

    name: str
    access: SftpAccess
    preset: Preset
    agency: AgencyDefaults
    mode: Mode
    now: Callable[[], datetime]
    remarks: Counter[str] = field(default_factory=Counter)
    unknown: tuple[str, ...] = ()
    refused: bool = False
    unread: tuple[str, ...] = ()
    _held: "TemporaryDirectory[str] | None" = None
    _source: Source | None = None

    def snapshot(self) -> Snapshot:
        """Fetches the export, and says what it covers. Raises `SourceUnreadable`."""
        return self._fetched().snapshot()

    def readings(self) -> Iterator[Reading]:
        """Every row. What was fetched is gone when the last was handed on."""
        source = self._source or self._fetched()
        yield from source.readings()
        self.remarks = source.remarks
        self._let_go()

    def tried(self) -> str:
        """Fetch the export and look what it is. Raises `SourceUnreadable`."""
        try:
            return f"{self.name}: fetched, as of {self._fetched().snapshot().as_of}"
        finally:
            self._let_go()

    def _fetched(self) -> Source:
        self._let_go()
        self._held = TemporaryDirectory(prefix="patchwork-sftp-")
        place = Path(self._held.name)
        try:
            newest = asyncio.run(asyncio.wait_for(_fetch(self.access, place), self.access.seconds))
        except TimeoutError:
            raise SourceUnreadable(
                f"{self.name}: fetching took longer than {self.access.seconds:.0f} seconds"
            ) from None
        except SourceUnreadable as problem:
            raise SourceUnreadable(f"{self.name}: {problem}") from None
        files = sorted(place.iterdir())
        self._source = open_source(
            self.preset, files[0] if len(files) == 1 else place, self.agency, self.mode, self._day(newest)
        )
        return self._source

    def _day(self, newest: float) -> date:
        """When the newest file was written there, but not a day that has not come here."""
        return min(datetime.fromtimestamp(newest, UTC), self.now().astimezone(UTC)).date()

    def _let_go(self) -> None:
        self._source = None
        if self._held is not None:
            self._held.cleanup()
            self._held = None


async def _fetch(access: SftpAccess, place: Path) -> float:
    """Fetch the file, or those of the folder; answers when the newest was written (seconds since 1970)."""
    try:
        import asyncssh
    except ImportError:
        raise SourceUnreadable(
            "SFTP needs the extra of this connector: pip install 'patchwork-connector[sftp]'"
        ) from None
    try:
        own = asyncssh.import_private_key(read_private(access.key_file))
        theirs = asyncssh.import_public_key(read_public(access.host_key_file))
    except KeyFault as problem:
        raise SourceUnreadable(str(problem)) from None
    except (asyncssh.KeyImportError, ValueError):
        raise SourceUnreadable(
            "key_file must hold an OpenSSH private key without a passphrase, host_key_file one public key"
        ) from None
    try:
        async with (
            asyncssh.connect(
                access.host, access.port, username=access.user, client_keys=[own], known_hosts=([theirs], [], []),
                config=None, agent_path=None, preferred_auth="publickey", connect_timeout=10, login_timeout=20,
            ) as connection,
            connection.start_sftp_client() as there,
        ):  # fmt: skip
            return await _copied(there, access.path, place)
    except asyncssh.HostKeyNotVerifiable:
        raise SourceUnreadable(
            "the server shows another host key than host_key_file holds; ask its administrator, then put the new one there"
        ) from None
    except asyncssh.PermissionDenied:
        raise SourceUnreadable("the server does not let us in; see user and key_file") from None
    except (asyncssh.Error, OSError) as problem:
        raise SourceUnreadable(f"the server cannot be read ({type(problem).__name__})") from None


async def _copied(there: Any, path: str, place: Path) -> float:
    about = await there.stat(path)
    names = [path]
    if stat.S_ISDIR(about.permissions or 0):
        listed = [str(name) for name in await there.listdir(path)]
        names = [str(PurePosixPath(path) / name) for name in sorted(listed) if not name.startswith(".")]
    if not 0 < len(names) <= MOST_FILES:
        raise SourceUnreadable(
            f"the folder there holds no file, or more than {MOST_FILES}; give the export a folder of its own"
        )
    newest, left = 0.0, MOST_BYTES
    for name in names:
        before = await there.stat(name)
        if not stat.S_ISREG(before.permissions or 0):
            continue
        size = int(before.size or 0)
        left -= size
        if left < 0:
            raise SourceUnreadable(f"the export there is larger than {MOST_BYTES // 1024**2} MB; split it")
        whole = await _copy(there, name, place / PurePosixPath(name).name, size)
        after = await there.stat(name)
        if not whole or (before.size, before.mtime) != (after.size, after.mtime):
            raise SourceUnreadable("a file there is being written; it is fetched at the next reading")
        newest = max(newest, float(after.mtime or 0))
    return newest


async def _copy(there: Any, name: str, to: Path, size: int) -> bool:
    """Whether the file held as many bytes as it was said to."""
    count = 0
    async with there.open(name, "rb") as source:
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while count <= size and (data := await source.read(CHUNK)):
                count += len(data)
                file.write(data)
    return count == size
