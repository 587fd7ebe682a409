"""The table of practitioners' answers: numbers, codes and instants."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, UniqueConstraint, text

from gateway.model.alert_answer import AnswerOutcome
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import MessageId

_PAUSING = text("outcome IN ('open', 'upheld')")

alert_answer = Table(
    "alert_answer",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("connection", ForeignKey("connection.id"), nullable=False, index=True),
    Column("involvement", ForeignKey("involvement.id"), nullable=False, index=True),
    Column("alert", Identifier(MessageId), nullable=False),
    Column("code", Coded(AnswerCode), nullable=False),
    Column("said_on", Date, nullable=False),
    Column("taken_at", Instant, nullable=False, index=True),
    Column("outcome", Coded(AnswerOutcome), nullable=False),
    Column("case", Integer, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("decided_at", Instant),
    UniqueConstraint("alert", "code"),
    Index("ix_alert_answer_pausing", "connection", sqlite_where=_PAUSING, postgresql_where=_PAUSING),
    sqlite_autoincrement=True,
)
