"""The tables of the register. What names a person in any way stands only in the two sealed columns (`evidence`,
`worker`).
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gateway.model.alert_reference import AlertStatus
from gateway.model.connection import ConnectionState
from gateway.model.involvement import Standing
from gateway.store.column_types import Coded, Identifier, Instant, Ordered, Reference, RowId
from gateway.store.metadata import metadata
from gateway.store.party_tables import agency
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    Certainty,
    Consent,
    Informed,
    LegalBasis,
    MessageKind,
    Mode,
    ReceiptOutcome,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import (
    ConnectorId,
    GatewayId,
    InvolvementRef,
    MessageId,
    PersonRef,
    SpokenReference,
)

# sqlite_autoincrement below: a number is never given twice, not even after a deletion, as on PostgreSQL. Audit events,
# alerts and links refer to rows by number.

register = Table(
    "register",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("incarnation", String, nullable=False),
    Column("data_key", LargeBinary),
    Column("mode", Coded(Mode)),
    Column("next_data_key", LargeBinary),
    Column("pepper", LargeBinary),
    Column("next_pepper", LargeBinary),
    Column("pairing", LargeBinary),
    Column("records_after", RowId),
    Column("involvements_after", RowId),
    Column("index_stale", Boolean),
    # Null: no record keys were ever used here.
    Column("keys_made", RowId),
    Column("keys_erased", RowId),
    CheckConstraint("id = 1", name="single"),
)

person = Table("person", metadata, Column("id", RowId, primary_key=True), sqlite_autoincrement=True)

# A record names its agency in two places: by a number instead of a URI. The epochs of its evidence are those of most others too.
record_agency = Table(
    "record_agency",
    metadata,
    Column("number", SmallInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("agency", ForeignKey(agency.c.id), nullable=False, unique=True),
)

record_epochs = Table(
    "record_epochs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("names", String, nullable=False, unique=True),
)

person_record = Table(
    "person_record",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("agency", ForeignKey("record_agency.number"), nullable=False),
    Column("person_ref", Reference(PersonRef), nullable=False),
    Column("evidence", LargeBinary, nullable=False),
    Column("epochs", ForeignKey("record_epochs.number")),
    Column("index_keys", LargeBinary),
    UniqueConstraint("agency", "person_ref"),
    sqlite_autoincrement=True,
)

# Postings of the index over records, packed: see `gateway.store.posting_page`. On PostgreSQL some room is left for a page's next version.
posting_page = Table(
    "posting_page",
    metadata,
    Column("key", RowId, primary_key=True, autoincrement=False),
    Column("record_id", RowId, primary_key=True, autoincrement=False),
    Column("entries", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    postgresql_with={"fillfactor": 80},
)

link = Table(
    "link",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("record_id", ForeignKey("person_record.id"), nullable=False),
    Column("person_id", ForeignKey("person.id"), nullable=False),
    Column("method", String, nullable=False),
    Column("score", Double, nullable=False),
    Column("certainty", Coded(Certainty)),
    Column("explanation", Text, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("valid_to", Instant),
    # Of every link one of these two has the record: which one says whether it is over.
    Index(
        "uq_link_active_record",
        "record_id",
        unique=True,
        sqlite_where=text("valid_to IS NULL"),
        postgresql_where=text("valid_to IS NULL"),
    ),
    Index(
        "ix_link_closed_record",
        "record_id",
        sqlite_where=text("valid_to IS NOT NULL"),
        postgresql_where=text("valid_to IS NOT NULL"),
    ),
    Index(
        "ix_link_active_person",
        "person_id",
        "record_id",
        sqlite_where=text("valid_to IS NULL"),
        postgresql_where=text("valid_to IS NULL"),
    ),
    sqlite_autoincrement=True,
)

involvement = Table(
    "involvement",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("record_id", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("connector", Identifier(ConnectorId), nullable=False),
    Column("agency", ForeignKey(agency.c.id), nullable=False),
    Column("person_ref", Identifier(PersonRef), nullable=False),
    Column("involvement_ref", Identifier(InvolvementRef), nullable=False),
    Column("service", Coded(ServiceLine), nullable=False),
    Column("sensitivity", Coded(Sensitivity), nullable=False),
    Column("worker", LargeBinary, nullable=False),
    Column("age_band", Coded(AgeBand), nullable=False),
    Column("age_band_until", Date),
    Column("start", Date),
    Column("end", Date),
    Column("confirmed", Date, nullable=False),
    Column("legal_basis", Coded(LegalBasis), nullable=False),
    Column("consent", Coded(Consent), nullable=False),
    Column("informed", Coded(Informed), nullable=False),
    Column("held_back", Boolean, nullable=False),
    Column("standing", Coded(Standing), nullable=False),
    Column("incarnation", String, nullable=False),
    Column("n", RowId, nullable=False),
    Column("digest", String, nullable=False),
    Column("home_gateway", Identifier(GatewayId), nullable=False),
    Column("over_since", Date),
    Column("erased_on", Date),
    Column("stated_on", Date),
    Column("informed_date", Date),
    UniqueConstraint("agency", "involvement_ref"),
    sqlite_autoincrement=True,
)

connection = Table(
    "connection",
    metadata,
    Column("id", Identifier(MessageId), primary_key=True),
    Column("first", ForeignKey("involvement.id"), nullable=False),
    Column("second", ForeignKey("involvement.id"), nullable=False, index=True),
    Column("first_link", ForeignKey("link.id"), nullable=False),
    Column("second_link", ForeignKey("link.id"), nullable=False),
    Column("spoken_reference", Identifier(SpokenReference), nullable=False),
    Column("certainty", Coded(Certainty), nullable=False),
    Column("state", Coded(ConnectionState), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("relation", Coded(RelationKind)),
    UniqueConstraint("first", "second"),
    CheckConstraint("first < second", name="ordered"),
)

_OWED = text("status IN ('pending', 'sent')")

alert = Table(
    "alert",
    metadata,
    Column("id", Identifier(MessageId), primary_key=True),
    Column("connection", ForeignKey("connection.id"), nullable=False),
    Column("recipient", ForeignKey("involvement.id"), nullable=False),
    Column("discloser", ForeignKey("involvement.id"), nullable=False),
    Column("event", Coded(AlertEvent), nullable=False),
    Column("version", RowId, nullable=False),
    Column("status", Coded(AlertStatus), nullable=False),
    Column("shown", String, nullable=False),
    Column("first_link", ForeignKey("link.id"), nullable=False),
    Column("second_link", ForeignKey("link.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_after", Instant),
    Column("terms", String),
    UniqueConstraint("connection", "recipient", "version"),
    Index("ix_alert_owed", "next_attempt_at", sqlite_where=_OWED, postgresql_where=_OWED),
    Index("ix_alert_status", "status"),
)

reply = Table(
    "reply",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("connector", Identifier(ConnectorId), nullable=False),
    Column("kind", Coded(MessageKind), nullable=False),
    Column("about", Identifier(MessageId), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("next_attempt_at", Instant, nullable=False, index=True),
    Column("attempts", Integer, nullable=False),
    Column("key_name", RowId),
    sqlite_autoincrement=True,
)

processed = Table(
    "processed",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("notice", Identifier(MessageId), primary_key=True),
    Column("outcome", Coded(ReceiptOutcome), nullable=False, index=True),
    Column("issues", JSON, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_processed_connector", "connector", "at"),
)

position = Table(
    "position",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("agency", ForeignKey(agency.c.id), primary_key=True),
    Column("incarnation", Ordered, nullable=False),
    Column("n", RowId, nullable=False),
)

ledger = Table(
    "ledger",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("agency", ForeignKey(agency.c.id), primary_key=True),
    Column("incarnation", Ordered, nullable=False),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("received_at", Instant, nullable=False),
    Column("sender", Identifier(ConnectorId)),
    Column("digest", String, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("issues", JSON, nullable=False),
    Column("replayed_at", Instant),
    Column("reasons", String),
    Column("discarded_at", Instant),
    Column("discarded_by", String),
    Column("discard_reason", String),
    Index("ix_dead_letter_sender", "sender", "received_at"),
    sqlite_autoincrement=True,
)
