"""A register of an earlier release, brought up to date with what it holds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, create_engine, insert, select, text

from gateway.clock import SystemClock
from gateway.keys.peppers import Peppers
from gateway.keys.renewal import Renewing
from gateway.keys.secret_files import SecretFile, pepper_id
from gateway.keys.secrets_on_disk import make_secret
from gateway.model.dead_letter import DeadLetterGroup
from gateway.ports import StoreDown
from gateway.store.engine import database_url
from gateway.store.key_heads import heads
from gateway.store.migration import upgrade
from gateway.store.posting_page import FIRST, parted
from gateway.store.record_index import Kind, numbers_of, stored_postings
from gateway.store.sql_store import open_store
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import AgeBand
from mappings.canonical.identifiers import ConnectorId, PartnershipId
from tests.builders import SCHOOL
from tests.contract.stores.rows import DATA_KEY, LATER, NOW, agencies, evidence, keys, link, linked, record, token

_MICROSECONDS = int(NOW.timestamp()) * 1_000_000 + NOW.microsecond
_ISSUES = '[["security", "wrong-key", "", ""], ["invalid", "format", "Bundle", "x"], ["invalid", "format", "", ""]]'
_OLD_LETTER = text(
    "INSERT INTO dead_letter (received_at, sender, digest, sealed, issues) VALUES (:at, 'c1', 'd', :sealed, :issues)"
)
_OLD_PARTIES = (
    "INSERT INTO agency (id, name, type, organisation) VALUES ('urn:a', 'A', 'school', 'Council'), ('urn:b', 'B', 'school', 'Council'),"
    " ('urn:c', 'C', 'school', 'Council')",
    "INSERT INTO ledger (connector, agency, incarnation) VALUES ('c1', 'urn:b', '2026-b')",
    "INSERT INTO position (connector, incarnation, n) VALUES ('c1', '2026-b', 7), ('c2', '2026-x', 8), ('c3', '2026-y', 9)",
)
_OLD_CONNECTOR = text(
    "INSERT INTO connector (id, signing_key, public_keys, status, carrier, inbox, since) VALUES (:id, :id, '{}', 'live', 'https', :id, 0)"
)
_OLD_SPOKEN_FOR = text(
    "INSERT INTO connector_agency (connector, agency, position) VALUES (:connector, :agency, :position)"
)


def test_how_far_a_connector_had_come_is_kept_for_the_agency_whose_ledger_it_was(
    tmp_path: Path, postgresql_url: str
) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url, "0004")
        engine = create_engine(database_url(url))
        with engine.begin() as connection:
            connection.execute(text(_OLD_PARTIES[0]))
            for id in ("c1", "c2"):
                connection.execute(_OLD_CONNECTOR, {"id": id})
                for position, agency in enumerate(("urn:a", "urn:b")):
                    connection.execute(_OLD_SPOKEN_FOR, {"connector": id, "agency": agency, "position": position})
            for statement in _OLD_PARTIES[1:]:
                connection.execute(text(statement))
        engine.dispose()
        upgrade(url)
        engine = create_engine(database_url(url))
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT connector, agency, incarnation, n FROM position ORDER BY connector")
            )
            # The third is of a connector that the register no longer has.
            assert [tuple(row) for row in found] == [("c1", "urn:b", "2026-b", 7), ("c2", "urn:a", "2026-x", 8)]
        engine.dispose()


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


def test_whoever_was_indexed_before_is_found_by_the_shorter_keys_and_by_no_others_afterwards(
    tmp_path: Path, postgresql_url: str
) -> None:
    known = keys("number", blocks=("block", "other"), bands=("band",))
    kinds = ((1, known.identifiers), (2, known.blocks), (3, known.bands))
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.write() as unit:
            agencies(unit)
            made = [record(unit, f"somebody {number}") for number in range(2)]
        store.close()
        _put_back(url, "0012", "agency", "person_record")
        engine = create_engine(database_url(url))
        with engine.begin() as connection:
            for id in (each.id for each in made):
                for kind, group in kinds:
                    rows = [{"kind": kind, "key": key, "record": id} for key in group]
                    connection.execute(text("INSERT INTO record_key VALUES (:kind, :key, :record)"), rows)
        engine.dispose()
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.write() as unit:
            for find in (unit.records.candidates, unit.records.band_candidates):
                assert [each.record_id for each in find(known, None)] == [each.id for each in made]
            assert unit.records.candidates(keys("number, but another"), None) == []
            unit.records.replace_evidence(made[0].id, (evidence("x"),), keys("renewed"))
            for find in (unit.records.candidates, unit.records.band_candidates):
                assert [each.record_id for each in find(known, None)] == [made[1].id]
            assert [each.record_id for each in unit.records.candidates(keys("renewed"), None)] == [made[0].id]
        with store.transactions.reading() as db:
            assert len(stored_postings(db)) == 5
        store.close()


def test_whoever_was_said_to_be_20_to_24_before_statuses_were_asserted_is_an_adult(
    tmp_path: Path, postgresql_url: str
) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url)
        store = open_store(url, DATA_KEY)
        bands = AgeBand.YOUNG_20_24, AgeBand.YOUNG_18_19, AgeBand.CHILD
        with store.write() as unit:
            agencies(unit)
            made = [linked(unit, f"somebody {band}", SCHOOL, unit.records.new_person()) for band in bands]
            for one, band in zip(made, bands, strict=True):
                unit.involvements.save(replace(one, age_band=band))
        store.close()
        _put_back(url, "0023", "agency", "person", "person_record", "involvement")
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.read() as unit:
            kept = [unit.involvements.get(one.id).age_band for one in made]
        assert kept == [AgeBand.ADULT, AgeBand.YOUNG_18_19, AgeBand.CHILD]
        store.close()


def test_an_index_of_the_release_before_is_made_anew_before_anything_is_looked_for_in_it(
    tmp_path: Path, postgresql_url: str
) -> None:
    partnership = PartnershipId("seaton")
    pepper_file = SecretFile(tmp_path / "pepper.key", pepper_id)
    make_secret(pepper_file.path)
    peppers, about = Peppers(pepper_file, partnership), evidence("Orla")
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.write() as unit:
            agencies(unit)
            made = record(unit, "Orla")
            unit.records.open_link(link(made.id, unit.records.new_person()))
        store.close()
        _put_back(url, "0023", "agency", "person_record", "person", "link")
        # As the release before had it: the pepper's key of a whole token, in 47 bits.
        old = Kind.BLOCK << 45 | 12345 << 30
        engine = create_engine(database_url(url))
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO record_key VALUES (:key, :record)"), {"key": old, "record": made.id})
            connection.execute(text("UPDATE person_record SET index_keys = :held"), {"held": old.to_bytes(6)})
        engine.dispose()
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.write() as unit:
            assert unit.renewals.state().index_stale
            with pytest.raises(StoreDown, match="made anew after an upgrade"):
                peppers(unit)
        with store.transactions.reading() as db:
            assert stored_postings(db) == [(old >> 15, made.id)]
        Renewing(store, SystemClock(), peppers.to_renew).run()
        with store.write() as unit:
            assert not unit.renewals.state().index_stale
            keys_now = peppers(unit).search_keys_of((about,))
            assert [each.record_id for each in unit.records.candidates(keys_now, None)] == [made.id]
            assert unit.records.find(SCHOOL, made.person_ref) == made
        with store.transactions.reading() as db:
            assert {key for key, _ in stored_postings(db)} == set(numbers_of(keys_now))
        store.close()


def test_whoever_was_indexed_by_longer_keys_is_found_by_the_shorter_ones_and_taken_out_by_them(
    tmp_path: Path, postgresql_url: str
) -> None:
    each_has = [keys(f"number {n}", blocks=("everybody", f"own {n // 3}"), bands=(f"band {n}",)) for n in range(200)]
    alike = token("key", "own 0")
    near = alike[:3] + bytes([alike[3] ^ 1]) + alike[4:]
    # Two keys of which the shorter one is the same: of one record both, of another the second.
    each_has[0] = replace(each_has[0], blocks=(*each_has[0].blocks, near))
    each_has[199] = replace(each_has[199], blocks=(near,))
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.write() as unit:
            agencies(unit)
            made = [record(unit, f"somebody {n}", index=held) for n, held in enumerate(each_has)]
            for n in range(2):
                unit.records.close_link(unit.records.open_link(link(made[n].id, unit.records.new_person())).id, LATER)
            unit.records.open_link(link(made[1].id, unit.records.new_person()))
            links = [unit.records.links(made[n].id) for n in range(2)]
        store.close()
        _put_back(url, "0026", "agency", "record_agency", "person", "person_record", "link")
        _index_as_0026({each.id: held for each, held in zip(made, each_has, strict=True)}, made[5].id, url)
        upgrade(url)
        store = open_store(url, DATA_KEY)
        numbers = {each.id: numbers_of(held) for each, held in zip(made, each_has, strict=True)}
        with store.transactions.reading() as db:
            assert stored_postings(db) == sorted((key, id) for id, held in numbers.items() for key in held)
            for row in db.rows(_BESIDE):
                assert bytes(row.index_keys) == heads(numbers[row.id])
                assert row.names == (None if row.id == made[5].id else '["2026a"]')
        with store.write() as unit:
            assert unit.renewals.state().index_stale
            assert [unit.records.links(made[n].id) for n in range(2)] == links
            found = [each.record_id for each in unit.records.candidates(IndexKeys((), (alike,), ()), None)]
            assert found == [made[n].id for n in (0, 1, 2, 199)]
            for each in made[:199]:
                unit.records.replace_evidence(each.id, (evidence("x"),), IndexKeys())
            assert unit.records.find(SCHOOL, made[199].person_ref) == made[199]
        with store.transactions.reading() as db:
            assert stored_postings(db) == sorted((key, made[199].id) for key in numbers[made[199].id])
        store.close()


_BESIDE = text("SELECT id, index_keys, names FROM person_record LEFT JOIN record_epochs ON number = epochs")


def _index_as_0026(records: dict[int, IndexKeys], without_epochs: int, url: str) -> None:
    """The index, and what stands beside each record, as they were made of 40 bits of every key and its kind."""
    numbers = {
        id: [
            kind << 38 | int.from_bytes(key[:5]) >> 2
            for kind, group in ((1, held.identifiers), (2, held.blocks), (3, held.bands))
            for key in group
        ]
        for id, held in records.items()
    }
    pages = parted(FIRST, sorted((number, id) for id, held in numbers.items() for number in held))
    assert len(pages) > 5
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO posting_page (key, record_id, entries) VALUES (:key, :record, :entries)"),
            [{"key": page.start[0], "record": page.start[1], "entries": page.write()} for page in pages],
        )
        connection.execute(
            text("UPDATE person_record SET index_keys = :held WHERE id = :record"),
            [
                {"record": id, "held": b"".join(number.to_bytes(5)[:3] for number in held)}
                for id, held in numbers.items()
            ],
        )
        connection.execute(text("UPDATE person_record SET epochs = NULL WHERE id = :id"), {"id": without_epochs})
    engine.dispose()


def _put_back(url: str, revision: str, *tables: str) -> None:
    """The same register as it was at an older revision, with the rows of these tables (only the columns that they had then)."""
    engine = create_engine(database_url(url))
    with engine.connect() as connection:
        rows = {
            name: [dict(row) for row in connection.execute(select(_reflected(name, connection))).mappings()]
            for name in tables
        }
        named = [
            dict(tuple(row) for row in connection.execute(text(f"SELECT number, {name} FROM {table}")))
            for table, name in (("record_agency", "agency"), ("record_epochs", "names"))
        ]
    if "person_record" in rows:
        rows["person_record"] = [_as_text(row, *named, revision) for row in rows["person_record"]]
    with engine.begin() as connection:
        if "postgresql" in url:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    if "postgresql" not in url:
        Path(str(database_url(url).database)).unlink()
    upgrade(url, revision)
    with engine.begin() as connection:
        for name, held in rows.items():
            older = _reflected(name, connection)
            connection.execute(insert(older), [{key: row[key] for key in older.c.keys()} for row in held])  # noqa: SIM118
    engine.dispose()


def _as_text(row: dict[Any, Any], agency: dict[int, str], epochs: dict[int, str], revision: str) -> dict[Any, Any]:
    """What is a number or bytes in a record's row now was text then. Of index keys nothing: a test that needs them adds them as they were."""
    older = {**row, "epochs": epochs.get(row["epochs"]), "index_keys": b""}
    if revision < "0026":
        older |= {"agency": agency[row["agency"]], "person_ref": bytes(row["person_ref"]).hex()}
    return older


