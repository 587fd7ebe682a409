"""The second form of the audit: commitments in the chain, and beside it, so that they can be erased, what they open to.

Events of the first form stay as they are. Those that say who was told are listed by connection, so that `patchwork audit disclosures` finds
them too.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ORDERED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TOLD = ("alert-sent", "alert-lapsed", "alert-settled")
_EVENTS = sa.table("audit_event", sa.column("seq"), sa.column("code"), sa.column("fields", sa.JSON()))
_ALERTS = sa.table("alert", sa.column("id"), sa.column("connection"))
_PAGE = 1_000


def upgrade() -> None:
    op.add_column("audit_event", sa.Column("form", sa.SmallInteger(), nullable=True))
    op.add_column("audit_event", sa.Column("commitments", sa.JSON(none_as_null=True), nullable=True))
    made = op.create_table(
        "audit_salt",
        sa.Column("seq", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("subject", _ORDERED, nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["audit_event.seq"], name=op.f("fk_audit_salt_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_salt")),
    )
    op.create_index(op.f("ix_audit_salt_subject"), "audit_salt", ["subject"])
    for page in _pages():
        op.bulk_insert(made, [row for event in page if (row := _listed(event))])


def _pages() -> Iterator[list[Any]]:
    after = 0
    wanted = sa.select(_EVENTS).where(_EVENTS.c.code.in_(_TOLD)).order_by(_EVENTS.c.seq).limit(_PAGE)
    while page := list(op.get_bind().execute(wanted.where(_EVENTS.c.seq > after))):
        yield page
        after = page[-1].seq


def _listed(event: Any) -> dict[str, Any] | None:
    connection = event.fields.get("connection")
    if connection is None:
        alert = sa.select(_ALERTS.c.connection).where(_ALERTS.c.id == event.fields.get("alert"))
        connection = op.get_bind().execute(alert).scalar()
    return connection and {"seq": event.seq, "salt": None, "fields": {}, "subject": f"connection:{connection}"}
