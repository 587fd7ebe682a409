"""The tables of alarms: what each connector did by the hour, and what somebody is to look at. Counts and codes alone."""

from sqlalchemy import Column, Integer, String, Table

from gateway.model.alarm import AlarmKind
from gateway.store.column_types import Coded, Identifier, Instant, RowId
from gateway.store.metadata import metadata
from mappings.canonical.identifiers import ConnectorId

connector_tally = Table(
    "connector_tally",
    metadata,
    Column("connector", Identifier(ConnectorId), primary_key=True),
    Column("begun", Instant, primary_key=True, index=True),
    Column("accepted", Integer, nullable=False),
    Column("placed", Integer, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("brief", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("unbelieved", Integer, nullable=False),
    Column("limited", Integer, nullable=False),
    Column("sights", Integer, nullable=False),
    Column("one_way", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("unreachable", Integer, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("followed", Integer, nullable=False),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("connector", Identifier(ConnectorId), nullable=False),
    Column("kind", Coded(AlarmKind), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("observed", Integer, nullable=False),
    Column("usual", Integer, nullable=False),
    Column("acknowledged_at", Instant, index=True),
    Column("acknowledged_by", String),
    Column("reason", String),
    sqlite_autoincrement=True,
)
