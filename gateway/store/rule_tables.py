"""The table of rule sets: documents as they were signed."""

from sqlalchemy import Column, Integer, String, Table, Text

from gateway.store.column_types import Instant
from gateway.store.metadata import metadata

rule_set = Table(
    "rule_set",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    # Text, not JSON: the digest is over these very characters.
    Column("document", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("approved_by", String, nullable=False),
)