def _reflected(name: str, connection: Connection) -> Table:
    return Table(name, MetaData(), autoload_with=connection, resolve_fks=False)


def test_who_was_told_before_is_listed_by_connection(tmp_path: Path, postgresql_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url, "0012")
        engine = create_engine(database_url(url))
        with engine.begin() as connection:
            for seq, (code, fields) in enumerate(_OLD_EVENTS, start=1):
                connection.execute(_OLD_EVENT, {"seq": seq, "code": code, "fields": fields})
        engine.dispose()
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.read() as unit:
            assert unit.audit.subjects("connection", "", 9) == ["connection:k1", "connection:k2"]
            (told,) = unit.audit.of_subject("connection:k1", 0, 9)
        assert (told.seq, told.fields["agency"], told.commitments) == (2, "urn:a", None)
        store.close()


# The last is of an alert that the register no longer has.
_OLD_EVENTS = (
    ("notice-accepted", '{"connector": "c1"}'),
    ("alert-sent", '{"alert": "a1", "connection": "k1", "agency": "urn:a"}'),
    ("alert-lapsed", '{"alert": "a2", "connection": "k2", "agency": "urn:a"}'),
    ("alert-settled", '{"alert": "a1", "connector": "c1", "outcome": "accepted"}'),
)
_OLD_EVENT = text(
    "INSERT INTO audit_event (seq, at, code, actor, fields, previous, hash) VALUES (:seq, 0, :code, 'relay', :fields, '', '')"
)
