"""The table of protected places: the keyholder's lists, tokens only, sealed under the data key."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, text

from gateway.store.column_types import Coded, Instant
from gateway.store.metadata import metadata
from mappings.canonical.codes import Mode

protected_list = Table(
    "protected_list",
    metadata,
    Column("epoch", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("mode", Coded(Mode), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("places", Integer, nullable=False),
    Column("offered_at", Instant, nullable=False),
    Column("active_at", Instant),
    Index(
        "uq_protected_list_active",
        "epoch",
        unique=True,
        sqlite_where=text("active_at IS NOT NULL"),
        postgresql_where=text("active_at IS NOT NULL"),
    ),
)
