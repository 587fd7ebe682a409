"""The tables of review: cases, what stewards said, and what only stewards can open. Numbers, levels and codes; nothing of a person in clear."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from gateway.model.assertion import Verdict
from gateway.model.review_case import CaseReason, CaseState
from gateway.store.column_types import Coded, Instant, RowId
from gateway.store.metadata import metadata

_UNDECIDED = text("state IN ('open', 'later', 'overdue')")
_STANDS = text("withdrawn_at IS NULL")

review_case = Table(
    "review_case",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("first", ForeignKey("person_record.id"), nullable=False),
    Column("second", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("raised_by", ForeignKey("person_record.id"), nullable=False),
    Column("reason", Coded(CaseReason), nullable=False),
    Column("score", Double, nullable=False),
    Column("explanation", Text, nullable=False),
    Column("doubts", String, nullable=False),
    Column("state", Coded(CaseState), nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("later_until", Instant),
    Column("note", String, nullable=False),
    Column("decided_by", String, nullable=False),
    Column("decided_at", Instant),
    Column("exported_at", Instant),
    Column("exported_by", String, nullable=False),
    Column("returned_at", Instant),
    UniqueConstraint("first", "second"),
    CheckConstraint("first < second", name="ordered"),
    Index("ix_review_case_undecided", "due_at", sqlite_where=_UNDECIDED, postgresql_where=_UNDECIDED),
    sqlite_autoincrement=True,
)

assertion = Table(
    "assertion",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("first", ForeignKey("person_record.id"), nullable=False),
    Column("second", ForeignKey("person_record.id"), nullable=False, index=True),
    Column("verdict", Coded(Verdict), nullable=False),
    Column("made_by", String, nullable=False),
    Column("statement", String, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("withdrawn_at", Instant),
    CheckConstraint("first < second", name="ordered"),
    Index(
        "uq_assertion_stands",
        "first",
        "second",
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    ),
    sqlite_autoincrement=True,
)

sealed_details = Table(
    "sealed_details",
    metadata,
    Column("record_id", ForeignKey("person_record.id"), primary_key=True, autoincrement=False),
    Column("sealed", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

detail_opening = Table(
    "detail_opening",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("case", ForeignKey("review_case.id"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("opened_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("as_kept", Boolean, nullable=False),
    Column("statement", String, nullable=False, unique=True),
    Column("recorded_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

check_request = Table(
    "check_request",
    metadata,
    Column("record_id", ForeignKey("person_record.id"), primary_key=True, autoincrement=False),
    Column("fields", String, nullable=False),
    Column("case", ForeignKey("review_case.id"), nullable=False),
    Column("asked_by", String, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
)

check_list = Table(
    "check_list",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("day", Date, nullable=False),
)
