"""The tables of those who take part: agencies, connectors, agreements, operators, and what they have signed once."""

from sqlalchemy import JSON, Column, Date, ForeignKey, Integer, SmallInteger, String, Table, Text

from gateway.model.connector import Carrier
from gateway.store.column_types import Coded, Identifier, Instant
from gateway.store.metadata import metadata
from identity.agency.trust import Status
from mappings.canonical.codes import AgencyType, AlertLevel
from mappings.canonical.identifiers import AgencyId, AgreementId, ConnectorId, KeyId

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

request_nonce = Table(
    "request_nonce",
    metadata,
    Column("key", Identifier(KeyId), primary_key=True),
    Column("nonce", String, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)
