"""The tables of subject access: references, codes and days; nothing of a person."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, String, Table, UniqueConstraint

from gateway.model.access_request import AccessState, ItemState, OnBehalf, Proof
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.access import AccessQuestionKind, AccessVerdict, ExemptionGround
from mappings.canonical.identifiers import MessageId, PersonRef

access_request = Table(
    "access_request",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("reference", String, nullable=False, unique=True),
    Column("on_behalf", Coded(OnBehalf), nullable=False),
    Column("about_child", Boolean, nullable=False),
    Column("proof", Coded(Proof), nullable=False),
    Column("proof_by", String, nullable=False),
    Column("proof_on", Date, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due", Date, nullable=False, index=True),
    Column("state", Coded(AccessState), nullable=False),
    Column("extended_because", String, nullable=False),
    Column("closed_at", Instant),
    Column("closed_because", String, nullable=False),
    Column("answer", String, nullable=False),
    sqlite_autoincrement=True,
)

access_item = Table(
    "access_item",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("request", ForeignKey("access_request.id"), nullable=False),
    Column("kind", Coded(AccessQuestionKind), nullable=False),
    Column("agency", ForeignKey("agency.id"), nullable=False, index=True),
    Column("record", ForeignKey("person_record.id"), nullable=False),
    Column("involvement", ForeignKey("involvement.id")),
    Column("person_ref", Identifier(PersonRef), nullable=False),
    Column("question", Identifier(MessageId), nullable=False, unique=True),
    Column("asked_at", Instant, nullable=False),
    Column("due", Date, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("state", Coded(ItemState), nullable=False),
    Column("verdict", Coded(AccessVerdict)),
    Column("ground", Coded(ExemptionGround)),
    Column("answered_at", Instant),
    Column("answered_by", String, nullable=False),
    Column("evidence", String, nullable=False),
    Column("included", Boolean),
    UniqueConstraint("request", "record", "involvement"),
    sqlite_autoincrement=True,
)

access_list = Table(
    "access_list",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("n", Integer, nullable=False),
    Column("digest", String, nullable=False),
)
