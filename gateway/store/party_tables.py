"""The tables of those who take part: agencies, connectors, agreements, operators, what they propose, and what was
signed once."""

from sqlalchemy import JSON, Boolean, Column, Date, ForeignKey, Integer, LargeBinary, SmallInteger, String, Table, Text

from gateway.model.connector import Carrier
from gateway.model.proposal import ProposalState
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from identity.agency.trust import Status
from mappings.canonical.codes import AgencyType, AlertLevel
from mappings.canonical.identifiers import AgencyId, AgreementId, ConnectorId, KeyId, MessageId

agency = Table(
    "agency",
    metadata,
    Column("id", Identifier(AgencyId), primary_key=True),
    Column("name", String, nullable=False),
    Column("type", Coded(AgencyType), nullable=False),
    Column("organisation", String, nullable=False),
)

connector = Table(
    "connector",
    metadata,
    Column("id", Identifier(ConnectorId), primary_key=True),
    Column("signing_key", Identifier(KeyId), nullable=False, unique=True),
    Column("public_keys", JSON, nullable=False),
    Column("status", Coded(Status), nullable=False),
    Column("carrier", Coded(Carrier), nullable=False),
    Column("inbox", String, nullable=False, unique=True),
    Column("since", Instant, nullable=False),
    Column("capabilities", JSON),
)

connector_key = Table(
    "connector_key",
    metadata,
    Column("key_id", Identifier(KeyId), primary_key=True),
    Column("connector", ForeignKey("connector.id"), nullable=False, index=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("position", SmallInteger, nullable=False),
    Column("key", JSON, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant),
)

connector_change = Table(
    "connector_change",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("connector", Identifier(ConnectorId), nullable=False, index=True),
    Column("before", Coded(Status)),
    Column("after", Coded(Status), nullable=False),
    Column("actor", String, nullable=False),
    Column("approver", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

connector_volume = Table(
    "connector_volume",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("in_minute", Integer, nullable=False),
    Column("in_day", Integer, nullable=False),
)

message_id = Table(
    "message_id",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("message", Identifier(MessageId), primary_key=True),
    Column("digest", String, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

connector_agency = Table(
    "connector_agency",
    metadata,
    Column("connector", ForeignKey("connector.id"), primary_key=True),
    Column("agency", ForeignKey("agency.id"), primary_key=True, index=True),
    Column("position", SmallInteger, nullable=False),
)

agreement = Table(
    "agreement",
    metadata,
    Column("id", Identifier(AgreementId), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", String, nullable=False),
    Column("parties", JSON, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_bases", JSON, nullable=False),
    Column("age_bands", JSON, nullable=False),
    Column("level", Coded(AlertLevel), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("review_by", Date, nullable=False),
    Column("rights_contact", String, nullable=False),
    Column("controllers", JSON),
    Column("documents", JSON),
    Column("relations", JSON),
    Column("sealed_details", Boolean),
    Column("recorded_at", Instant),
    Column("recorded_by", String),
    Column("approved_by", String),
)

operator = Table(
    "operator",
    metadata,
    Column("id", String, primary_key=True),
    Column("key_id", Identifier(KeyId), nullable=False, unique=True),
    Column("key", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("enrolled_at", Instant, nullable=False),
)

proposal = Table(
    "proposal",
    metadata,
    Column("id", String, primary_key=True),
    Column("action", String, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    # Of the statement: a statement is proposed once, whoever else signs it.
    Column("digest", String, nullable=False, unique=True),
    Column("proposer", String, nullable=False),
    Column("key", Identifier(KeyId), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("state", Coded(ProposalState), nullable=False),
    Column("closed_by", String, nullable=False),
    Column("closed_at", Instant),
    Column("reason", String, nullable=False),
)

request_nonce = Table(
    "request_nonce",
    metadata,
    Column("key", Identifier(KeyId), primary_key=True),
    Column("nonce", String, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)
