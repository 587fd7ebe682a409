"""The measuring of large registers, on small ones: what is filled in at once is what linking writes, and no notice has more candidates than
the budget, however many share its keys. Times are not asserted."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from deploy.scaling.__main__ import run
from deploy.scaling.measuring import measure
from deploy.scaling.notices import SampleNotice, Sort, notices
from deploy.scaling.population import Population
from deploy.scaling.register import AGENCIES, Filling, file_url, opened
from gateway.linkage.evaluation import PEPPER
from gateway.linkage.linking import enter
from gateway.store.record_index import stored_postings
from gateway.store.sql_store import SqlStore
from identity.person.blocking import BUDGET, MOST_PER_KEY
from identity.person.kept_evidence import as_kept
from identity.person.linkage import LinkContext, Outcome
from mappings.canonical.identifiers import NHSNumber, PersonRef
from mappings.canonical.person import Person
from tests.gateway.staff import StillClock

TABLES = {
    "person": "SELECT id FROM person ORDER BY id",
    "person_record": "SELECT id, agency, person_ref, epochs, index_keys FROM person_record ORDER BY id",
    "link": "SELECT * FROM link ORDER BY id",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("postgresql") if request.param == "postgresql" else None


@pytest.fixture
def two(server: Any, tmp_path: Path) -> Iterator[list[SqlStore]]:
    """Two new registers of one engine."""
    urls = [server.fresh_database() for _ in range(2)] if server else []
    for number in range(0 if server else 2):
        (tmp_path / str(number)).mkdir()
        urls.append(file_url(tmp_path / str(number)))
    with opened(urls[0]) as one, opened(urls[1]) as other:
        yield [one, other]
    for url in urls if server else ():
        server.drop_database(url)


def rows(store: SqlStore, statement: str) -> list[tuple[Any, ...]]:
    with store.transactions.reading() as db:
        return [
            tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in db.driver_rows(statement, ())
        ]


def test_what_is_filled_in_at_once_is_what_linking_writes_one_by_one(two: list[SqlStore]) -> None:
    filled, linked = two
    filling = Filling(two, StillClock(), iter(()), 1)
    newcomers = filling.newcomers(islice(Population(1).people(), 150))
    filled.fill(newcomers[:100], StillClock().now())
    filled.fill(newcomers[100:], StillClock().now())
    for each in newcomers:
        with linked.write() as unit:
            _, decision = enter(
                unit, PEPPER, LinkContext(each.agency, 0), each.person_ref, each.evidence, StillClock().now()
            )
            assert decision.outcome is not Outcome.MATCH, "everybody is somebody else"
    for statement in TABLES.values():
        assert rows(filled, statement) == rows(linked, statement) != []
    with filled.transactions.reading() as one, linked.transactions.reading() as other:
        assert stored_postings(one) == stored_postings(other) != []
    with filled.read() as mine, linked.read() as theirs:
        for each in newcomers:
            found = mine.records.find(each.agency, each.person_ref)
            assert found == theirs.records.find(each.agency, each.person_ref)
            assert found is not None
            assert found.evidence == as_kept(each.evidence)
    # Both number the next one alike.
    with filled.write() as mine, linked.write() as theirs:
        assert mine.records.new_person() == theirs.records.new_person() == len(newcomers) + 1


def test_however_many_share_its_keys_a_notice_has_no_more_candidates_than_the_budget(two: list[SqlStore]) -> None:
    store = two[0]
    people = list(islice(Population(2).people(), 250))
    # A household of namesakes, all born on one day: fewer than make a key tell nothing, more than are compared.
    alike = [replace(people[0], local_id=f"{1000 + number}", identifiers=()) for number in range(MOST_PER_KEY - 5)]
    filling = Filling([store], StillClock(), iter([*people, *alike]), 1)
    filling.up_to(len(people) + len(alike), 60, lambda _: None)
    stated = list(notices(filling.sampled, Population(9, 900_000).people(), 30, "x", 1))
    last = SampleNotice(Sort.KNOWN, AGENCIES[0], PersonRef("a" * 64), alike[0])
    found = measure(
        store,
        StillClock(),
        filling.size,
        0,
        [(each, filling.evidence(each.person)) for each in (*stated, last)],
        lambda _: None,
    )
    assert max(found.candidates) == found.candidates[-1] == BUDGET
    assert found.records == len(people) + len(alike) + len(stated) + 1
    assert {sort for sort, _ in found.outcomes} == set(Sort)


def test_the_page_says_what_was_measured_on_both_stores(tmp_path: Path, postgresql_url: str) -> None:
    path = tmp_path / "scaling.md"
    results = run({"SQLite": file_url(tmp_path), "PostgreSQL": postgresql_url}, [60, 150], 30, 1, path)
    text = path.read_text("utf-8")
    for store, measured in results.items():
        assert [each.people for each in measured] == [60, 150]
        for each in measured:
            assert max(each.candidates) <= BUDGET
            assert sum(each.outcomes.values()) == 30
            assert all(size > 0 for size in each.bytes.values())
            assert f"| {store} | {each.people} | " in text
    one, other = results.values()
    assert [each.candidates for each in one] == [each.candidates for each in other]
    assert [each.outcomes for each in one] == [each.outcomes for each in other]
    assert one[-1].outcomes[Sort.KNOWN, Outcome.MATCH] >= 8
    assert one[-1].outcomes[Sort.NEW, Outcome.MATCH] == 0


def test_the_population_is_the_same_for_a_seed_and_numbers_are_never_real() -> None:
    first, again, other = (list(islice(Population(seed).people(), 80)) for seed in (1, 1, 2))
    assert [vars_of(each) for each in first] == [vars_of(each) for each in again] != [vars_of(each) for each in other]
    numbers = [NHSNumber(item.value) for person in first for item in person.identifiers]
    assert len(set(numbers)) == len(numbers) > 20
    assert all(number.is_test for number in numbers)
    assert all(address.postcode.startswith("ZZ") for person in first for address in person.addresses)


def vars_of(person: Person) -> tuple[Any, ...]:
    return tuple(getattr(person, name) for name in person.__slots__)
