"""Bringing a ledger of an earlier version up to date, in one transaction: all of it or nothing.

1 to 2: the outbox takes test notices too. SQLite cannot change a CHECK, so the table is made anew
(https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes"). The statements stay as they are here, whatever
becomes of `connectors.ledger.schema` later.
"""

import sqlite3

from connectors.ledger.cipher import LedgerFault

_FROM_1 = (
    "CREATE TABLE outbox_2 (id TEXT PRIMARY KEY, position INTEGER NOT NULL UNIQUE,"
    " kind TEXT NOT NULL CHECK (kind IN ('notice', 'receipt', 'statement', 'test-notice')), about TEXT NOT NULL,"
    " event TEXT NOT NULL DEFAULT '', involvement_ref TEXT, incarnation TEXT NOT NULL DEFAULT '', n INTEGER NOT NULL DEFAULT 0, body BLOB,"
    " status TEXT NOT NULL CHECK (status IN ('pending', 'sent', 'settled', 'refused')), attempts INTEGER NOT NULL DEFAULT 0,"
    " next_attempt_at TEXT NOT NULL, queued_at TEXT NOT NULL, settled_at TEXT, problem TEXT NOT NULL DEFAULT '',"
    " issues TEXT NOT NULL DEFAULT '[]') STRICT",
    "INSERT INTO outbox_2 SELECT * FROM outbox",
    "DROP TABLE outbox",
    "ALTER TABLE outbox_2 RENAME TO outbox",
    "CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status IN ('pending', 'sent')",
    "CREATE INDEX outbox_by_involvement ON outbox (involvement_ref, n)",
    "PRAGMA user_version=2",
)


def upgrade(db: sqlite3.Connection) -> None:
    """Make a ledger of version 1 one of version 2; any other is left as it is. No transaction may be open."""
    if _version(db) != 1:
        return
    # With them on, dropping the old table would empty the one that refers to it. They cannot be switched inside a transaction.
    db.execute("PRAGMA foreign_keys=OFF")
    try:
        db.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been quicker.
            if _version(db) == 1:
                _carry_out(db)
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    finally:
        db.execute("PRAGMA foreign_keys=ON")


def _carry_out(db: sqlite3.Connection) -> None:
    for statement in _FROM_1:
        db.execute(statement)
    if db.execute("PRAGMA foreign_key_check").fetchone():
        raise LedgerFault("the ledger is damaged and was left as it is; put back a backup, then run resync")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
