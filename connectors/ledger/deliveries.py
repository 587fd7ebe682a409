"""What each sink still has to be given. An alert in this table is the ledger's to deliver, however long a sink is down."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from connectors.ledger import moment
from connectors.ledger.cipher import Cipher
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import InvolvementRef


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """One alert for one sink. `alert` is the alert's bundle."""

    id: int
    sink: str
    involvement_ref: InvolvementRef
    event: AlertEvent
    attempts: int
    status: str
    problem: str
    received_at: datetime
    alert: bytes = field(repr=False)


SELECT = (
    "SELECT id, sink, involvement_ref, event, attempts, status, problem, received_at, alert_id, alert FROM delivery"
)


class Deliveries:
    """Reads and writes `delivery`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def add(self, alert: Alert, body: bytes, sink: str, now: datetime) -> None:
        """Due at once. The same alert and version for the same sink is added only once."""
        self._db.execute(
            "INSERT OR IGNORE INTO delivery (alert_id, version, connection, involvement_ref, event, sink, alert, status, next_attempt_at,"
            " received_at) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
            (
                alert.id.value, alert.version, alert.connection.value, alert.recipient_involvement.value, alert.event, sink,
                self._cipher.seal(body, f"delivery:{alert.id}"), moment.write(now), moment.write(now),
            ),
        )  # fmt: skip

    def again(self, alert: Alert, body: bytes, now: datetime) -> int:
        """Every sink that was, or may have been, given something about the connection is given this alert once more; answers how many."""
        sinks = self._db.execute(
            "SELECT DISTINCT sink FROM delivery WHERE connection = ? AND involvement_ref = ? AND (attempts > 0 OR status = 'delivered')",
            (alert.connection.value, alert.recipient_involvement.value),
        ).fetchall()
        for (sink,) in sinks:
            self.add(alert, body, sink, now)
            self._db.execute(
                "UPDATE delivery SET status = 'pending', alert = ?, next_attempt_at = ? WHERE alert_id = ? AND version = ? AND sink = ?",
                (
                    self._cipher.seal(body, f"delivery:{alert.id}"), moment.write(now), alert.id.value, alert.version, sink,
                ),
            )  # fmt: skip
        return len(sinks)

    def supersede(self, alert: Alert, sink: str) -> None:
        """A later alert of the same connection takes the place of those this sink has not been given yet."""
        self._db.execute(
            "UPDATE delivery SET status = 'superseded', alert = x'' WHERE connection = ? AND involvement_ref = ? AND sink = ?"
            " AND status = 'pending' AND version < ?",
            (alert.connection.value, alert.recipient_involvement.value, sink, alert.version),
        )

    def may_have_shown(self, alert: Alert, sink: str) -> bool:
        """Whether this sink was, or may have been, given something about the connection: then it must hear that it is over."""
        row = self._db.execute(
            "SELECT 1 FROM delivery WHERE connection = ? AND involvement_ref = ? AND sink = ? AND (attempts > 0 OR status = 'delivered')"
            " LIMIT 1",
            (alert.connection.value, alert.recipient_involvement.value, sink),
        ).fetchone()
        return row is not None

    def drop_of(self, ref: InvolvementRef) -> None:
        """Nothing that tells of a connection of this involvement is shown any more."""
        self._db.execute(
            "UPDATE delivery SET status = 'superseded', alert = x'' WHERE involvement_ref = ? AND status = 'pending'"
            " AND event IN ('connection-made', 'connection-changed')",
            (ref.value,),
        )

    def due(self, now: datetime, limit: int) -> list[DueDelivery]:
        """Pending ones whose time has come and that wait for no digest: retractions and endings first, then in the order they came."""
        rows = self._db.execute(
            SELECT + " WHERE status = 'pending' AND digest_at IS NULL AND next_attempt_at <= ?"
            " ORDER BY event NOT IN ('connection-retracted', 'connection-ended'), id LIMIT ?",
            (moment.write(now), limit),
        )
        return [self.opened(row) for row in rows]

    def attempt(self, id: int, next_attempt_at: datetime) -> bool:
        """An attempt begins now; False where it is no longer pending."""
        return (
            self._db.execute(
                "UPDATE delivery SET attempts = attempts + 1, next_attempt_at = ? WHERE id = ? AND status = 'pending'",
                (moment.write(next_attempt_at), id),
            ).rowcount
            == 1
        )

    def delivered(self, id: int) -> None:
        """The sink has it: the copy is erased."""
        self._db.execute(
            "UPDATE delivery SET status = 'delivered', alert = x'', problem = '' WHERE id = ? AND status = 'pending'",
            (id,),
        )

    def postpone(self, id: int, until: datetime, problem: str) -> None:
        """It did not work; try again at `until`."""
        self._db.execute(
            "UPDATE delivery SET next_attempt_at = ?, problem = ? WHERE id = ?", (moment.write(until), problem, id)
        )

    def refuse(self, id: int, problem: str) -> None:
        """The sink will never take it: kept, with its alert, for a person to look at."""
        self._db.execute("UPDATE delivery SET status = 'refused', problem = ? WHERE id = ?", (problem, id))

    def retry(self, now: datetime) -> int:
        """Everything pending or refused is due now; answers how many."""
        return self._db.execute(
            "UPDATE delivery SET status = 'pending', next_attempt_at = ? WHERE status IN ('pending', 'refused')",
            (moment.write(now),),
        ).rowcount

    def list(self, status: str, limit: int) -> list[DueDelivery]:
        """Rows of one status, oldest first; not those that merely wait for their digest."""
        rows = self._db.execute(
            SELECT
            + " WHERE status = ? AND (digest_at IS NULL OR problem <> '' OR status <> 'pending') ORDER BY id LIMIT ?",
            (status, limit),
        )
        return [self.opened(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Number of deliveries by status."""
        return dict(
            self._db.execute("SELECT status, count(*) FROM delivery GROUP BY status ORDER BY status").fetchall()
        )

    def opened(self, row: tuple[int, str, str, str, int, str, str, str, str, bytes]) -> DueDelivery:
        """A row as it was selected, with its alert opened."""
        id, sink, ref, event, attempts, status, problem, received_at, alert_id, alert = row
        body = self._cipher.open(alert, f"delivery:{alert_id}") if alert else b""
        return DueDelivery(
            id, sink, InvolvementRef(ref), AlertEvent(event), attempts, status, problem, moment.read(received_at), body
        )
