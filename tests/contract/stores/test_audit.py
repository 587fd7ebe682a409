"""The audit beside its chain: what events commit to can be read, found by what it is about, and erased, and the chain holds throughout."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.audit.chain import chain_hash
from gateway.audit.erasure import erase
from gateway.audit.recording import Entry, entry
from gateway.audit.verification import verify
from gateway.model.audit_event import AuditEvent
from gateway.ports import UnitOfWork
from gateway.store.engine import database_url
from gateway.store.sql_store import SqlStore, open_store
from tests.contract.stores.rows import DATA_KEY, LATER, NOW, message
from tests.empty_register import lay

ONE, OTHER = message(1).value, message(2).value


def told(connection: str, agency: str = "urn:a") -> Entry:
    """An alert of that connection was sent."""
    return entry(
        "alert-sent", "relay", alert=message(9).value, connection=connection, event="connection-made", agency=agency
    )


def append(unit: UnitOfWork, *entries: Entry) -> None:
    for each in entries:
        unit.audit.append(NOW, each.code, each.actor, each.fields)


def filled(store: SqlStore) -> None:
    with store.write() as unit:
        append(unit, told(ONE), told(OTHER), entry("sweep-finished", "relay", people=1, alerts=2), told(ONE, "urn:b"))


def of(store: SqlStore, connection: str) -> list[AuditEvent]:
    with store.read() as unit:
        return unit.audit.of_subject(f"connection:{connection}", 0, 9)


def test_what_is_committed_to_is_read_like_any_field(store: SqlStore) -> None:
    filled(store)
    with store.read() as unit:
        events = unit.audit.events(0, 9)
    assert events[0].fields == told(ONE).fields
    assert set(events[0].commitments or ()) == {"alert", "connection", "agency"}
    assert events[0].staying == {"event": "connection-made"}
    assert (events[2].commitments, events[2].erased) == ({}, False)
    assert len({event.salt for event in events}) == 4, "every event has a salt of its own"


def test_events_are_found_by_what_they_are_about(store: SqlStore) -> None:
    filled(store)
    assert [event.seq for event in of(store, ONE)] == [1, 4]
    with store.read() as unit:
        assert [event.seq for event in unit.audit.of_subject(f"connection:{ONE}", 1, 9)] == [4]
        assert unit.audit.subjects("connection", "", 9) == [f"connection:{ONE}", f"connection:{OTHER}"]
        assert unit.audit.subjects("connection", f"connection:{ONE}", 9) == [f"connection:{OTHER}"]
        assert unit.audit.subjects("record", "", 9) == []


def test_what_is_erased_is_gone_and_the_chain_still_holds(store: SqlStore) -> None:
    filled(store)
    with store.write() as unit:
        assert erase(unit, [f"connection:{ONE}"], "retention", LATER) == 2
        assert erase(unit, [f"connection:{ONE}"], "retention", LATER) == 0, "there is nothing left"
    assert of(store, ONE) == []
    with store.read() as unit:
        first, *_, last = unit.audit.events(0, 9)
    assert (first.fields, first.erased) == ({"event": "connection-made"}, True)
    assert (last.code, last.fields) == ("audit-erased", {"events": 2})
    found = verify(store)
    assert (found.events, found.erased, found.problem) == (5, 2, "")
    assert [event.fields["agency"] for event in of(store, OTHER)] == ["urn:a"], "nobody else's is touched"


def test_what_is_erased_is_not_in_a_file_of_ours_any_more(tmp_path: Path) -> None:
    store = open_store(lay(tmp_path / "register.db"), DATA_KEY)
    filled(store)
    with store.write() as unit:
        erase(unit, [f"connection:{ONE}"], "retention", LATER)
    store.close()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("register.db*"))
    assert (ONE.encode() in held, OTHER.encode() in held) == (False, True)


def test_erasing_that_nobody_wrote_down_is_found(store: SqlStore) -> None:
    filled(store)
    with store.write() as unit:
        unit.audit.erase(f"connection:{ONE}")
    found = verify(store)
    assert (found.broken_at, found.problem) == (
        None,
        "what 2 events committed to is gone, and no erasing of it was ever written down",
    )


@pytest.mark.parametrize("fields", ["{}", '{"alert": "x", "connection": "y", "agency": "urn:z"}', '{"event": "z"}'])
def test_what_was_committed_to_cannot_be_exchanged(store: SqlStore, url: str, fields: str) -> None:
    filled(store)
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_salt SET fields = :fields WHERE seq = 2"), {"fields": fields})
    engine.dispose()
    assert (verify(store).broken_at, verify(store).problem[:4]) == (2, "what")


def test_a_chain_of_the_first_form_holds_and_goes_on_in_the_second(store: SqlStore, url: str) -> None:
    before = "0" * 64
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        for seq in (1, 2):
            hash_ = chain_hash(before, seq, NOW, "notice-late", "c1", {"message": "m"})
            row = {
                "seq": seq,
                "at": int(NOW.timestamp()) * 1_000_000 + NOW.microsecond,
                "before": before,
                "hash": hash_,
            }
            connection.execute(text(_OLD_EVENT), row)
            before = hash_
        connection.execute(text("UPDATE audit_head SET seq = 2, hash = :hash"), {"hash": before})
    engine.dispose()
    filled(store)
    with store.read() as unit:
        assert [event.commitments is None for event in unit.audit.events(0, 9)] == [True] * 2 + [False] * 4
    assert (verify(store).events, verify(store).problem) == (6, "")


_OLD_EVENT = (
    "INSERT INTO audit_event (seq, at, code, actor, fields, previous, hash)"
    " VALUES (:seq, :at, 'notice-late', 'c1', '{\"message\": \"m\"}', :before, :hash)"
)


def test_the_chain_holds_while_two_gateways_write_and_somebody_verifies(url: str) -> None:
    open_store(url, DATA_KEY).close()
    problems: list[BaseException | str] = []

    def write(name: str) -> None:
        own = open_store(url, DATA_KEY)
        try:
            for number in range(15):
                with own.write() as unit:
                    append(unit, told(message(number).value, name), told(message(number).value, name))
        except BaseException as problem:
            problems.append(problem)
        finally:
            own.close()

    writers = [threading.Thread(target=write, args=(f"urn:{name}",)) for name in ("a", "b", "c")]
    reader = open_store(url, DATA_KEY)
    for each in writers:
        each.start()
    while any(each.is_alive() for each in writers):
        if (found := verify(reader, page=7)).problem:
            problems.append(found.problem)
            break
    for each in writers:
        each.join()
    assert problems == []
    assert (verify(reader, page=7).events, verify(reader).problem) == (90, "")
    reader.close()
