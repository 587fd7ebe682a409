"""Services that must stay private: since when an involvement is stated here, and what the introducer was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("involvement") as table:
        table.add_column(sa.Column("stated_on", sa.Date(), nullable=True))
    # Since when they are stated was not kept: a private one counts once its source vouches for it on a later day than the last it did.
    op.execute("UPDATE involvement SET stated_on = confirmed")
    op.create_table(
        "introduction",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("asker", _ROW_ID, nullable=False),
        sa.Column("hidden", _ROW_ID, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connection.id"], name=op.f("fk_introduction_connection_connection")),
        sa.ForeignKeyConstraint(["asker"], ["involvement.id"], name=op.f("fk_introduction_asker_involvement")),
        sa.ForeignKeyConstraint(["hidden"], ["involvement.id"], name=op.f("fk_introduction_hidden_involvement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introduction")),
        sa.UniqueConstraint("connection", "asker", name=op.f("uq_introduction_connection_asker")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_introduction_state"), "introduction", ["state"], unique=False)
