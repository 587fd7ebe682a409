"""The ledger keeps what it is given, tells nobody who reads the file, and is refused where it cannot be right."""

import os
import sqlite3
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.ledger import schema
from connectors.ledger.care_teams import KeptTeam
from connectors.ledger.cipher import Cipher, LedgerFault
from connectors.ledger.events import Event
from connectors.ledger.ledger import Ledger, new_incarnation
from mappings.canonical.codes import AlertEvent, MessageKind, Mode
from tests.connectors.office import MONDAY, SCHOOL, Office, involvement
from tests.counterparts import an_alert, message_id


def test_the_file_names_nobody(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.publish(involvement(1), involvement(2))
    office.gateway.take()
    person, ref = office.references.person("C1"), office.references.involvement("I1")
    office.gateway.send_alerts(an_alert(SCHOOL, person, ref, office.clock()))
    office.desktop.down = True
    office.deliver()
    office.publish(involvement(1, worker="Sam New"))
    office.broker.down = True
    office.ledger.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite3*")).lower()
    for secret in (
        b"testcase",
        b"orla",
        b"2014-05-06",
        b"zz1 1aa",
        b"client 1",
        b"alex worker",
        b"sam new",
        b"karen",
        b"01632",
    ):
        assert secret not in stored


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY).close()
    assert (tmp_path / "ledger").stat().st_mode & 0o777 == 0o600
    (tmp_path / "ledger").chmod(0o640)
    with pytest.raises(LedgerFault, match="chmod 600"):
        Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)


