"""The table of what the introducer was asked. Numbers, states and instants; it has no column for a name or a contact."""

from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint

from gateway.model.introduction import IntroductionState
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.identifiers import MessageId

introduction = Table(
    "introduction",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("connection", Identifier(MessageId), ForeignKey("connection.id"), nullable=False),
    Column("asker", ForeignKey("involvement.id"), nullable=False),
    Column("hidden", ForeignKey("involvement.id"), nullable=False),
    Column("state", Coded(IntroductionState), nullable=False, index=True),
    Column("asked_at", Instant, nullable=False),
    Column("asks", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("decided_at", Instant),
    Column("waiting_since", Instant),
    Column("overdue_at", Instant),
    UniqueConstraint("connection", "asker"),
    sqlite_autoincrement=True,
)
