"""Asserted statuses: of whoever was said to be 20 to 24 before, no agency had asserted leaving care or an EHC plan, so they count as adults until
their agency does. And the clock of what waits for the introducer."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE involvement SET age_band = 'adult' WHERE age_band = '20-24'")
    op.add_column("introduction", sa.Column("waiting_since", sa.BigInteger(), nullable=True))
    op.add_column("introduction", sa.Column("overdue_at", sa.BigInteger(), nullable=True))
    # When it was first asked was not kept.
    op.execute("UPDATE introduction SET waiting_since = asked_at WHERE state = 'waiting'")
