"""The table of merges of agencies' own records: references, states and numbers of links."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from gateway.model.record_merge import MergeState
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.identifiers import ConnectorId, PersonRef

_WAITS = text("state = 'waits'")

record_merge = Table(
    "record_merge",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("superseded", Identifier(PersonRef), primary_key=True),
    Column("surviving", Identifier(PersonRef), nullable=False),
    Column("state", Coded(MergeState), nullable=False),
    Column("incarnation", String, nullable=False),
    Column("n", RowId, nullable=False),
    Column("connector", Identifier(ConnectorId), nullable=False),
    Column("at", Instant, nullable=False),
    Column("superseded_link", ForeignKey("link.id")),
    Column("survivor_before", ForeignKey("link.id")),
    Column("survivor_after", ForeignKey("link.id")),
    Index("ix_record_merge_surviving", "agency", "surviving"),
    Index("ix_record_merge_waits", "at", sqlite_where=_WAITS, postgresql_where=_WAITS),
)
