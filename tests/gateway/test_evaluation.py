"""Labelled, fictional people through the path a notice takes: the figures are counted as said, and the register links
exactly as the plain index in memory does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from gateway.clock import SystemClock
from gateway.evaluation import EPOCH, PEPPER, evaluate
from gateway.evaluation_report import document
from gateway.store.migration import upgrade
from gateway.store.sql_store import SqlStore, open_store
from identity.person.blocking import BUDGET
from identity.person.candidate import Candidate
from identity.person.figures import Figures, Placing, figures
from identity.person.labelled import LabelledRecord, NotLabelled, read_labelled
from identity.person.linkage import Decision, LinkContext, Outcome, resolve
from identity.person.memory_index import MemoryIndex
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.identifiers import AgencyId

SHARED = next(
    (up / "shared" / "data" for up in Path(__file__).resolve().parents if (up / "shared" / "data").is_dir()), None
)
HEADER = "rec_id,source,true_id,given_name,middle_name,family_name,birth_date,gender,address,city,postcode,culture"
there = pytest.mark.skipif(SHARED is None, reason="the labelled files are not kept with the project")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    url = f"sqlite:///{tmp_path}/register.db"
    upgrade(url)
    opened = open_store(url, bytes(range(32)))
    yield opened
    opened.close()


def _written(tmp_path: Path, rows: list[str]) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("\n".join([HEADER, *rows]))
    return path


def _invented(count: int, seed: int) -> list[str]:
    """People with errors, families among them, each in up to three records."""
    draw = Random(seed)
    given, family = (
        ["Jasmine", "Rowan", "Maya", "Amir", "Robert", "Aisha", "Leon", "Ivy"],
        ["Holloway", "Patel", "Osei", "Smith", "Khan", "Byrne"],
    )
    rows = []
    for number in range(count):
        name, surname = draw.choice(given), draw.choice(family)
        born, house = (
            f"{draw.randint(1950, 2015)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            draw.randint(1, 60),
        )
        for source in "abc"[: draw.randint(1, 3)]:
            typed = name[:-1] if draw.random() < 0.2 else name
            dated = born if draw.random() < 0.8 else ""
            rows.append(
                f"{source}{number},{source},p{number},{typed},,{surname},{dated},F,{house} Quay Road,Seaton,ZZ2 4XY,{surname}"
            )
    draw.shuffle(rows)
    return rows


def _in_memory(records: list[LabelledRecord], one_to_one: bool) -> list[Placing]:
    index, placings = MemoryIndex(), list[Placing]()
    twice = not one_to_one and len({record.source for record in records}) == 1
    evidence = KeyedTokeniser(EPOCH).evidence([record.person for record in records])

    def decided(number: int, exclude: int | None = None) -> Decision:
        agency = AgencyId(f"urn:evaluation:{records[number].source}")
        context = LinkContext(agency, index.population(), declares_duplicates=twice)
        return resolve(evidence[number], PEPPER.index_keys(evidence[number]), index, context, exclude)

    for number, (record, each) in enumerate(zip(records, evidence, strict=True)):
        decision = decided(number)
        person = decision.person_id if decision.outcome is Outcome.MATCH else None
        placings.append(
            Placing(
                number if person is None else person,
                decision.compared,
                tuple(other for other, _ in decision.possibles),
            )
        )
        agency = AgencyId(f"urn:evaluation:{record.source}")
        index.add(Candidate(number, placings[-1].person, agency, each), PEPPER.index_keys(each))
        for other in decision.also:
            again = decided(other, exclude=other)
            if again.outcome is Outcome.MATCH and again.person_id not in {None, placings[other].person}:
                index.relink(other, again.person_id)
                placings[other] = replace(placings[other], person=again.person_id)
    return placings


def _compared(found: Figures) -> tuple[int, int, int, int, int, float]:
    return found.true_links, found.false_links, found.missed_links, found.reviews, found.true_reviews, found.reach


@pytest.mark.parametrize("sources", ["several, one to one", "several", "one"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_register_links_exactly_as_the_index_in_memory(
    tmp_path: Path, store: SqlStore, seed: int, sources: str
) -> None:
    one_to_one = sources == "several, one to one"
    records = read_labelled(_written(tmp_path, _invented(120, seed)))
    records = [replace(record, source="a") for record in records] if sources == "one" else records
    report = evaluate(store, SystemClock(), records, one_to_one=one_to_one)
    plain = figures(records, _in_memory(records, one_to_one), one_to_one=one_to_one)
    assert _compared(report.figures) == _compared(plain)
    assert plain.true_links > 50
    assert max(report.candidates) <= BUDGET
    assert len(report.milliseconds) == len(records)


def test_figures_are_counted_as_said(tmp_path: Path, store: SqlStore) -> None:
    rows = [
        "1,a,p1,Jasmine,,Holloway,2012-04-07,F,12 Quayside Road,Seaton,ZZ2 4XY,x",
        "2,b,p1,Jasmine,,Holloway,2012-04-07,F,12 Quayside Road,Seaton,ZZ2 4XY,x",
        "3,a,p2,Robert,,Patel,1971-12-30,M,7 Mill Lane,Easton,ZZ8 1AB,y",
        "4,b,p2,Kaya,,Osei,1990-02-03,F,1 Hill Road,Weston,ZZ7 1AB,y",
        "5,b,p3,Robert,,Patel,1971-12-30,M,7 Mill Lane,Easton,ZZ8 1AB,y",
    ]
    records = read_labelled(_written(tmp_path, rows), by="culture")
    result = document(evaluate(store, SystemClock(), records, one_to_one=True))
    assert (result["precision"], result["recall"], result["f1"]) == (0.5, 0.5, 0.5)
    assert (result["false_links"], result["missed_links"], result["recall_by"]) == (1, 1, {"x": 1.0, "y": 0.0})
    keys = {"precision", "recall", "f1", "false_links", "missed_links", "reviews", "true_reviews", "reach"}
    assert set(result) == keys | {"candidates", "ms", "bytes_per_person", "parameters", "recall_by"}
    assert set(result["candidates"]) == {"mean", "p99", "max"}
    assert set(result["ms"]) == {"p50", "p99"}


def test_a_file_without_the_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("name,born\nJasmine,2012\n")
    with pytest.raises(NotLabelled, match="true_id"):
        read_labelled(path)
    with pytest.raises(NotLabelled, match="tribe"):
        read_labelled(_written(tmp_path, []), by="tribe")


@there
@pytest.mark.parametrize(
    ("name", "rows", "one_to_one", "precision", "f1"),
    [
        ("ons_dev", 2_500, True, 0.9995, 0.97),
        ("clkhash_dirty1000", 2_000, True, 1.0, 0.99),
        ("febrl1", 1_000, False, 1.0, 0.90),
        ("splink_fake_1000", 1_000, False, 0.999, 0.55),
    ],
)
def test_the_smaller_files_are_linked_no_worse_than_known(
    store: SqlStore, name: str, rows: int, one_to_one: bool, precision: float, f1: float
) -> None:
    assert SHARED is not None
    report = evaluate(store, SystemClock(), read_labelled(SHARED / f"{name}.csv", rows), one_to_one=one_to_one)
    assert report.figures.precision >= precision
    assert report.figures.f1 >= f1
    assert max(report.candidates) <= BUDGET
