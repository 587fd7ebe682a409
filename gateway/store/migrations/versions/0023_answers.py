"""Practitioners' answers, and what is counted of them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PAUSING = sa.text("outcome IN ('open', 'upheld')")
_COUNTS = ("answered", "followed")


def upgrade() -> None:
    op.create_table(
        "alert_answer",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("involvement", _ROW_ID, nullable=False),
        sa.Column("alert", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("case", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connection"], ["connection.id"], name=op.f("fk_alert_answer_connection")),
        sa.ForeignKeyConstraint(["involvement"], ["involvement.id"], name=op.f("fk_alert_answer_involvement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_answer")),
        sa.UniqueConstraint("alert", "code", name=op.f("uq_alert_answer_alert_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alert_answer_connection", "alert_answer", ["connection"])
    op.create_index("ix_alert_answer_involvement", "alert_answer", ["involvement"])
    op.create_index("ix_alert_answer_taken_at", "alert_answer", ["taken_at"])
    op.create_index(
        "ix_alert_answer_pausing", "alert_answer", ["connection"], sqlite_where=_PAUSING, postgresql_where=_PAUSING
    )
    with op.batch_alter_table("connector_tally") as table:
        for name in _COUNTS:
            table.add_column(sa.Column(name, sa.Integer(), nullable=True))
    op.execute("UPDATE connector_tally SET answered = 0, followed = 0")
    with op.batch_alter_table("connector_tally") as table:
        for name in _COUNTS:
            table.alter_column(name, existing_type=sa.Integer(), nullable=False)
