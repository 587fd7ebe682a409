"""What each connector did by the hour, and the alarms that follow from it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COUNTS = ("accepted", "placed", "matched", "brief", "refused", "unbelieved", "limited")


def upgrade() -> None:
    op.create_table(
        "connector_tally",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("connector", "begun", name=op.f("pk_connector_tally")),
    )
    op.create_index(op.f("ix_connector_tally_begun"), "connector_tally", ["begun"])
    op.create_table(
        "alarm",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_alarm_acknowledged_at"), "alarm", ["acknowledged_at"])
