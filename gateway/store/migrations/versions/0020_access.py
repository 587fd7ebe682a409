"""The disclosure record, on a clock of its own, and requests of people to see what is held of them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "kept_disclosure",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("recipient", _ROW_ID, nullable=False),
        sa.Column("discloser", _ROW_ID, nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient"], ["person_record.id"], name=op.f("fk_kept_disclosure_recipient_person_record")
        ),
        sa.ForeignKeyConstraint(
            ["discloser"], ["person_record.id"], name=op.f("fk_kept_disclosure_discloser_person_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_disclosure")),
        sqlite_autoincrement=True,
    )
    for column in ("recipient", "discloser", "keep_until"):
        op.create_index(op.f(f"ix_kept_disclosure_{column}"), "kept_disclosure", [column])
    waits = sa.text("waits")
    op.create_index("ix_kept_disclosure_waits", "kept_disclosure", ["id"], sqlite_where=waits, postgresql_where=waits)
    op.create_table(
        "disclosure_subject",
        sa.Column("key", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id"], ["person_record.id"], name=op.f("fk_disclosure_subject_record_id_person_record")
        ),
        sa.PrimaryKeyConstraint("key", "record_id", name=op.f("pk_disclosure_subject")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_disclosure_subject_record_id"), "disclosure_subject", ["record_id"])
