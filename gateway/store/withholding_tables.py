"""The tables of withholdings: numbers, codes, instants, and the words of the officers who decided."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from gateway.model.withholding import WithholdingKind
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.identifiers import MessageId

_STANDS = text("ended_at IS NULL")

withholding = Table(
    "withholding",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("kind", Coded(WithholdingKind), nullable=False),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("record_id", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("asked_at", Instant, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("reason", String, nullable=False),
    Column("lapses_at", Instant),
    Column("confirmed_at", Instant),
    Column("ended_at", Instant),
    Index("ix_withholding_stands", "lapses_at", sqlite_where=_STANDS, postgresql_where=_STANDS),
    sqlite_autoincrement=True,
)

withheld_record = Table(
    "withheld_record",
    metadata,
    Column("record_id", ForeignKey("person_record.id"), primary_key=True),
    Column("withholding", ForeignKey("withholding.id"), primary_key=True, index=True),
)

shield_override = Table(
    "shield_override",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("withholding", ForeignKey("withholding.id"), nullable=False, index=True),
    Column("recipient", ForeignKey("involvement.id"), nullable=False),
    Column("discloser", ForeignKey("involvement.id"), nullable=False),
    Column("reason", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("approved_by", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("alert", Identifier(MessageId), index=True),
    Column("served_at", Instant),
    Column("closed_by", String, nullable=False),
    Column("closed_at", Instant),
    Column("finding", String, nullable=False),
    Index("ix_shield_override_pair", "recipient", "discloser"),
    sqlite_autoincrement=True,
)

no_contact = Table(
    "no_contact",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("record_id", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("other_id", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    sqlite_autoincrement=True,
)