def test_a_ledger_that_is_there_is_opened_by_sqlite_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes a descriptor of the file lets go of every lock that this process has on it."""
    file, by_hand, really = tmp_path / "ledger", list[object](), os.open
    Ledger.open(file, b"k" * 32, MONDAY).close()
    monkeypatch.setattr(os, "open", lambda path, *rest, **more: by_hand.append(path) or really(path, *rest, **more))
    Ledger.open(file, b"k" * 32, MONDAY).close()
    assert file not in by_hand
    Ledger.open(tmp_path / "new", b"k" * 32, MONDAY).close()
    assert tmp_path / "new" in by_hand


def test_another_key_is_refused(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY).close()
    with pytest.raises(LedgerFault, match="same backup"):
        Ledger.open(tmp_path / "ledger", b"x" * 32, MONDAY)


def test_a_ledger_is_of_one_mode_for_good(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY, Mode.TRIAL).close()
    with pytest.raises(LedgerFault, match=r"begun in trial mode and this connector runs in live mode.*\[ledger\] path"):
        Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY, Mode.LIVE)
    Ledger.open(tmp_path / "live", b"k" * 32, MONDAY, Mode.LIVE).close()
    with pytest.raises(LedgerFault, match="begun in live mode"):
        Ledger.open(tmp_path / "live", b"k" * 32, MONDAY)


def test_a_ledger_from_before_there_were_modes_is_of_a_trial(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)
    with ledger.write() as unit:
        unit.db.execute("DELETE FROM position WHERE name = 'mode'")
    ledger.close()
    with pytest.raises(LedgerFault, match="begun in trial mode"):
        Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY, Mode.LIVE)


_WEAK, _EVIDENCE = "    weak INTEGER NOT NULL DEFAULT 0,\n", "    evidence BLOB,\n"
_DIGESTS = (
    "    mark TEXT NOT NULL DEFAULT '',\n    digest_at TEXT,\n",
    "CREATE INDEX delivery_digest ON delivery (sink, mark) WHERE mark <> '';\n",
)
_VEILED = ",\n    veiled INTEGER NOT NULL DEFAULT 0,\n    unconfirmed_since TEXT"


def test_another_version_is_refused(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY).close()
    with sqlite3.connect(tmp_path / "ledger") as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(LedgerFault, match="version 99"):
        Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)


def test_a_ledger_of_the_version_before_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", 1)
        before.setattr(schema, "TABLES", _with_veiled(_without_merges(schema.TABLES).replace(", 'test-notice')", ")")))
        office = Office(tmp_path)
        with office.ledger.write() as unit:
            # What today's program looks into and that one had not: gone when it is closed.
            unit.db.execute("CREATE TEMP TABLE staged_merge (snapshot, superseded, surviving)")
            unit.db.execute("CREATE TEMP TABLE merge (superseded, surviving, event, source, message, again)")
            unit.db.execute("CREATE TEMP TABLE worker (mark, ref, private)")
            unit.db.execute("CREATE INDEX temp.worker_private ON worker (mark) WHERE private = 1")
            unit.db.execute("CREATE TEMP TABLE shield (person_ref, asked_at, message, again)")
            unit.db.execute(
                "CREATE TEMP TABLE answer (connection, involvement_ref, alert, version, answer, said_on, message, by, again)"
            )
            unit.db.execute("CREATE TEMP TABLE ended_here (ref, source, local_mark, said_on, stated_on)")
            unit.db.execute("CREATE TEMP TABLE weak_identity (ref, person_ref, source, as_of, standing)")
        office.publish(involvement(1), involvement(2))
        assert _outbox(office.ledger) == (1, 2, 2)
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            _queue_test_notice(office.ledger)
        with office.ledger.write() as unit:
            for column in ("veiled", "unconfirmed_since"):
                unit.db.execute(f"ALTER TABLE involvement DROP COLUMN {column}")
            unit.db.execute("ALTER TABLE staged DROP COLUMN weak")
        office.ledger.close()
    office.ledger = office.open_ledger()
    assert _outbox(office.ledger) == (schema.VERSION, 2, 2)
    _queue_test_notice(office.ledger)
    office.exchange()
    assert office.outbox() == {"settled": 2, "sent": 1}
    assert office.open_ledger().path == office.ledger.path, "opening it again changes nothing"


def test_a_ledger_of_version_2_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", 2)
        before.setattr(schema, "TABLES", _without_merges(schema.TABLES))
        made = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
        _queue_test_notice(made)
        with pytest.raises(sqlite3.OperationalError, match="no such table"), made.read() as unit:
            unit.merges.due(1)
        made.close()
    fresh = Ledger.open(tmp_path / "fresh.sqlite3", b"k" * 32, MONDAY)
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    assert _outbox(ledger) == (schema.VERSION, 1, 0)
    assert _tables(ledger) == _tables(fresh), "an upgraded ledger is as a new one"


def test_a_ledger_of_version_3_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", 3)
        before.setattr(schema, "TABLES", _of_version_3(schema.TABLES))
        made = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
        _queue_test_notice(made)
        with pytest.raises(sqlite3.OperationalError, match="no such table"), made.read() as unit:
            unit.shields.all()
        with pytest.raises(sqlite3.OperationalError, match="no such table"), made.read() as unit:
            unit.events.last_taken("ehr")
        made.close()
    fresh = Ledger.open(tmp_path / "fresh.sqlite3", b"k" * 32, MONDAY)
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    assert _outbox(ledger) == (schema.VERSION, 1, 0)
    assert _tables(ledger) == _tables(fresh), "an upgraded ledger is as a new one"


def test_a_ledger_of_version_4_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, end = (schema.TABLES.index(words) for words in ("-- Which CareTeams", "-- `mark`: whose digest"))
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", 4)
        tables = _without_witnesses(schema.TABLES[:begin] + schema.TABLES[end:])
        before.setattr(schema, "TABLES", tables.replace(_WEAK, _EVIDENCE + _WEAK))
        made = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
        with pytest.raises(sqlite3.OperationalError, match="no such table"), made.read() as unit:
            unit.care_teams.of("fhir")
        made.close()
    fresh = Ledger.open(tmp_path / "fresh.sqlite3", b"k" * 32, MONDAY)
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    assert _tables(ledger) == _tables(fresh), "an upgraded ledger is as a new one"
    with ledger.write() as unit:
        unit.care_teams.save("fhir", KeptTeam("f" * 64, "C-4711", "e" * 64))
        assert unit.care_teams.of("fhir")["f" * 64].client_local_id == "C-4711"
        assert unit.care_teams.of("other") == {}
    assert b"C-4711" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_ledger_of_version_5_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", 5)
        before.setattr(schema, "TABLES", _without_witnesses(schema.TABLES))
        made = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
        _queue_test_notice(made)
        with pytest.raises(sqlite3.OperationalError, match="no such table"), made.read() as unit:
            unit.witnesses.all()
        made.close()
    fresh = Ledger.open(tmp_path / "fresh.sqlite3", b"k" * 32, MONDAY)
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    assert _outbox(ledger) == (schema.VERSION, 1, 0)
    assert _tables(ledger) == _tables(fresh), "an upgraded ledger is as a new one"
    with ledger.read() as unit:
        assert unit.witnesses.all() == []


def test_a_ledger_of_version_3_takes_answers_about_access_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setattr(schema, "VERSION", 3)
        before.setattr(schema, "TABLES", _of_version_3(schema.TABLES))
        made = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            _queue_answer(made)
        _queue_test_notice(made)
        made.close()
    fresh = Ledger.open(tmp_path / "fresh.sqlite3", b"k" * 32, MONDAY)
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    assert _outbox(ledger) == (schema.VERSION, 1, 0)
    assert _tables(ledger) == _tables(fresh), "an upgraded ledger is as a new one"
    _queue_answer(ledger)


def _queue_answer(ledger: Ledger) -> None:
    id = message_id()
    with ledger.write() as unit:
        unit.outbox.add(id, MessageKind.ACCESS_ANSWER, id, b"{}", MONDAY)


def test_a_message_is_known_again_for_weeks_and_nothing_of_it_can_be_read_in_the_file(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.sqlite3", b"k" * 32, MONDAY)
    told = Event("ehr", "msg-4711", "visit V-4711", MONDAY, b"all of it", b"Okafor")
    with ledger.write() as unit:
        unit.events.add(told, MONDAY)
        unit.events.add(told, MONDAY + timedelta(days=1))
        unit.events.add(replace(told, id="msg-4712", body=None, at=MONDAY + timedelta(hours=1)), MONDAY)
        assert unit.events.is_known("ehr", "msg-4711", b"all of it") is True
        assert unit.events.is_known("ehr", "msg-4711", b"something else") is False
        assert unit.events.is_known("other", "msg-4711", b"all of it") is None
        assert unit.events.latest("ehr", "visit V-4711") == MONDAY + timedelta(hours=1)
        assert unit.events.bodies("ehr", "visit V-4711", 10) == [b"Okafor"]
    with ledger.write() as unit:
        assert unit.events.purge(MONDAY + timedelta(days=1), MONDAY) == 1, "what is not read again goes first"
        assert unit.events.purge(MONDAY, MONDAY + timedelta(days=1)) == 1
    ledger.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [word for word in (b"Okafor", b"4711") if word in written]


def _without_witnesses(tables: str) -> str:
    """The tables as they were before the gateway told of its audit."""
    return tables[: tables.index("-- What the gateway told of its audit")]


def _without_events(tables: str) -> str:
    """The tables as they were before there were listeners."""
    return tables[: tables.index("-- Messages that a listener took")]


def _of_version_3(tables: str) -> str:
    return _without_events(_without_workers(_without_shields(tables)))


def _without_merges(tables: str) -> str:
    """The tables as they were before there were merges."""
    tables = _without_events(_without_shields(tables))
    begin, end = tables.index("-- The latest word about each client"), tables.index("-- Every sealing")
    tables = _without_workers(tables[:begin] + tables[end:])
    return tables.replace(", 'test-notice', 'merge')", ", 'test-notice')")


def _without_workers(tables: str) -> str:
    """The tables as they were before the ledger knew whose an involvement is, and whom to ask."""
    for first, last in (
        ("-- Whose a live", "-- One reading of one"),
        ("-- For which connection", "CREATE TABLE delivery"),
        ("-- Involvements that a source states", "CREATE TABLE source_reading"),
    ):
        tables = tables[: tables.index(first)] + tables[tables.index(last) :]
    for added in _DIGESTS:
        tables = tables.replace(added, "")
    return tables.replace(_WEAK, _EVIDENCE).replace(_VEILED, "").replace(", 'introduction-request')", ")")


def _with_veiled(tables: str) -> str:
    """As today's program needs it to publish at all; dropped before the ledger is closed."""
    tables = tables.replace(_EVIDENCE, _EVIDENCE + _WEAK)
    return tables.replace("    changed_at TEXT NOT NULL\n", f"    changed_at TEXT NOT NULL{_VEILED}\n")


