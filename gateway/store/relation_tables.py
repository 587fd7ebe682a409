"""The tables of relations: what involvements state of relatives, sealed, and the peppered keys by which it is found."""

from sqlalchemy import Column, ForeignKey, LargeBinary, SmallInteger, Table, UniqueConstraint

from gateway.store.column_types import Coded, RowId
from gateway.store.metadata import metadata
from mappings.canonical.codes import Certainty, RelationKind, RelationStanding

relation = Table(
    "relation",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("involvement_id", ForeignKey("involvement.id"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("kind", Coded(RelationKind), nullable=False),
    Column("standing", Coded(RelationStanding), nullable=False),
    Column("evidence", LargeBinary, nullable=False),
    Column("person_id", ForeignKey("person.id"), index=True),
    Column("certainty", Coded(Certainty)),
    UniqueConstraint("involvement_id", "position"),
    sqlite_autoincrement=True,
)

relation_key = Table(
    "relation_key",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("relation_id", ForeignKey("relation.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
