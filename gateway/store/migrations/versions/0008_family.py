"""Relations that notices state, and the connections and agreements that rest on them."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("connection", sa.Column("relation", sa.String(), nullable=True))
    op.add_column("agreement", sa.Column("relations", sa.JSON(), nullable=True))
    op.create_table(
        "relation",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("involvement_id", _NUMBER, sa.ForeignKey("involvement.id"), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", _NUMBER, sa.ForeignKey("person.id"), nullable=True),
        sa.Column("certainty", sa.String(), nullable=True),
        sa.UniqueConstraint("involvement_id", "position"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_relation_person_id"), "relation", ["person_id"])
    op.create_table(
        "relation_key",
        sa.Column("key", sa.LargeBinary(), primary_key=True),
        sa.Column("relation_id", _NUMBER, sa.ForeignKey("relation.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_relation_key_relation_id"), "relation_key", ["relation_id"])
