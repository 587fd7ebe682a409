"""The register as it began: every table, and the rows that are there from the first moment."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ACTIVE = sa.text("valid_to IS NULL")
_OWED = sa.text("status IN ('pending', 'sent')")
_GENESIS = "0" * 64


def upgrade() -> None:
    _register()
    _parties()
    _people()
    _involvements()
    _alerts()
    _answers()
    _channel()
    _first_rows()


def _first_rows() -> None:
    # The random name by which connectors notice that they speak to another register than before.
    name = sa.text("INSERT INTO register (id, incarnation) VALUES (1, :name)")
    op.execute(name.bindparams(name=secrets.token_hex(16)))
    head = sa.text("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, :genesis)")
    op.execute(head.bindparams(genesis=_GENESIS))


def _register() -> None:
    op.create_table(
        "register",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("incarnation", sa.String(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_register_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register")),
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", _ROW_ID, nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _parties() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_table(
        "connector",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("signing_key", sa.String(), nullable=False),
        sa.Column("public_keys", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector")),
        sa.UniqueConstraint("inbox", name=op.f("uq_connector_inbox")),
        sa.UniqueConstraint("signing_key", name=op.f("uq_connector_signing_key")),
    )
    op.create_table(
        "connector_agency",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_connector_agency_agency")),
        sa.ForeignKeyConstraint(["connector"], ["connector.id"], name=op.f("fk_connector_agency_connector")),
        sa.PrimaryKeyConstraint("connector", "agency", name=op.f("pk_connector_agency")),
    )
    op.create_index(op.f("ix_connector_agency_agency"), "connector_agency", ["agency"], unique=False)
    op.create_table(
        "agreement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("legal_bases", sa.JSON(), nullable=False),
        sa.Column("age_bands", sa.JSON(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("rights_contact", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_agreement")),
    )
    op.create_table(
        "operator",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("key_id", name=op.f("uq_operator_key_id")),
    )


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "person_record",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("person_ref", sa.String(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_person_record_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_record")),
        sa.UniqueConstraint("agency", "person_ref", name=op.f("uq_person_record_agency_person_ref")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "record_key",
        sa.Column("kind", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_record_key_record_id")),
        sa.PrimaryKeyConstraint("kind", "key", "record_id", name=op.f("pk_record_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_record_key_record_id"), "record_key", ["record_id"], unique=False)
    op.create_table(
        "link",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("certainty", sa.String(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_person_id")),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_link_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_link_active_person",
        "link",
        ["person_id", "record_id"],
        unique=False,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    )
    op.create_index(op.f("ix_link_record_id"), "link", ["record_id"], unique=False)
    op.create_index(
        "uq_link_active_record", "link", ["record_id"], unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE
    )


def _involvements() -> None:
    op.create_table(
        "involvement",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("person_ref", sa.String(), nullable=False),
        sa.Column("involvement_ref", sa.String(), nullable=False),
        sa.Column("service", sa.String(), nullable=False),
        sa.Column("sensitivity", sa.String(), nullable=False),
        sa.Column("worker", sa.LargeBinary(), nullable=False),
        sa.Column("age_band", sa.String(), nullable=False),
        sa.Column("age_band_until", sa.Date(), nullable=True),
        sa.Column("start", sa.Date(), nullable=True),
        sa.Column("end", sa.Date(), nullable=True),
        sa.Column("confirmed", sa.Date(), nullable=False),
        sa.Column("legal_basis", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("informed", sa.String(), nullable=False),
        sa.Column("held_back", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("incarnation", sa.String(), nullable=False),
        sa.Column("n", _ROW_ID, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("home_gateway", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_involvement_agency")),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_involvement_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_involvement")),
        sa.UniqueConstraint("agency", "involvement_ref", name=op.f("uq_involvement_agency_involvement_ref")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_involvement_record_id"), "involvement", ["record_id"], unique=False)
    op.create_table(
        "connection",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("first", _ROW_ID, nullable=False),
        sa.Column("second", _ROW_ID, nullable=False),
        sa.Column("first_link", _ROW_ID, nullable=False),
        sa.Column("second_link", _ROW_ID, nullable=False),
        sa.Column("spoken_reference", sa.String(), nullable=False),
        sa.Column("certainty", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("first < second", name=op.f("ck_connection_ordered")),
        sa.ForeignKeyConstraint(["first"], ["involvement.id"], name=op.f("fk_connection_first")),
        sa.ForeignKeyConstraint(["first_link"], ["link.id"], name=op.f("fk_connection_first_link")),
        sa.ForeignKeyConstraint(["second"], ["involvement.id"], name=op.f("fk_connection_second")),
        sa.ForeignKeyConstraint(["second_link"], ["link.id"], name=op.f("fk_connection_second_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
        sa.UniqueConstraint("first", "second", name=op.f("uq_connection_first_second")),
    )
    op.create_index(op.f("ix_connection_second"), "connection", ["second"], unique=False)


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("recipient", _ROW_ID, nullable=False),
        sa.Column("discloser", _ROW_ID, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("version", _ROW_ID, nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=False),
        sa.Column("first_link", _ROW_ID, nullable=False),
        sa.Column("second_link", _ROW_ID, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connection.id"], name=op.f("fk_alert_connection")),
        sa.ForeignKeyConstraint(["discloser"], ["involvement.id"], name=op.f("fk_alert_discloser")),
        sa.ForeignKeyConstraint(["first_link"], ["link.id"], name=op.f("fk_alert_first_link")),
        sa.ForeignKeyConstraint(["recipient"], ["involvement.id"], name=op.f("fk_alert_recipient")),
        sa.ForeignKeyConstraint(["second_link"], ["link.id"], name=op.f("fk_alert_second_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("connection", "recipient", "version", name=op.f("uq_alert_connection_recipient_version")),
    )
    op.create_index(
        "ix_alert_owed", "alert", ["next_attempt_at"], unique=False, sqlite_where=_OWED, postgresql_where=_OWED
    )
    op.create_index("ix_alert_status", "alert", ["status"], unique=False)


def _answers() -> None:
    op.create_table(
        "reply",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reply_next_attempt_at"), "reply", ["next_attempt_at"], unique=False)
    op.create_table(
        "processed",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("notice", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "notice", name=op.f("pk_processed")),
    )
    op.create_index(op.f("ix_processed_outcome"), "processed", ["outcome"], unique=False)
    op.create_table(
        "position",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("incarnation", _ORDERED, nullable=False),
        sa.Column("n", _ROW_ID, nullable=False),
        sa.PrimaryKeyConstraint("connector", name=op.f("pk_position")),
    )
    op.create_table(
        "ledger",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("incarnation", _ORDERED, nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_ledger_agency")),
        sa.PrimaryKeyConstraint("connector", "agency", name=op.f("pk_ledger")),
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.Column("replayed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_dead_letter_digest"), "dead_letter", ["digest"], unique=False)
    op.create_table(
        "request_nonce",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "nonce", name=op.f("pk_request_nonce")),
    )
    op.create_index(op.f("ix_request_nonce_at"), "request_nonce", ["at"], unique=False)


def _channel() -> None:
    op.create_table(
        "intake_queue",
        sa.Column("seq", _ROW_ID, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("put_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_intake_queue")),
        sa.UniqueConstraint("tag", name=op.f("uq_intake_queue_tag")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_intake_queue_free", "intake_queue", ["leased_until", "seq"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_inbox")),
    )
    op.create_table(
        "inbox_queue",
        sa.Column("seq", _ROW_ID, nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("put_at", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["inbox"], ["inbox.name"], name=op.f("fk_inbox_queue_inbox")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_inbox_queue")),
        sa.UniqueConstraint("tag", name=op.f("uq_inbox_queue_tag")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_queue_inbox", "inbox_queue", ["inbox", "seq"], unique=False)
