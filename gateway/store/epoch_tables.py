"""The tables of linkage epochs: which ones the keyholder retired, and the signed word that says so. Neither holds a key."""

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from gateway.store.column_types import Coded, Instant
from gateway.store.metadata import metadata
from mappings.canonical.codes import Mode

retired_epoch = Table(
    "retired_epoch",
    metadata,
    Column("epoch", String, primary_key=True),
    Column("retired_at", Instant, nullable=False),
    Column("dropped_at", Instant),
)

epoch_word = Table(
    "epoch_word",
    metadata,
    Column("mode", Coded(Mode), primary_key=True),
    Column("serial", Integer, nullable=False),
    Column("word", LargeBinary, nullable=False),
)
