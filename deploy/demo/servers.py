"""The real servers of `make demo BROKER=... DATABASE=...`: a corner of each that belongs to this run alone, cleared away at the end."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from deploy.demo.broker_corner import cleared_broker
from deploy.demo.database_corner import cleared_schema
from deploy.demo.failure import DemoFailure

BROKER = "PATCHWORK_DEMO_BROKER"
DATABASE = "PATCHWORK_DEMO_DATABASE"


@dataclass(frozen=True, slots=True, repr=False)
class Servers:
    """`database_url_file` and `broker_password_file` are files (0600); both None on the embedded default. `inboxes` are the
    queues that were given to connectors, to be removed in the end."""

    partnership: str
    database_url_file: Path | None = None
    broker: SplitResult | None = None
    broker_password_file: Path | None = None
    inboxes: list[str] = field(default_factory=list)

    @property
    def broker_url(self) -> str:
        """The broker's address without its password."""
        if self.broker is None:
            return ""
        host = f"[{self.broker.hostname}]" if ":" in (self.broker.hostname or "") else self.broker.hostname
        port = f":{self.broker.port}" if self.broker.port else ""
        user = quote(self.broker_user, safe="")
        return urlunsplit((self.broker.scheme, f"{user}@{host}{port}", self.broker.path or "/", "", ""))

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
    """The servers the environment names. Raises `DemoFailure` where one cannot be used, or was not cleared away."""
    broker, database = _broker(os.environ.get(BROKER, "")), os.environ.get(DATABASE, "")
    # A name of its own for every run: on a shared broker the queues of two runs never meet.
    partnership = f"seaton-{secrets.token_hex(4)}" if broker else "seaton"
    password_file = url_file = None
    with ExitStack() as corners:
        if broker:
            password_file = _secret(secret_folder / "broker.password", unquote(broker.password or "guest"))
        if database:
            url = corners.enter_context(cleared_schema(database))
            url_file = _secret(secret_folder / "database.url", url)
        made = Servers(partnership, url_file, broker, password_file)
        if broker and password_file:
            user, vhost = made.broker_user, made.broker_vhost
            corners.enter_context(cleared_broker(broker, user, vhost, password_file, partnership, made.inboxes))
        yield made


def _broker(address: str) -> SplitResult | None:
    if not address:
        return None
    try:
        parts = urlsplit(address)
        right = parts.scheme in ("amqp", "amqps") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        right = False
    if not right or parts.query or parts.fragment:
        raise DemoFailure("BROKER must look like amqp://user:password@host:5672/vhost")
    return parts


def _secret(path: Path, value: str) -> Path:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(value)
    return path