_ADDED_KINDS = ", 'shield',\n        'access-answer', 'answer')"


def _without_shields(tables: str) -> str:
    """The tables as they were before clients could be shielded, and before alerts could be answered."""
    begin, end = tables.index("-- Which clients this agency asked"), tables.index("-- Every sealing")
    return (tables[:begin] + tables[end:]).replace(_ADDED_KINDS, ")")


def _tables(ledger: Ledger) -> dict[str, list[tuple[str, str]]]:
    """Every table, its columns and their types, and the names of the indexes."""
    with ledger.read() as unit:
        listed = unit.db.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY name").fetchall()
        columns = {
            name: [(row[1], row[2]) for row in unit.db.execute(f"PRAGMA table_info({name})")]
            for type, name, _ in listed
            if type == "table"
        }
    return columns | {"indexes": [(name, of) for type, name, of in listed if type == "index"]}


def _outbox(ledger: Ledger) -> tuple[int, ...]:
    """The version, the messages, and their sealings."""
    queries = ("PRAGMA user_version", "SELECT count(*) FROM outbox", "SELECT count(*) FROM sealing")
    with ledger.read() as unit:
        return tuple(unit.db.execute(query).fetchone()[0] for query in queries)


def _queue_test_notice(ledger: Ledger) -> None:
    with ledger.write() as unit:
        unit.outbox.add(message_id(), MessageKind.TEST_NOTICE, message_id(), b"{}", MONDAY)


