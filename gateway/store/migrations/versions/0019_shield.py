"""Shields and restrictions of persons, and overrides of shields."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STANDS = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "withholding",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("lapses_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_withholding_agency")),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_withholding_record_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withholding")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_withholding_record_id", "withholding", ["record_id"])
    op.create_index(
        "ix_withholding_stands", "withholding", ["lapses_at"], sqlite_where=_STANDS, postgresql_where=_STANDS
    )
    op.create_table(
        "withheld_record",
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.Column("withholding", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_withheld_record_record_id")),
        sa.ForeignKeyConstraint(["withholding"], ["withholding.id"], name=op.f("fk_withheld_record_withholding")),
        sa.PrimaryKeyConstraint("record_id", "withholding", name=op.f("pk_withheld_record")),
    )
    op.create_index("ix_withheld_record_withholding", "withheld_record", ["withholding"])
    op.create_table(
        "shield_override",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("withholding", _ROW_ID, nullable=False),
        sa.Column("recipient", _ROW_ID, nullable=False),
        sa.Column("discloser", _ROW_ID, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("alert", sa.String(), nullable=True),
        sa.Column("served_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["withholding"], ["withholding.id"], name=op.f("fk_shield_override_withholding")),
        sa.ForeignKeyConstraint(["recipient"], ["involvement.id"], name=op.f("fk_shield_override_recipient")),
        sa.ForeignKeyConstraint(["discloser"], ["involvement.id"], name=op.f("fk_shield_override_discloser")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shield_override")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_shield_override_withholding", "shield_override", ["withholding"])
    op.create_index("ix_shield_override_alert", "shield_override", ["alert"])
    op.create_index("ix_shield_override_pair", "shield_override", ["recipient", "discloser"])
    op.create_table(
        "no_contact",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("agency", sa.String(), nullable=False),
        sa.Column("record_id", _ROW_ID, nullable=False),
        sa.Column("other_id", _ROW_ID, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agency.id"], name=op.f("fk_no_contact_agency")),
        sa.ForeignKeyConstraint(["record_id"], ["person_record.id"], name=op.f("fk_no_contact_record_id")),
        sa.ForeignKeyConstraint(["other_id"], ["person_record.id"], name=op.f("fk_no_contact_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_contact")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_no_contact_record_id", "no_contact", ["record_id"])
    op.create_index("ix_no_contact_other_id", "no_contact", ["other_id"])
