"""The roll-out plan, and whom each agency says it publishes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rollout_entry",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("live_by", sa.Date(), nullable=False),
        sa.Column("eligibility", sa.String(), nullable=False),
        sa.Column("champion", sa.LargeBinary(), nullable=True),
        sa.Column("planned_by", sa.String(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_rollout_entry")),
    )
    op.create_table(
        "stated_eligibility",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("criterion", sa.JSON(), nullable=False),
        sa.Column("stated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_stated_eligibility_agency_agency")),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_stated_eligibility")),
    )
