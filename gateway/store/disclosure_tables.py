"""The tables of the disclosure record: sealed to the DPOs, with the numbers of the records it is about, and by what those are found later."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, LargeBinary, Table, text

from gateway.store.column_types import RowId
from gateway.store.metadata import metadata

_WAITS = text("waits")

kept_disclosure = Table(
    "kept_disclosure",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("recipient", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("discloser", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("keep_until", Date, nullable=False, index=True),
    Column("waits", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_kept_disclosure_waits", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    sqlite_autoincrement=True,
)

disclosure_subject = Table(
    "disclosure_subject",
    metadata,
    Column("key", RowId, primary_key=True, autoincrement=False),
    Column("record_id", ForeignKey("person_record.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
