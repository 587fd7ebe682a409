"""Bringing a ledger of an earlier version up to date, in one transaction: all of it or nothing.

1 to 2: the outbox takes test notices too. 2 to 3: it takes merges too, and there are tables for them. 3 to 4: it takes requests to
the introducer, shields, practitioners' answers and answers about requests for access; the ledger knows whose an involvement is
(`connectors.publishing.redisplaying` fills that in), which are too weak to be published, and which messages listeners took. 4 to 5: it
knows which care teams a sink keeps, and keeps no evidence of what is staged. 5 to 6: it keeps what the gateway told of its audit.
SQLite cannot change a CHECK, so the outbox is made anew
(https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes"). The statements stay as they
are here, whatever becomes of `connectors.ledger.schema` later.
"""

import sqlite3
from collections.abc import Sequence

from connectors.ledger.cipher import LedgerFault

_OUTBOX_COLUMNS = (
    "about TEXT NOT NULL,"
    " event TEXT NOT NULL DEFAULT '', involvement_ref TEXT, incarnation TEXT NOT NULL DEFAULT '', n INTEGER NOT NULL DEFAULT 0, body BLOB,"
    " status TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'settled', 'refused')), attempts INTEGER NOT NULL DEFAULT 0,"
    " next_attempt_at TEXT NOT NULL, queued_at TEXT NOT NULL, settled_at TEXT, problem TEXT NOT NULL DEFAULT '',"
    " issues TEXT NOT NULL DEFAULT '[]') STRICT"
)
_OUTBOX_INDEXES = (
    "CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status IN ('pending', 'sent')",
    "CREATE INDEX outbox_by_involvement ON outbox (involvement_ref, n)",
)
_FROM_1 = (
    "CREATE TABLE outbox_2 (id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('notice', 'receipt', 'statement', 'test-notice')), " + _OUTBOX_COLUMNS,
    "INSERT INTO outbox_2 SELECT * FROM outbox",
    "DROP TABLE outbox",
    "ALTER TABLE outbox_2 RENAME TO outbox",
    *_OUTBOX_INDEXES,
    "PRAGMA user_version=2",
)
_FROM_2 = (
    "CREATE TABLE outbox_3 (id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('notice', 'receipt', 'statement', 'test-notice', 'merge')), "
    + _OUTBOX_COLUMNS,
    "INSERT INTO outbox_3 SELECT * FROM outbox",
    "DROP TABLE outbox",
    "ALTER TABLE outbox_3 RENAME TO outbox",
    *_OUTBOX_INDEXES,
    "CREATE TABLE merge (superseded TEXT PRIMARY KEY, surviving TEXT NOT NULL,"
    " event TEXT NOT NULL CHECK (event IN ('records-merged', 'records-parted')), source TEXT NOT NULL, message TEXT NOT NULL,"
    " again INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID",
    "CREATE INDEX merge_by_surviving ON merge (surviving)",
    "CREATE INDEX merge_again ON merge (superseded) WHERE again = 1",
    "CREATE TABLE staged_merge (snapshot INTEGER NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE, superseded TEXT NOT NULL,"
    " surviving TEXT NOT NULL, PRIMARY KEY (snapshot, superseded)) STRICT, WITHOUT ROWID",
    "PRAGMA user_version=3",
)
_FROM_3 = (
    "CREATE TABLE outbox_4 (id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('notice', 'receipt', 'statement', 'test-notice', 'merge', 'introduction-request', 'shield',"
    " 'access-answer', 'answer')), " + _OUTBOX_COLUMNS,
    "INSERT INTO outbox_4 SELECT * FROM outbox",
    "DROP TABLE outbox",
    "ALTER TABLE outbox_4 RENAME TO outbox",
    *_OUTBOX_INDEXES,
    "ALTER TABLE involvement ADD COLUMN veiled INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE involvement ADD COLUMN unconfirmed_since TEXT",
    "CREATE TABLE worker (mark TEXT NOT NULL, ref TEXT NOT NULL, private INTEGER NOT NULL, PRIMARY KEY (mark, ref)) STRICT, WITHOUT ROWID",
    "CREATE INDEX worker_by_ref ON worker (ref)",
    "CREATE INDEX worker_private ON worker (mark) WHERE private = 1",
    "CREATE TABLE asked (connection TEXT NOT NULL, involvement_ref TEXT NOT NULL, message TEXT NOT NULL, asked_at TEXT NOT NULL,"
    " PRIMARY KEY (connection, involvement_ref)) STRICT, WITHOUT ROWID",
    "ALTER TABLE staged ADD COLUMN weak INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE weak_identity (ref TEXT PRIMARY KEY, person_ref TEXT NOT NULL, source TEXT NOT NULL, as_of TEXT NOT NULL,"
    " standing BLOB NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX weak_identity_by_person ON weak_identity (person_ref)",
    "CREATE INDEX weak_identity_by_source ON weak_identity (source)",
    "ALTER TABLE delivery ADD COLUMN mark TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE delivery ADD COLUMN digest_at TEXT",
    "CREATE INDEX delivery_digest ON delivery (sink, mark) WHERE mark <> ''",
    "CREATE TABLE shield (person_ref TEXT NOT NULL, asked_at TEXT NOT NULL, message TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (person_ref, asked_at)) STRICT, WITHOUT ROWID",
    "CREATE TABLE event (source TEXT NOT NULL, id TEXT NOT NULL, subject TEXT NOT NULL, at TEXT NOT NULL, digest TEXT NOT NULL, body BLOB,"
    " taken_at TEXT NOT NULL, PRIMARY KEY (source, id, subject)) STRICT, WITHOUT ROWID",
    "CREATE INDEX event_by_subject ON event (source, subject, at)",
    "CREATE TABLE answer (alert TEXT NOT NULL, answer TEXT NOT NULL, version INTEGER NOT NULL, connection TEXT NOT NULL,"
    " involvement_ref TEXT NOT NULL, said_on TEXT NOT NULL, by BLOB, message TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (alert, answer)) STRICT, WITHOUT ROWID",
    "CREATE TABLE reroute (connection TEXT NOT NULL, involvement_ref TEXT NOT NULL, workers BLOB NOT NULL,"
    " PRIMARY KEY (connection, involvement_ref)) STRICT, WITHOUT ROWID",
    "CREATE TABLE ended_here (ref TEXT PRIMARY KEY, source TEXT NOT NULL, local_mark TEXT NOT NULL, said_on TEXT NOT NULL,"
    " stated_on TEXT) STRICT, WITHOUT ROWID",
    "PRAGMA user_version=4",
)
_FROM_4 = (
    "CREATE TABLE care_team (sink TEXT NOT NULL, key TEXT NOT NULL, client BLOB NOT NULL, content_mark TEXT NOT NULL,"
    " PRIMARY KEY (sink, key)) STRICT, WITHOUT ROWID",
    "ALTER TABLE staged DROP COLUMN evidence",
    "PRAGMA user_version=5",
)
_FROM_5 = (
    "CREATE TABLE witness (told_on TEXT NOT NULL, made_on TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (told_on, made_on, digest))"
    " STRICT, WITHOUT ROWID",
    "PRAGMA user_version=6",
)
_STEPS = {1: _FROM_1, 2: _FROM_2, 3: _FROM_3, 4: _FROM_4, 5: _FROM_5}


def upgrade(db: sqlite3.Connection) -> None:
    """Bring a ledger of an earlier version to the present one; any other is left as it is. No transaction may be open."""
    while _version(db) in _STEPS:
        _step(db)


def _step(db: sqlite3.Connection) -> None:
    # With them on, dropping the old table would empty the one that refers to it. They cannot be switched inside a transaction.
    db.execute("PRAGMA foreign_keys=OFF")
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker.
            _carry_out(db, _STEPS.get(_version(db), ()))
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    finally:
        db.execute("PRAGMA foreign_keys=ON")


def _carry_out(db: sqlite3.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        db.execute(statement)
    if db.execute("PRAGMA foreign_key_check").fetchone():
        raise LedgerFault("the ledger is damaged and was left as it is; put back a backup, then run resync")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
