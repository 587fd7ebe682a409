"""The life of a notice: since when an involvement is over, when it was erased, and how far housekeeping has come."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("involvement") as table:
        table.add_column(sa.Column("over_since", sa.Date(), nullable=True))
        table.add_column(sa.Column("erased_on", sa.Date(), nullable=True))
    # Since when they are over was not kept: the day they were last confirmed is the last on which they were not.
    op.execute("UPDATE involvement SET over_since = confirmed WHERE standing <> 'live'")
    op.create_table(
        "housekeeping",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("after", _ROW_ID, nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_housekeeping_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_housekeeping")),
    )
