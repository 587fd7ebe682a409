"""Tests of connectors: a request, the notice that answers it, and how long each leg took."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "probe",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.Column("receipted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_probe_agency")),
        sa.ForeignKeyConstraint(["connector"], ["connector.id"], name=op.f("fk_probe_connector")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probe")),
    )
    op.create_index(op.f("ix_probe_connector"), "probe", ["connector"])
    op.create_index(op.f("ix_probe_expires_at"), "probe", ["expires_at"])
