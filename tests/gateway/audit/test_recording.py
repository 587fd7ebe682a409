"""`audit verify` finds a changed, removed, inserted, reordered or cut-off event, and says where."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.audit.recording import entry
from gateway.audit.verification import verify
from gateway.store.sql_store import SqlStore, open_store
from tests.builders import NOON
from tests.empty_register import lay

EVENTS = 9


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A register whose chain holds nine events."""
    path = tmp_path / "register.sqlite"
    lay(path)
    store = opened(path)
    with store.write() as uow:
        for number in range(EVENTS):
            event = entry("sweep-finished", "relay", people=number, alerts=0)
            uow.audit.append(NOON, event.code, event.actor, event.fields)
    store.close()
    return path


@pytest.fixture
def tamper(register: Path) -> Iterator[sqlite3.Connection]:
    """Somebody with the database file in hand, who knows nothing of us."""
    connection = sqlite3.connect(register)
    yield connection
    connection.close()


def opened(path: Path) -> SqlStore:
    return open_store(f"sqlite:///{path}", bytes(range(32)))


def found(path: Path, page: int = 4) -> tuple[int | None, str]:
    """Where the chain breaks, and how; in pages smaller than the chain."""
    store = opened(path)
    verification = verify(store, page=page)
    store.close()
    return verification.broken_at, verification.problem


def columns(connection: sqlite3.Connection) -> list[str]:
    return [row[1] for row in connection.execute("PRAGMA table_info(audit_event)")]


def test_a_chain_nobody_touched_holds(register: Path) -> None:
    store = opened(register)
    verification = verify(store, page=4)
    store.close()
    assert (verification.events, verification.broken_at) == (EVENTS, None)


@pytest.mark.parametrize("column", ["actor", "code", "at", "fields"])
def test_a_changed_event_is_found(register: Path, tamper: sqlite3.Connection, column: str) -> None:
    other = {"actor": "somebody", "code": "notice-late", "at": 1, "fields": '{"people": 99, "alerts": 0}'}[column]
    tamper.execute(f"UPDATE audit_event SET {column} = ? WHERE seq = 5", (other,))
    tamper.commit()
    assert found(register) == (5, "this event was changed after it was written")


def test_a_changed_event_with_a_hash_made_to_fit_is_found_at_the_next(
    register: Path, tamper: sqlite3.Connection
) -> None:
    from gateway.audit.chain import chain_hash

    previous = tamper.execute("SELECT hash FROM audit_event WHERE seq = 4").fetchone()[0]
    fitted = chain_hash(previous, 5, NOON, "sweep-finished", "somebody", {"people": 4, "alerts": 0}, {})
    tamper.execute("UPDATE audit_event SET actor = 'somebody', hash = ? WHERE seq = 5", (fitted,))
    tamper.commit()
    assert found(register) == (6, "this event does not follow the one before it")


def test_a_removed_event_is_found(register: Path, tamper: sqlite3.Connection) -> None:
    tamper.execute("DELETE FROM audit_event WHERE seq = 5")
    tamper.commit()
    assert found(register) == (5, "an event is missing here")


def test_events_that_changed_places_are_found(register: Path, tamper: sqlite3.Connection) -> None:
    for before, after in ((5, 100), (6, 5), (100, 6)):
        tamper.execute("UPDATE audit_event SET seq = ? WHERE seq = ?", (after, before))
    tamper.commit()
    assert found(register) == (5, "this event does not follow the one before it")


def test_an_inserted_event_is_found(register: Path, tamper: sqlite3.Connection) -> None:
    for seq in range(EVENTS, 5, -1):
        tamper.execute("UPDATE audit_event SET seq = ? WHERE seq = ?", (seq + 1, seq))
    names = ", ".join(columns(tamper))
    values = ", ".join("6" if name == "seq" else name for name in columns(tamper))
    tamper.execute(f"INSERT INTO audit_event ({names}) SELECT {values} FROM audit_event WHERE seq = 5")
    tamper.commit()
    assert found(register)[0] == 6


def test_a_cut_off_end_is_found(register: Path, tamper: sqlite3.Connection) -> None:
    tamper.execute("DELETE FROM audit_event WHERE seq > 6")
    tamper.commit()
    assert found(register) == (7, "events were cut off from the end of the chain")


def test_events_beyond_the_head_do_not_count_as_written(register: Path, tamper: sqlite3.Connection) -> None:
    names = ", ".join(columns(tamper))
    values = ", ".join(str(EVENTS + 1) if name == "seq" else name for name in columns(tamper))
    tamper.execute(f"INSERT INTO audit_event ({names}) SELECT {values} FROM audit_event WHERE seq = 9")
    tamper.commit()
    assert found(register)[0] == EVENTS + 1
