"""Merges of agencies' own records."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITS = sa.text("state = 'waits'")
_LINKS = ("superseded_link", "survivor_before", "survivor_after")


def upgrade() -> None:
    op.create_table(
        "record_merge",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("superseded", sa.String(), nullable=False),
        sa.Column("surviving", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("incarnation", sa.String(), nullable=False),
        sa.Column("n", _NUMBER, nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, _NUMBER, nullable=True) for name in _LINKS),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_record_merge_agency")),
        *(sa.ForeignKeyConstraint([name], ["link.id"], name=op.f(f"fk_record_merge_{name}")) for name in _LINKS),
        sa.PrimaryKeyConstraint("agency", "superseded", name=op.f("pk_record_merge")),
    )
    op.create_index("ix_record_merge_surviving", "record_merge", ["agency", "surviving"])
    op.create_index("ix_record_merge_waits", "record_merge", ["at"], sqlite_where=_WAITS, postgresql_where=_WAITS)
