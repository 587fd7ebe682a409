"""The roll-out plan (an agency in it need not be in the register yet; its champion is sealed), and whom each agency says it publishes, in codes."""

from sqlalchemy import JSON, Column, Date, ForeignKey, LargeBinary, String, Table

from gateway.store.column_types import Identifier, Instant
from gateway.store.metadata import metadata
from mappings.canonical.identifiers import AgencyId

rollout_entry = Table(
    "rollout_entry",
    metadata,
    Column("agency", Identifier(AgencyId), primary_key=True),
    Column("name", String, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("live_by", Date, nullable=False),
    Column("eligibility", String, nullable=False),
    Column("champion", LargeBinary),
    Column("planned_by", String, nullable=False),
    Column("planned_at", Instant, nullable=False),
)

stated_eligibility = Table(
    "stated_eligibility",
    metadata,
    Column("agency", Identifier(AgencyId), ForeignKey("agency.id"), primary_key=True),
    Column("criterion", JSON, nullable=False),
    Column("stated_at", Instant, nullable=False),
)
