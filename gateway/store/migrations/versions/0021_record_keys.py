"""Record keys: how many of them the register knows to have been made, and erased, in the store of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("register", sa.Column("keys_made", _ROW_ID, nullable=True))
    op.add_column("register", sa.Column("keys_erased", _ROW_ID, nullable=True))
