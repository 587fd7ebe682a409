"""Secrets that are rotated, linkage epochs that are retired, and under which epochs each record has evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("register") as table:
        for name in ("next_data_key", "pepper", "next_pepper", "pairing"):
            table.add_column(sa.Column(name, sa.LargeBinary(), nullable=True))
        for name in ("records_after", "involvements_after"):
            table.add_column(sa.Column(name, _POSITION, nullable=True))
    with op.batch_alter_table("person_record") as table:
        table.add_column(sa.Column("epochs", sa.String(), nullable=True))
    op.create_table(
        "retired_epoch",
        sa.Column("epoch", sa.String(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_retired_epoch")),
    )
    op.create_table(
        "epoch_word",
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("mode", name=op.f("pk_epoch_word")),
    )
    # The epochs of records from before stand in evidence that a migration cannot open: the gateway notes them in the background.
    op.execute(
        "UPDATE register SET records_after = 0, involvements_after = 0 WHERE EXISTS (SELECT 1 FROM person_record)"
    )
