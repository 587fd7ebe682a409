"""The disclosure record, on a clock of its own, requests of people to see what is held of them, and when they were informed."""

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
    _access()
    # Added as it is, not in a batch, which would copy the table. It comes with each involvement's next notice.
    op.add_column("involvement", sa.Column("informed_date", sa.Date(), nullable=True))


def _access() -> None:
    op.create_table(
        "access_request",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("on_behalf", sa.String(), nullable=False),
        sa.Column("about_child", sa.Boolean(), nullable=False),
        sa.Column("proof", sa.String(), nullable=False),
        sa.Column("proof_by", sa.String(), nullable=False),
        sa.Column("proof_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("extended_because", sa.String(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_because", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_access_request_reference")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_access_request_due"), "access_request", ["due"])
    op.create_table(
        "access_item",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("request", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("record", _ROW_ID, nullable=False),
        sa.Column("involvement", _ROW_ID, nullable=True),
        sa.Column("person_ref", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("ground", sa.String(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("included", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["request"], ["access_request.id"], name=op.f("fk_access_item_request_access_request")),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_access_item_agency_agency")),
        sa.ForeignKeyConstraint(["record"], ["person_record.id"], name=op.f("fk_access_item_record_person_record")),
        sa.ForeignKeyConstraint(
            ["involvement"], ["involvement.id"], name=op.f("fk_access_item_involvement_involvement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_item")),
        sa.UniqueConstraint("question", name=op.f("uq_access_item_question")),
        sa.UniqueConstraint("request", "record", "involvement", name=op.f("uq_access_item_request_record_involvement")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_access_item_agency"), "access_item", ["agency"])
    op.create_table(
        "access_list",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_access_list_agency_agency")),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_access_list")),
    )
