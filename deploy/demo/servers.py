"""The real servers of `make demo BROKER=... DATABASE=...`: a corner of each that belongs to this run alone, cleared away at the end."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from deploy.demo.failure import DemoFailure

BROKER = "PATCHWORK_DEMO_BROKER"
DATABASE = "PATCHWORK_DEMO_DATABASE"


@dataclass(frozen=True, slots=True, repr=False)
class Servers:
    """`database_url_file` and `broker_password_file` are files (0600); both None on the embedded default."""

    partnership: str
    database_url_file: Path | None = None
    broker: SplitResult | None = None
    broker_password_file: Path | None = None

    @property
    def broker_url(self) -> str:
        """The broker's address without its password."""
        if self.broker is None:
            return ""
        user = f"{quote(self.broker_user, safe='')}@" if self.broker_user else ""
        port = f":{self.broker.port}" if self.broker.port else ""
        return urlunsplit((self.broker.scheme, f"{user}{self.broker.hostname}{port}", self.broker.path or "/", "", ""))

    @property
    def broker_user(self) -> str:
        """The one broker user that every party of the demo shares; one each comes with the trust register."""
        return unquote(self.broker.username) if self.broker and self.broker.username else "guest"

    @property
    def broker_vhost(self) -> str:
        """The virtual host, `/` where the address names none."""
        return unquote(self.broker.path.removeprefix("/")) or "/" if self.broker else "/"


@contextmanager
def servers(secret_folder: Path) -> Iterator[Servers]:
    """The servers the environment names. Raises `DemoFailure` where one cannot be used."""
    # A name of its own for every run: on a shared broker the queues of two runs never meet.
    partnership = "seaton" if not os.environ.get(BROKER) else f"seaton-{secrets.token_hex(4)}"
    broker = _broker(os.environ.get(BROKER, ""))
    password_file = _secret(secret_folder / "broker.password", unquote(broker.password or "guest")) if broker else None
    database = os.environ.get(DATABASE, "")
    if not database:
        yield Servers(partnership, None, broker, password_file)
        return
    schema = f"patchwork_demo_{secrets.token_hex(4)}"
    plain = database.replace("postgresql+psycopg://", "postgresql://", 1)
    _in_database(plain, sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    try:
        joint = "&" if "?" in plain else "?"
        url_file = _secret(secret_folder / "database.url", f"{plain}{joint}options=-csearch_path%3D{schema}")
        yield Servers(partnership, url_file, broker, password_file)
    finally:
        _in_database(plain, sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def _broker(address: str) -> SplitResult | None:
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname:
        raise DemoFailure("BROKER must look like amqp://user:password@host:5672/vhost")
    return parts


def _in_database(url: str, statement: sql.Composed) -> None:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)
    except psycopg.Error as problem:
        raise DemoFailure(
            f"the database named by DATABASE cannot be used ({type(problem).__name__}): it must look like "
            "postgresql://user:password@host:5432/name, be reachable, and let that user create a schema"
        ) from None


def _secret(path: Path, value: str) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(value)
    return path
