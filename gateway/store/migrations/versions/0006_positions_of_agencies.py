"""A connector keeps one ledger for each of its agencies, so how far it has come is remembered for each."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BEFORE = sa.table("position", sa.column("connector"), sa.column("incarnation"), sa.column("n"))
_LEDGERS = sa.table("ledger", sa.column("connector"), sa.column("agency"), sa.column("incarnation"))
_SPOKEN_FOR = sa.table("connector_agency", sa.column("connector"), sa.column("agency"), sa.column("position"))


def upgrade() -> None:
    kept = _kept()
    op.drop_table("position")
    made = op.create_table(
        "position",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("incarnation", _ORDERED, nullable=False),
        sa.Column("n", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_position_agency")),
        sa.PrimaryKeyConstraint("connector", "agency", name=op.f("pk_position")),
    )
    op.bulk_insert(made, kept)


def _kept() -> list[dict[str, object]]:
    """Each position with its agency: the one whose ledger showed that incarnation, else the first that the connector speaks for."""
    database = op.get_bind()
    first: dict[str, str] = {}
    for row in database.execute(sa.select(_SPOKEN_FOR).order_by(_SPOKEN_FOR.c.position)):
        first.setdefault(row.connector, row.agency)
    shown = {(row.connector, row.incarnation): row.agency for row in database.execute(sa.select(_LEDGERS))}
    rows = database.execute(sa.select(_BEFORE)).all()
    named = [(shown.get((row.connector, row.incarnation), first.get(row.connector)), row) for row in rows]
    return [
        {"connector": row.connector, "agency": agency, "incarnation": row.incarnation, "n": row.n}
        for agency, row in named
        if agency is not None
    ]
