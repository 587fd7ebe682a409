"""A register with a store of record keys beside it, on either engine."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, text

from gateway.store.engine import database_url
from gateway.store.record_keys import KeyCounts, open_record_keys
from gateway.store.sql_store import SqlStore, open_store
from tests.contract.stores.rows import DATA_KEY

NEXT_KEY = bytes(range(32, 64))
PASSING = ("intake_queue", "inbox_queue", "reply")
"""The tables of what only passes through."""


@dataclass
class Place:
    """A register and the store of its record keys, each by its URL."""

    url: str
    keys_url: str

    def open(self, with_keys: bool = True, data_key: bytes = DATA_KEY) -> SqlStore:
        return open_store(
            self.url, data_key, others=lambda: [DATA_KEY, NEXT_KEY], record_keys_url=self.keys_url if with_keys else ""
        )

    def counts(self) -> KeyCounts:
        keys = open_record_keys(self.keys_url)
        try:
            return keys.counts()
        finally:
            keys.close()

    def sealed(self) -> dict[str, bytes]:
        """Every sealed value of Maya, as a backup of the register would hold it."""
        engine = create_engine(database_url(self.url))
        with engine.connect() as connection:
            found = {
                "evidence": connection.execute(text("SELECT evidence FROM person_record")).scalar(),
                "worker": connection.execute(text("SELECT worker FROM involvement")).scalar(),
            }
        engine.dispose()
        return {name: bytes(value) for name, value in found.items() if value is not None}

    def put_back(self, sealed: dict[str, bytes]) -> None:
        """As if the register came back from that backup."""
        engine = create_engine(database_url(self.url))
        with engine.begin() as connection:
            connection.execute(text("UPDATE person_record SET evidence = :evidence"), sealed)
            connection.execute(text("UPDATE involvement SET worker = :worker, erased_on = NULL"), sealed)
            connection.execute(text("UPDATE register SET keys_erased = 0"))
        engine.dispose()

    def passing(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of what only passes through, as a backup of the register would hold it."""
        engine = create_engine(database_url(self.url))
        with engine.connect() as connection:
            found = {
                table: [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {table}"))]
                for table in PASSING
            }
        engine.dispose()
        return found

    def put_passing_back(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """As if these tables came back from that backup."""
        engine = create_engine(database_url(self.url))
        with engine.begin() as connection:
            for table, of_table in rows.items():
                connection.execute(text(f"DELETE FROM {table}"))
                for row in of_table:
                    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
                    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
        engine.dispose()

    def parcel_keys(self) -> int:
        """How many keys there are of what only passes through."""
        engine = create_engine(database_url(self.keys_url))
        with engine.connect() as connection:
            number = int(connection.execute(text("SELECT count(*) FROM parcel_secret")).scalar() or 0)
        engine.dispose()
        return number
