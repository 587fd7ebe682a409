"""Review: cases for the stewards, what they said of pairs of records, the details sealed to them, and what agencies are
asked to check."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# SQLite numbers rows by itself only where the type is exactly INTEGER.
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNDECIDED = sa.text("state IN ('open', 'later', 'overdue')")
_STANDS = sa.text("withdrawn_at IS NULL")


def upgrade() -> None:
    _cases()
    _assertions()
    _details()
    _checks()
    with op.batch_alter_table("agreement") as table:
        table.add_column(sa.Column("sealed_details", sa.Boolean(), nullable=True))


def _cases() -> None:
    op.create_table(
        "review_case",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("first", _ROW_ID, nullable=False),
        sa.Column("second", _ROW_ID, nullable=False),
        sa.Column("raised_by", _ROW_ID, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("doubts", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("later_until", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("exported_at", sa.BigInteger(), nullable=True),
        sa.Column("exported_by", sa.String(), nullable=False),
        sa.Column("returned_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("first < second", name=op.f("ck_review_case_ordered")),
        *_ends("review_case"),
        sa.ForeignKeyConstraint(["raised_by"], ["person_record.id"], name=op.f("fk_review_case_raised_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_case")),
        sa.UniqueConstraint("first", "second", name=op.f("uq_review_case_first_second")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_review_case_second"), "review_case", ["second"])
    op.create_index(
        "ix_review_case_undecided",
        "review_case",
        ["due_at"],
        sqlite_where=_UNDECIDED,
        postgresql_where=_UNDECIDED,
    )


def _assertions() -> None:
    op.create_table(
        "assertion",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("first", _ROW_ID, nullable=False),
        sa.Column("second", _ROW_ID, nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("first < second", name=op.f("ck_assertion_ordered")),
        *_ends("assertion"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assertion")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_assertion_second"), "assertion", ["second"])
    op.create_index(
        "uq_assertion_stands",
        "assertion",
        ["first", "second"],
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    )


def _details() -> None:
    op.create_table(
        "sealed_details",
        sa.Column("record_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_sealed_details_record_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_sealed_details")),
    )
    op.create_table(
        "detail_opening",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("case", _ROW_ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("as_kept", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["review_case.id"], name=op.f("fk_detail_opening_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_detail_opening")),
        sa.UniqueConstraint("statement", name=op.f("uq_detail_opening_statement")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_detail_opening_case"), "detail_opening", ["case"])


def _checks() -> None:
    op.create_table(
        "check_request",
        sa.Column("record_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("case", _ROW_ID, nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_check_request_record_id")),
        sa.ForeignKeyConstraint(["case"], ["review_case.id"], name=op.f("fk_check_request_case")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_check_request")),
    )
    op.create_table(
        "check_list",
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_check_list_agency")),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_check_list")),
    )


def _ends(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], ["person_record.id"], name=op.f(f"fk_{table}_{column}"))
        for column in ("first", "second")
    ]
