"""A register says for good whether it is of invented or of real people, and a relayed epoch for which of the two it is."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing is filled in: a register is given its mode when it is next opened, by the settings it always had.
    with op.batch_alter_table("register") as table:
        table.add_column(sa.Column("mode", sa.String(), nullable=True))
    with op.batch_alter_table("sealed_epoch") as table:
        table.add_column(sa.Column("mode", sa.String(), nullable=True))
