"""What practitioners answered to alerts, and who sees to a connection that is not on the caseload of whom it was sent to."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date

from connectors.ledger.cipher import Cipher
from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import InvolvementRef, MessageId


@dataclass(frozen=True, slots=True)
class SaidAnswer:
    """One answer to one alert. `message` is the outbox row that said it last; `by` is who said so, and stays here."""

    connection: MessageId
    involvement_ref: InvolvementRef
    alert: MessageId
    version: int
    answer: AnswerCode
    said_on: date
    message: MessageId
    by: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Rerouted:
    """`to` sees to it instead of `from_worker`; empty: whoever is on duty."""

    from_worker: str
    to: str


_SELECT = "SELECT connection, involvement_ref, alert, version, answer, said_on, message, by FROM answer"


class Answers:
    """Reads and writes `answer` and `reroute`."""

    def __init__(self, db: sqlite3.Connection, cipher: Cipher) -> None:
        self._db = db
        self._cipher = cipher

    def save(self, said: SaidAnswer) -> None:
        """It was queued as that message."""
        by = self._cipher.seal(said.by.encode(), _by_place(said.alert, said.answer)) if said.by else None
        self._db.execute(
            "INSERT OR REPLACE INTO answer (connection, involvement_ref, alert, version, answer, said_on, message, by, again)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                said.connection.value, said.involvement_ref.value, said.alert.value, said.version, said.answer,
                said.said_on.isoformat(), said.message.value, by,
            ),
        )  # fmt: skip

    def find(self, alert: MessageId, answer: AnswerCode) -> SaidAnswer | None:
        """That answer to that alert."""
        row = self._db.execute(_SELECT + " WHERE alert = ? AND answer = ?", (alert.value, answer)).fetchone()
        return self._said(row) if row else None

    def all(self, limit: int) -> list[SaidAnswer]:
        """The newest first."""
        rows = self._db.execute(_SELECT + " ORDER BY said_on DESC, alert, answer LIMIT ?", (limit,))
        return [self._said(row) for row in rows]

    def ask_again(self, since: date, answer: AnswerCode) -> None:
        """Those of this kind said since that day are to be said again."""
        self._db.execute("UPDATE answer SET again = 1 WHERE said_on >= ? AND answer = ?", (since.isoformat(), answer))

    def ask_again_of(self, message: MessageId) -> None:
        """What that message said is to be said again."""
        self._db.execute("UPDATE answer SET again = 1 WHERE message = ?", (message.value,))

    def due(self, limit: int) -> list[SaidAnswer]:
        """Those that are to be said again, the oldest first."""
        rows = self._db.execute(_SELECT + " WHERE again = 1 ORDER BY said_on, alert, answer LIMIT ?", (limit,))
        return [self._said(row) for row in rows]

    def reroute(self, connection: MessageId, ref: InvolvementRef, rerouted: Rerouted) -> None:
        """From now on it is seen to by somebody else."""
        written = json.dumps([rerouted.from_worker, rerouted.to]).encode()
        self._db.execute(
            "INSERT OR REPLACE INTO reroute (connection, involvement_ref, workers) VALUES (?, ?, ?)",
            (connection.value, ref.value, self._cipher.seal(written, _route_place(connection, ref))),
        )

    def rerouted(self, connection: MessageId, ref: InvolvementRef) -> Rerouted | None:
        """Who sees to it instead, if anybody."""
        row = self._db.execute(
            "SELECT workers FROM reroute WHERE connection = ? AND involvement_ref = ?", (connection.value, ref.value)
        ).fetchone()
        return Rerouted(*json.loads(self._cipher.open(row[0], _route_place(connection, ref)))) if row else None

    def _said(self, row: tuple[str, str, str, int, str, str, str, bytes | None]) -> SaidAnswer:
        connection, ref, alert, version, answer, said_on, message, by = row
        code = AnswerCode(answer)
        who = self._cipher.open(by, _by_place(MessageId(alert), code)).decode() if by else ""
        return SaidAnswer(
            MessageId(connection),
            InvolvementRef(ref),
            MessageId(alert),
            version,
            code,
            date.fromisoformat(said_on),
            MessageId(message),
            who,
        )


def _by_place(alert: MessageId, answer: AnswerCode) -> str:
    return f"answer:{alert}:{answer}"


def _route_place(connection: MessageId, ref: InvolvementRef) -> str:
    return f"reroute:{connection}:{ref}"
