"""A private PostgreSQL server on a loopback port.

PostgreSQL refuses to run as root; as root its programs are started through setpriv as the user `postgres` (or
`nobody`), and the server's folder is made directly under /tmp and given to that user, because temporary folders of root
are often closed to others.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.servers.missing import ServerFailed, ServerMissing
from deploy.servers.ports import answers, free_ports
from deploy.servers.processes import ServerProcess, plain_environment

USER = "patchwork"
FASTEST = {"fsync": "off", "full_page_writes": "off"}
"""Settings for tests: safe when the server is killed (the operating system has every write), not in a power cut.

synchronous_commit stays on: without it a killed server loses what it had confirmed.
"""


def find_programs() -> Path:
    """The folder with `postgres` and `initdb`, newest version first. Raises ServerMissing."""
    folders = [Path(each) for each in [os.environ.get("PATCHWORK_POSTGRESQL_BIN")] if each]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    folders += [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    for prefix in ("/opt/homebrew/opt", "/usr/local/opt"):
        folders += sorted(Path(prefix).glob("postgresql*/bin"), reverse=True)
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise ServerMissing("postgresql not found; install it, on Debian and Ubuntu with: sudo apt-get install postgresql")


def _version(folder: Path) -> float:
    try:
        return float(folder.parent.name)
    except ValueError:
        return 0.0


class PostgreSQL:
    """One server of our own: `with PostgreSQL() as server: ... server.fresh_database()`.

    `settings` are postgresql.conf settings; the default is the durable standard, `FASTEST` suits tests.
    """

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._programs = find_programs()
        self._settings = dict(settings or {})
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        self.host = "127.0.0.1"
        self.port = free_ports(1)[0]
        self.user = USER
        self.password = secrets.token_hex(16)
        self._databases = 0
        parent = "/tmp" if self._owner else None  # noqa: S108 - mkdtemp makes a folder of its own there
        folder = Path(tempfile.mkdtemp(prefix="patchwork-postgresql-", dir=parent))
        self._process = ServerProcess("PostgreSQL", folder)
        self.data = folder / "data"
        self.password_file = folder / "password"
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(self.password, encoding="ascii")
        self._give_away(folder, self.password_file)
        try:
            self._initdb()
            self.start()
        except BaseException:
            self._process.discard()
            raise

    @property
    def dsn(self) -> str:
        """The server's own database `postgres`, as SQLAlchemy writes it."""
        return self.database_url("postgres")

    def database_url(self, name: str) -> str:
        """`postgresql+psycopg://...` of one database."""
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{name}"

    @property
    def alive(self) -> bool:
        """Whether the server runs at this moment."""
        return self._process.alive

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._process.log

    def cpu_seconds(self) -> float | None:
        """How long the server has worked so far, with all its processes. None where this system does not say."""
        return self._process.cpu_seconds()

    def fresh_database(self, like: str = "template0") -> str:
        """A new database, empty or a copy of the one named, to which nobody may be connected; returns its `postgresql+psycopg://` URL."""
        self._databases += 1
        name = f"fresh_{self._databases}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {like} ENCODING 'UTF8'")
        return self.database_url(name)

    def drop_database(self, url: str) -> None:
        """Remove a database made by `fresh_database`, closing what is still connected to it."""
        name = url.rpartition("/")[2]
        if not name.removeprefix("fresh_").isdecimal():
            raise ValueError("only a database made by fresh_database can be dropped")
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def start(self, seconds: float = 60) -> None:
        """Start the server (again) on its port and data. Returns when it answers. Raises ServerFailed."""
        settings = {
            "listen_addresses": self.host,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "log_min_messages": "warning",
            "password_encryption": "scram-sha-256",
            **self._settings,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*self._as_owner(), str(self._programs / "postgres"), "-D", str(self.data), *options]
        self._process.start(command, plain_environment())
        self._process.wait_until(self._ready, seconds)

    def stop(self) -> None:
        """Stop in an orderly way, at once for those connected (SIGINT is PostgreSQL's fast shutdown)."""
        self._process.stop(signal.SIGINT)

    def kill(self) -> None:
        """kill -9 to the server and all its processes. `start` then recovers from its log."""
        self._process.kill()

    def wipe(self) -> None:
        """Forget everything: new, empty data, same port, same password. The server is then stopped; `start` it."""
        self._process.kill()
        shutil.rmtree(self.data)
        self._initdb()

    def discard(self) -> None:
        """End the server and remove its folder."""
        self._process.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def _initdb(self) -> None:
        command = [*self._as_owner(), str(self._programs / "initdb"), "--pgdata", str(self.data), "--no-sync"]
        command += ["--username", self.user, "--pwfile", str(self.password_file), "--auth", "scram-sha-256"]
        command += ["--encoding", "UTF8", "--locale", "C"]
        done = subprocess.run(
            command,
            cwd=self.data.parent,
            env=plain_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise ServerFailed(f"initdb failed: {done.stderr.strip()}")

    def _as_owner(self) -> list[str]:
        if self._owner is None:
            return []
        user, group = str(self._owner.pw_uid), str(self._owner.pw_gid)
        return ["setpriv", "--reuid", user, "--regid", group, "--clear-groups"]

    def _give_away(self, *paths: Path) -> None:
        if self._owner is not None:
            for path in paths:
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _ready(self) -> bool:
        import psycopg

        if not answers(self.port):
            return False
        try:
            self._administer("SELECT 1")
        except psycopg.OperationalError:  # it listens before it is done with recovery
            return False
        return True

    def _administer(self, statement: str) -> None:
        # Imported here: finding and installing the programs must work before anything else is installed.
        import psycopg

        with psycopg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname="postgres", autocommit=True,
            connect_timeout=10,
        ) as connection:  # fmt: skip
            connection.execute(statement.encode())


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServerMissing(
        "PostgreSQL does not run as root and this system has neither a user postgres nor nobody: run as another user"
    )
