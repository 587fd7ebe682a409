"""The table of tests of connectors. It has no column for what a test notice says."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Table

from gateway.store.column_types import Coded, Identifier, Instant
from gateway.store.metadata import metadata
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId

probe = Table(
    "probe",
    metadata,
    Column("id", Identifier(MessageId), primary_key=True),
    Column("connector", Identifier(ConnectorId), ForeignKey("connector.id"), nullable=False, index=True),
    Column("agency", Identifier(AgencyId), ForeignKey("agency.id"), nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("next_attempt_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("received_at", Instant),
    Column("decided_at", Instant),
    Column("outcome", Coded(ReceiptOutcome)),
    Column("issues", JSON, nullable=False),
    Column("receipted_at", Instant),
)
