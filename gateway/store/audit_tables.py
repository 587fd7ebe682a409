"""The audit of the register: a chain of events, what their commitments open to, and where the chain ends."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    SmallInteger,
    String,
    Table,
)

from gateway.store.column_types import Instant, Ordered, RowId
from gateway.store.metadata import metadata

audit_event = Table(
    "audit_event",
    metadata,
    Column("seq", RowId, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("code", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
    # Null: written before there was a second form.
    Column("form", SmallInteger),
    Column("commitments", JSON(none_as_null=True)),
)

# What the commitments of an event open to. A row of form 1 has neither salt nor fields: it only says what the event is about.
audit_salt = Table(
    "audit_salt",
    metadata,
    Column("seq", ForeignKey(audit_event.c.seq), primary_key=True, autoincrement=False),
    Column("salt", LargeBinary),
    Column("fields", JSON, nullable=False),
    Column("subject", Ordered, index=True),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("seq", RowId, nullable=False),
    Column("hash", String, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
