"""Dead letters can be counted by reason, and discarded; how each connector is doing can be read from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LETTERS = sa.table("dead_letter", sa.column("id"), sa.column("issues", sa.JSON()), sa.column("reasons"))


def upgrade() -> None:
    with op.batch_alter_table("dead_letter") as table:
        table.add_column(sa.Column("reasons", sa.String(), nullable=True))
        table.add_column(sa.Column("discarded_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("discarded_by", sa.String(), nullable=True))
        table.add_column(sa.Column("discard_reason", sa.String(), nullable=True))
    _fill_reasons()
    op.create_index(op.f("ix_dead_letter_sender"), "dead_letter", ["sender", "received_at"])
    op.create_index(op.f("ix_processed_connector"), "processed", ["connector", "at"])


def _fill_reasons() -> None:
    """An issue is kept as type, code, element and text."""
    connection = op.get_bind()
    for id, issues in connection.execute(sa.select(_LETTERS.c.id, _LETTERS.c.issues)).all():
        reasons = " ".join(sorted({issue[1] for issue in issues}))
        connection.execute(sa.update(_LETTERS).where(_LETTERS.c.id == id).values(reasons=reasons))
