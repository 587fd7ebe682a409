"""How far housekeeping has come: one row, or none before it first ran."""

from sqlalchemy import JSON, CheckConstraint, Column, SmallInteger, String, Table

from gateway.store.column_types import Instant, RowId
from gateway.store.metadata import metadata

housekeeping = Table(
    "housekeeping",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("holder", String, nullable=False),
    Column("leased_until", Instant),
    Column("stage", String, nullable=False),
    Column("after", RowId, nullable=False),
    Column("begun_at", Instant),
    Column("finished_at", Instant),
    Column("counts", JSON, nullable=False),
    CheckConstraint("id = 1", name="single"),
)
