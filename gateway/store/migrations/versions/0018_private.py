"""Services that must stay private: since when an involvement is stated here, and what the introducer was asked."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("involvement") as table:
        table.add_column(sa.Column("stated_on", sa.Date(), nullable=True))
    # Since when they are stated was not kept: a private one counts once its source vouches for it on a later day than the last it did.
    op.execute("UPDATE involvement SET stated_on = confirmed")
