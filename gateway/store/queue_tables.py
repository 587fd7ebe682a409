"""The tables of the embedded channel: the intake queue and the connectors' inboxes. Parcels are sealed; nothing here
can be read.

`key_name` names the record key that a parcel is wrapped under (`gateway.store.parcel_keys`); null where it came before there were any.
`tag` is random, since a connector sees it: a counter would tell it how much the others receive.
"""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from gateway.store.column_types import Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.identifiers import ConnectorId

intake_queue = Table(
    "intake_queue",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("tag", String, nullable=False, unique=True),
    Column("sender", Identifier(ConnectorId), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("put_at", Instant, nullable=False),
    Column("leased_until", Instant, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("key_name", RowId),
    Index("ix_intake_queue_free", "leased_until", "seq"),
    sqlite_autoincrement=True,
)

inbox = Table(
    "inbox",
    metadata,
    Column("name", String, primary_key=True),
    Column("connector", Identifier(ConnectorId), nullable=False),
)

inbox_queue = Table(
    "inbox_queue",
    metadata,
    Column("seq", RowId, primary_key=True),
    Column("tag", String, nullable=False, unique=True),
    Column("inbox", ForeignKey("inbox.name"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("put_at", Instant, nullable=False),
    Column("leased_until", Instant, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("expires_at", Instant),
    Column("key_name", RowId),
    Index("ix_inbox_queue_inbox", "inbox", "seq"),
    sqlite_autoincrement=True,
)
