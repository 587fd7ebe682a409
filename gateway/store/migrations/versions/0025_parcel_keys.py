"""Record keys of parcels in the embedded queue and of replies: the name of each one's key."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for table in ("intake_queue", "inbox_queue", "reply"):
        op.add_column(table, sa.Column("key_name", _ROW_ID, nullable=True))
