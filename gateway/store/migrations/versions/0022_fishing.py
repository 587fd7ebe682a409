"""What more is counted of a connector: what it was told, unseen or not, what it dropped after it was told, and notices without a contact."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COUNTS = ("sights", "one_way", "dropped", "unreachable")


def upgrade() -> None:
    with op.batch_alter_table("connector_tally") as table:
        for name in _COUNTS:
            table.add_column(sa.Column(name, sa.Integer(), nullable=True))
    op.execute("UPDATE connector_tally SET sights = 0, one_way = 0, dropped = 0, unreachable = 0")
    with op.batch_alter_table("connector_tally") as table:
        for name in _COUNTS:
            table.alter_column(name, existing_type=sa.Integer(), nullable=False)
