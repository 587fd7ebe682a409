"""The tables of enrolment: invitations, what connectors handed in, certificates, sealed linkage epochs. None holds a secret: of an
invitation only a hash is kept, and an epoch is sealed to a key that the gateway does not have."""

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table

from gateway.model.client_certificate import Issuer
from gateway.model.connector import Carrier
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, KeyId, MessageId

invitation = Table(
    "invitation",
    metadata,
    Column("id", Identifier(MessageId), primary_key=True),
    Column("connector", Identifier(ConnectorId), nullable=False, index=True),
    Column("agencies", JSON, nullable=False),
    Column("carrier", Coded(Carrier), nullable=False),
    Column("secret_hash", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("wrong_tries", Integer, nullable=False),
    Column("used_at", Instant),
    Column("withdrawn_at", Instant),
)

enrolment_request = Table(
    "enrolment_request",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("invitation", Identifier(MessageId), nullable=False, unique=True),
    Column("keys", JSON, nullable=False),
    Column("certificate_request", LargeBinary, nullable=False),
    Column("requested_at", Instant, nullable=False),
)

client_certificate = Table(
    "client_certificate",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("serial", String, nullable=False, unique=True),
    Column("connector", Identifier(ConnectorId), nullable=False, index=True),
    Column("pem", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("key_digest", String, nullable=False),
    Column("issuer", Coded(Issuer), nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_until", Instant, nullable=False),
    Column("issued_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

sealed_epoch = Table(
    "sealed_epoch",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("epoch", String, primary_key=True),
    Column("encryption", Identifier(KeyId), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("relayed_at", Instant, nullable=False),
    Column("mode", Coded(Mode)),
)