def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_bytes(b"this is not a database, and it is long enough to be looked at" * 40)
    (tmp_path / "ledger").chmod(0o600)
    with pytest.raises(LedgerFault, match="cannot be used"):
        Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)


def test_what_was_raised_inside_a_unit_leaves_no_trace(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)
    with suppress(ZeroDivisionError), ledger.write() as unit:
        unit.positions.note_stated(MONDAY)
        raise ZeroDivisionError
    with ledger.read() as unit:
        assert unit.positions.stated_at is None


def test_two_processes_do_not_publish_at_once(tmp_path: Path) -> None:
    one = Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)
    two = Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)
    with one.alone("publishing"):
        with pytest.raises(LedgerFault, match="another patchwork-connector"), two.alone("publishing", seconds=0):
            pytest.fail("the lock did not hold")
        with two.alone("delivering", seconds=0):
            pass
    with two.alone("publishing", seconds=0):
        pass


def test_counts_only_grow_also_when_the_clock_goes_back(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger", b"k" * 32, MONDAY)
    with ledger.write() as unit:
        first = unit.positions.next(MONDAY)
        second = unit.positions.next(MONDAY)
        earlier = unit.positions.next(datetime(2020, 1, 1, tzinfo=UTC))
    assert first < second < earlier


def test_a_later_incarnation_compares_greater() -> None:
    assert new_incarnation(MONDAY) < new_incarnation(MONDAY.replace(minute=1))


def test_a_sealed_value_opens_only_at_its_own_place() -> None:
    cipher = Cipher(b"k" * 32)
    sealed = cipher.seal(b"value", "table:column:1")
    assert cipher.open(sealed, "table:column:1") == b"value"
    with pytest.raises(LedgerFault):
        cipher.open(sealed, "table:column:2")
    with pytest.raises(LedgerFault):
        cipher.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "table:column:1")


def test_settled_messages_keep_no_content(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.publish(involvement(1))
    office.exchange()
    with office.ledger.read() as unit:
        [message] = unit.outbox.list("settled", 10)
        assert message.body is None
        assert unit.db.execute("SELECT count(*) FROM sealing").fetchone() == (0,)


def test_a_delivered_alert_is_kept_in_the_worklist_only(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.publish(involvement(1))
    office.exchange()
    person, ref = office.references.person("C1"), office.references.involvement("I1")
    office.gateway.send_alerts(an_alert(SCHOOL, person, ref, office.clock()))
    office.deliver()
    with office.ledger.read() as unit:
        [row] = unit.deliveries.list("delivered", 10)
        assert row.alert == b""
        assert row.event is AlertEvent.MADE
        assert len(list(unit.connections.current())) == 1
