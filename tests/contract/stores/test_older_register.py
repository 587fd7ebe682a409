"""A register of an earlier release, brought up to date with what it holds."""

from pathlib import Path

from sqlalchemy import create_engine, text

from gateway.model.dead_letter import DeadLetterGroup
from gateway.store.engine import database_url
from gateway.store.migration import upgrade
from gateway.store.sql_store import open_store
from mappings.canonical.identifiers import ConnectorId
from tests.contract.stores.rows import DATA_KEY, NOW

_MICROSECONDS = int(NOW.timestamp()) * 1_000_000 + NOW.microsecond
_ISSUES = '[["security", "wrong-key", "", ""], ["invalid", "format", "Bundle", "x"], ["invalid", "format", "", ""]]'
_OLD_LETTER = text(
    "INSERT INTO dead_letter (received_at, sender, digest, sealed, issues) VALUES (:at, 'c1', 'd', :sealed, :issues)"
)


def test_dead_letters_from_before_are_counted_by_their_reasons(tmp_path: Path, postgresql_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url, "0003")
        engine = create_engine(database_url(url))
        with engine.begin() as connection:
            for issues in (_ISSUES, _ISSUES, "[]"):
                connection.execute(_OLD_LETTER, {"at": _MICROSECONDS, "sealed": b"sealed", "issues": issues})
        engine.dispose()
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.read() as unit:
            assert unit.dead_letters.groups(9) == [
                DeadLetterGroup(("format", "wrong-key"), ConnectorId("c1"), 2, NOW, NOW),
                DeadLetterGroup((), ConnectorId("c1"), 1, NOW, NOW),
            ]
            assert [letter.sealed for letter in unit.dead_letters.all(9)] == [b"sealed"] * 3
        store.close()
