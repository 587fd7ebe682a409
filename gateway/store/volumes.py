"""How many notices each connector has handed in: one row a connector, so that every worker and every restart counts on."""

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, select

from gateway.store.party_tables import connector_volume
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.identifiers import ConnectorId

_GET: Final = select(connector_volume).where(connector_volume.c.connector == bindparam("connector"))


class SqlVolumes:
    """`gateway.ports.Volumes`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def counts(self, connector: ConnectorId, at: datetime) -> tuple[int, int]:
        """In the minute and in the day (UTC) of `at`."""
        row = self._db.row(_GET, {"connector": connector})
        if row is None or row.at.date() != at.date():
            return 0, 0
        same_minute = row.at.replace(second=0, microsecond=0) == at.replace(second=0, microsecond=0)
        return (row.in_minute if same_minute else 0), row.in_day

    def keep(self, connector: ConnectorId, at: datetime, in_minute: int, in_day: int) -> None:
        """Put these counts in place of the ones before."""
        values = {"connector": connector, "at": at, "in_minute": in_minute, "in_day": in_day}
        self._db.run(_keep(self._db.postgresql), values)


@cache
def _keep(postgres: bool) -> Insert:
    return upsert(connector_volume, postgres=postgres, key=["connector"])
