"""One agency's place: a folder with its settings, keys, export and sink, the connector that runs there, and what its ledger says."""

import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.keys import epochs, keys_folder
from connectors.running.assembly import Connector
from connectors.settings import load
from identity.agency.keys import PublicKeys
from tests.system.children import Row, write_export
from tests.system.program import Program
from tests.system.until import until

LAUNCHERS = Path(__file__).parent / "launchers"
BIN = Path(sys.executable).parent


def agency_uri(name: str) -> str:
    """The agency whose connector has this name."""
    return f"urn:patchwork:seaton:{name}"


class Site:
    """`name` is the connector's id and the end of the agency's URI."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.agency = agency_uri(name)
        self.folder = folder
        self.settings_file = folder / "connector.toml"
        self.export = folder / "in" / "clients.csv"
        self.shown = folder / "out"
        self.ledger = folder / "ledger.sqlite3"
        self.inbox = ""
        folder.mkdir(mode=0o700)
        command = [BIN / "patchwork-connector", "run", "--settings", self.settings_file]
        self.program = Program(name, [str(word) for word in command], folder)

    def settle_in(self, settings: str) -> PublicKeys:
        """Write the settings and make the keys, as `keys new` does; answers the public ones."""
        self.settings_file.write_text(settings, "utf-8")
        said = load(self.settings_file)
        return keys_folder.make(said.keys.folder, said.connector)

    def complete(self, basis: str, agreement: str, resend_after_seconds: int) -> None:
        """What somebody at the agency writes into the settings that enrolling began. Its service is a school's."""
        said, service = self.settings_file.read_text("utf-8"), 'service = "school"\n'
        assert said.count(service) == 1
        said = said.replace(
            service, f'{service}legal_basis = "{basis}"\ninformed = "by-privacy-notice"\nphone = "01632 960111"\n'
        )
        self.settings_file.write_text(
            f'''{said}
[agreement]
id = "{agreement}"
version = 1

[[sources]]
name = "records"
preset = "generic_agency_csv"
path = "{self.export}"

[[sinks]]
kind = "folder"
digest = "never"
path = "{self.shown}"

[publishing]
poll_seconds = 0.2
resend_after_seconds = {resend_after_seconds}
''',
            "utf-8",
        )

    def install_epoch(self, sealed: bytes) -> None:
        """As `epoch install` does."""
        path = self.folder / "epoch.sealed"
        path.write_bytes(sealed)
        connector = Connector(load(self.settings_file))
        said = connector.settings
        keyholder = epochs.keyholder_key(said.keys.keyholder)
        epochs.install(path, said.keys.epochs, connector.decryption, keyholder, said.partnership, said.mode)

    def state(self, *stated: Sequence[Row]) -> None:
        """From now on the agency's export states exactly these."""
        write_export(self.export, [row for some in stated for row in some])

    def dying(self, point: str) -> list[str]:
        """The command of a connector that kills itself at a named point (see `launchers/dying_connector.py`)."""
        return [sys.executable, str(LAUNCHERS / "dying_connector.py"), point, str(self.settings_file)]

    def hurried(self) -> list[str]:
        """The command of a connector whose pauses, while the gateway cannot be reached, are short."""
        return [sys.executable, str(LAUNCHERS / "hurried_connector.py"), str(self.settings_file)]

    def asking(self) -> list[str]:
        """The command of a connector that asks the gateway every second whether keys and epochs have changed."""
        return [sys.executable, str(LAUNCHERS / "asking_connector.py"), str(self.settings_file)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the ledger holds, read beside the running program."""
        if not self.ledger.exists():
            return []
        with sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=30) as db:
            try:
                return db.execute(query, values).fetchall()
            except sqlite3.OperationalError as problem:
                if "no such table" in str(problem):
                    return []
                raise
            finally:
                db.rollback()

    def outbox(self) -> Counter[str]:
        """Notices by status."""
        return Counter(dict(self.rows("SELECT status, count(*) FROM outbox WHERE kind = 'notice' GROUP BY status")))

    def told(self) -> Counter[str]:
        """What its practitioners were shown: alerts in the sink, by event."""
        return Counter(event for event, _ in self.alerts())

    def alerts(self) -> list[tuple[str, str]]:
        """(event, connection) of every alert in the sink."""
        documents = [json.loads(path.read_text("utf-8")) for path in sorted(self.shown.glob("*-*.json"))]
        return [(_code(document), _connection(document)) for document in documents]

    def current(self) -> int:
        """How many connections the worklist shows."""
        return int((self.rows("SELECT count(*) FROM connection WHERE status = 'current'") or [(0,)])[0][0])

    def is_quiet(self) -> bool:
        """Whether nothing waits to leave, and nothing to be shown."""
        waiting = self.rows("SELECT count(*) FROM outbox WHERE status IN ('pending', 'sent')") or [(1,)]
        owed = self.rows("SELECT count(*) FROM delivery WHERE status = 'pending'") or [(1,)]
        return (waiting[0][0], owed[0][0]) == (0, 0)

    def wait_until_settled(self, **expected: int) -> None:
        """Until its notices stand exactly like this, and nothing else waits."""
        until(lambda: self.outbox() == Counter(expected) and self.is_quiet(), f"{self.name} to settle", self.describe)

    def said(self, beyond: int = 0) -> list[dict[str, Any]]:
        """The lines of its program's log beyond so many bytes; what is not JSON is left out."""
        with self.program.log.open("rb") as log:
            log.seek(beyond)
            lines = log.read().splitlines()
        return [json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"}")]

    def describe(self) -> str:
        """Where it stands, for a failing test."""
        ledger = self.rows("SELECT kind, status, attempts, problem, count(*) FROM outbox GROUP BY 1, 2, 3, 4")
        return f"{self.name}: {ledger}, told {dict(self.told())}\n{self.program.last_words()}"


def _code(document: dict[str, Any]) -> str:
    return str(document["category"][0]["coding"][1]["code"]).removeprefix("connection-")


def _connection(document: dict[str, Any]) -> str:
    return str(document["identifier"][1]["value"])
