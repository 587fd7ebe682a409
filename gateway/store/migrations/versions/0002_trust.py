"""People who decide: proposals, the history and limits of connectors, the papers of agreements; and message ids that came in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _connectors()
    _agreements()
    _proposals()
    _messages()


def _connectors() -> None:
    # Nothing set means the limits that a connector has when nobody has narrowed it: none falls silent by the upgrade.
    op.add_column("connector", sa.Column("capabilities", sa.JSON(), nullable=True))
    op.create_table(
        "connector_change",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connector_change")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_connector_change_connector"), "connector_change", ["connector"], unique=False)
    op.create_table(
        "connector_volume",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("in_minute", sa.Integer(), nullable=False),
        sa.Column("in_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connector", name=op.f("pk_connector_volume")),
    )


def _agreements() -> None:
    op.add_column("agreement", sa.Column("controllers", sa.JSON(), nullable=True))
    op.add_column("agreement", sa.Column("documents", sa.JSON(), nullable=True))
    op.add_column("agreement", sa.Column("recorded_at", sa.BigInteger(), nullable=True))
    op.add_column("agreement", sa.Column("recorded_by", sa.String(), nullable=True))
    op.add_column("agreement", sa.Column("approved_by", sa.String(), nullable=True))
    _name_controllers()


def _name_controllers() -> None:
    """Agreements that are there already get the organisations of their parties."""
    database = op.get_bind()
    agency = sa.table("agency", sa.column("id", sa.String), sa.column("organisation", sa.String))
    agreement = sa.table(
        "agreement",
        sa.column("id", sa.String),
        sa.column("version", sa.Integer),
        sa.column("parties", sa.JSON),
        sa.column("controllers", sa.JSON),
    )
    organisation = {row.id: row.organisation for row in database.execute(sa.select(agency))}
    for row in database.execute(sa.select(agreement)).all():
        named = sorted({organisation[party] for party in row.parties if party in organisation})
        which = (agreement.c.id == row.id) & (agreement.c.version == row.version)
        database.execute(sa.update(agreement).where(which).values(controllers=named))


def _proposals() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("proposer", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("digest", name=op.f("uq_proposal_digest")),
    )


def _messages() -> None:
    op.create_table(
        "message_id",
        sa.Column("connector", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector", "message", name=op.f("pk_message_id")),
    )
    op.create_index(op.f("ix_message_id_at"), "message_id", ["at"], unique=False)
