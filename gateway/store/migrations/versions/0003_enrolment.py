"""Enrolment: invitations, what connectors handed in, their certificates, and the linkage epochs sealed to them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _signing_keys()
    _enrolment()


def _signing_keys() -> None:
    op.create_table(
        "connector_key",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_connector_key_agency")),
        sa.ForeignKeyConstraint(["connector"], ["connector.id"], name=op.f("fk_connector_key_connector")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_connector_key")),
    )
    op.create_index(op.f("ix_connector_key_connector"), "connector_key", ["connector"])


def _enrolment() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agencies", sa.JSON(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("wrong_tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_connector"), "invitation", ["connector"])
    op.create_table(
        "enrolment_request",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("invitation", sa.String(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("certificate_request", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector", name=op.f("pk_enrolment_request")),
        sa.UniqueConstraint("invitation", name=op.f("uq_enrolment_request_invitation")),
    )
    op.create_table(
        "client_certificate",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("pem", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("key_digest", sa.String(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_certificate")),
        sa.UniqueConstraint("serial", name=op.f("uq_client_certificate_serial")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_client_certificate_connector"), "client_certificate", ["connector"])
    op.create_table(
        "sealed_epoch",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("epoch", sa.String(), nullable=False),
        sa.Column("encryption", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("relayed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "epoch", name=op.f("pk_sealed_epoch")),
    )
