"""Nothing that names anybody stands in the database in clear, and what is sealed opens in its own place only."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text

from gateway.store.engine import database_url
from gateway.store.evidence_form import write_evidence
from gateway.store.faults import StoreRefused
from gateway.store.key_heads import heads
from gateway.store.record_index import numbers_of
from gateway.store.sql_store import SqlStore, open_store
from mappings.canonical.evidence import KEPT_KEY_BYTES, Evidence
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker
from mappings.evidence_codec import encode
from tests.builders import SCHOOL, registered
from tests.contract.stores.rows import DATA_KEY, agencies, evidence, keys, linked, record

WORKER = Worker(
    "Wilhelmina Workerson", "Senior Practitionerin", "Team Kingfisher", Contact("01632960777", "wilma@seaton.example")
)


def _everything(url: str) -> bytes:
    """Every value of every table, as bytes; on SQLite also the bytes of the files."""
    engine = create_engine(database_url(url))
    parts: list[bytes] = []
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                parts += [each if isinstance(each, bytes) else repr(each).encode() for each in map(_plain, row)]
    engine.dispose()
    if url.startswith("sqlite"):
        parts += [each.read_bytes() for each in Path(str(database_url(url).database)).parent.iterdir()]
    return b"\n".join(parts)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _tokens(item: Evidence) -> list[bytes]:
    assert item.given
    assert item.birth_date
    assert item.birth_date.full
    assert item.names_signature
    whole = [item.identifiers[0].token, item.given.exact, item.given.signature, item.birth_date.full, item.names_signature,
             item.blocks[0], item.bands[0]]  # fmt: skip
    # Of some the register keeps no more than the beginning.
    return [token[:KEPT_KEY_BYTES] for token in whole] + [encode(item)[:40], write_evidence(item)[:40]]


def test_no_worker_and_no_evidence_in_clear(url: str) -> None:
    store = open_store(url, DATA_KEY)
    with store.write() as unit:
        agencies(unit)
        made = record(unit, "Orla", index=keys("indexed"))
        unit.involvements.save(registered(id=0, record_id=made.id, worker=WORKER))
    found = _everything(url)
    assert heads(numbers_of(keys("indexed"))) in found  # so this is a dump that shows what there is
    for word in (WORKER.name, WORKER.role, WORKER.team, WORKER.contact.phone, WORKER.contact.email):
        assert word.encode() not in found
    for secret in (*_tokens(evidence("Orla")), DATA_KEY):
        assert secret not in found
        assert secret.hex().encode() not in found
    store.close()


def _change(url: str, *statements: str) -> None:
    engine = create_engine(database_url(url))
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_a_sealed_value_moved_to_another_row_does_not_open(store: SqlStore, url: str) -> None:
    with store.write() as unit:
        agencies(unit)
        person = unit.records.new_person()
        one, two = (linked(unit, who, SCHOOL, person) for who in ("one", "two"))
    for table, column in (("person_record", "evidence"), ("involvement", "worker")):
        ids = (one.record_id, two.record_id) if table == "person_record" else (one.id, two.id)
        _change(
            url, f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE id = {ids[0]}) WHERE id = {ids[1]}"
        )
    with store.read() as unit:
        assert unit.records.find(SCHOOL, one.person_ref)
        assert unit.involvements.get(one.id) == one
        with pytest.raises(StoreRefused, match="moved"):
            unit.records.find(SCHOOL, two.person_ref)
        with pytest.raises(StoreRefused, match="moved"):
            unit.involvements.get(two.id)


def test_a_worker_put_in_the_place_of_evidence_does_not_open(store: SqlStore, url: str) -> None:
    with store.write() as unit:
        agencies(unit)
        made = linked(unit, "one", SCHOOL, unit.records.new_person())
        unit.involvements.save(replace(made, worker=WORKER))
    _change(url, "UPDATE person_record SET evidence = (SELECT worker FROM involvement)")
    with store.read() as unit, pytest.raises(StoreRefused, match="moved"):
        unit.records.find(SCHOOL, made.person_ref)
