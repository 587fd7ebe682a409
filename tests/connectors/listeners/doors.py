"""What tests of listeners share: an agency with a door, and clients that speak through it over real sockets."""

import http.client
import json
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connectors.configuration.live_sources import ListenerSource
from connectors.listeners.opening import Listeners
from gateway.bench.world import World
from gateway.store.sql_store import open_store
from mappings.canonical.codes import NoticeEvent
from tests.council import Council

SECRET = "a-shared-secret-for-tests"
PUSH = """kind = "http_push"
port = 0
secret_file = "push.secret"
request_seconds = 60
"""


def write_secret(folder: Path, name: str = "push.secret", text: str = SECRET) -> Path:
    """A secret as the settings ask for it."""
    path = folder / name
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


class AtTheDoor:
    """The council's connector; its first agency has a listener in place of its export."""

    def __init__(self, folder: Path, seaton: World, source: str) -> None:
        folder.mkdir(exist_ok=True)
        write_secret(folder)
        self.seaton, self.council = seaton, Council(folder, seaton)
        settings = self.council.settings_file
        csv = 'preset = "generic_agency_csv"\npath = "childrens-services.csv"'
        settings.write_text(settings.read_text("utf-8").replace(csv, source), "utf-8")
        self.council.start_again()
        self.noted: list[str] = []
        self.open()

    def open(self) -> None:
        """Listen, as `run` does."""
        self.listeners = Listeners(
            self.council.connector.settings,
            self.council.connector.agencies,
            seaton_now(self.seaton),
            lambda _source, what: self.noted.append(what),
        )
        self.port = self.listeners.start()["records"]

    def close(self) -> None:
        self.listeners.stop()

    @property
    def said(self) -> ListenerSource:
        """The listener's settings."""
        source = self.council.children.served.settings.sources[0]
        assert isinstance(source, ListenerSource)
        return source

    def queued(self) -> list[NoticeEvent]:
        """Every notice in the outbox of the agency, in its order."""
        with self.council.children.served.ledger.read() as unit:
            rows = unit.db.execute("SELECT event FROM outbox WHERE kind = 'notice' ORDER BY position").fetchall()
        return [NoticeEvent(event) for (event,) in rows]

    def connect(self, tls: ssl.SSLContext | None = None) -> socket.socket:
        """A connection."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        return tls.wrap_socket(plain, server_hostname="localhost") if tls else plain


@contextmanager
def quiet(folder: Path, empty_seaton: Path, source: str) -> Iterator[AtTheDoor]:
    """A door through which nothing comes, for a whole module of those who are sent away."""
    shutil.copyfile(empty_seaton, folder / "register.sqlite")
    (folder / "register.sqlite").chmod(0o600)
    store = open_store(f"sqlite:///{folder / 'register.sqlite'}", bytes(range(32)))
    door = AtTheDoor(folder / "agency", World(store), source)
    yield door
    door.close()
    store.close()


def seaton_now(seaton: World) -> Callable[[], Any]:
    """The town's clock."""
    return seaton.clock.now


def post(
    door: AtTheDoor, path: str, document: Any, secret: str | None = SECRET, method: str = "POST", **headers: str
) -> tuple[int, Any]:
    """The status, and the answer as JSON."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    said = {"content-type": "application/fhir+json" if path == "/fhir" else "application/json"}
    if secret is not None:
        said["authorization"] = f"Bearer {secret}"
    client = http.client.HTTPConnection("127.0.0.1", door.port, timeout=60)
    try:
        client.request(method, path, body, said | {name.replace("_", "-"): value for name, value in headers.items()})
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        client.close()
