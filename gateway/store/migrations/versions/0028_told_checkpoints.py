"""Which checkpoint of the audit connectors were told of on which day. Nothing was told before."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_checkpoint",
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("told_on", name=op.f("pk_told_checkpoint")),
    )
