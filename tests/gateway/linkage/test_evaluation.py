"""Labelled, fictional people through the path a notice takes: the figures are counted as said."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.linkage.evaluation import evaluate
from gateway.linkage.evaluation_report import document
from gateway.store.sql_store import SqlStore, open_store
from identity.person.blocking import BUDGET
from identity.person.labelled import NotLabelled, read_labelled
from tests.empty_register import lay
from tests.labelled_people import written

SHARED = next(
    (up / "shared" / "data" for up in Path(__file__).resolve().parents if (up / "shared" / "data").is_dir()), None
)
there = pytest.mark.skipif(SHARED is None, reason="the labelled files are not kept with the project")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(lay(tmp_path / "register.db"), bytes(range(32)))
    yield opened
    opened.close()


def test_figures_are_counted_as_said(tmp_path: Path, store: SqlStore) -> None:
    rows = [
        "1,a,p1,Jasmine,,Holloway,2012-04-07,F,12 Quayside Road,Seaton,ZZ2 4XY,x",
        "2,b,p1,Jasmine,,Holloway,2012-04-07,F,12 Quayside Road,Seaton,ZZ2 4XY,x",
        "3,a,p2,Robert,,Patel,1971-12-30,M,7 Mill Lane,Easton,ZZ8 1AB,y",
        "4,b,p2,Kaya,,Osei,1990-02-03,F,1 Hill Road,Weston,ZZ7 1AB,y",
        "5,b,p3,Robert,,Patel,1971-12-30,M,7 Mill Lane,Easton,ZZ8 1AB,y",
    ]
    records = read_labelled(written(tmp_path, rows), by="culture")
    result = document(evaluate(store, SystemClock(), records, one_to_one=True))
    assert (result["precision"], result["recall"], result["f1"]) == (0.5, 0.5, 0.5)
    assert (result["false_links"], result["missed_links"], result["recall_by"]) == (1, 1, {"x": 1.0, "y": 0.0})
    keys = {"precision", "recall", "f1", "false_links", "missed_links", "reviews", "true_reviews", "reach"}
    assert set(result) == keys | {"candidates", "ms", "bytes_per_person", "parameters", "recall_by"}
    assert set(result["candidates"]) == {"mean", "p99", "max"}
    assert set(result["ms"]) == {"p50", "p99"}


def test_why_true_pairs_stay_apart_and_what_the_rules_leave_to_reach(tmp_path: Path, store: SqlStore) -> None:
    rows = [
        "1,a,p1,Jasmine,,Holloway,2012-04-07,F,12 Quayside Road,Seaton,ZZ2 4XY,x",
        "2,b,p1,Rowan,,Holloway,2012-04-07,F,12 Quayside Road,Seaton,ZZ2 4XY,x",
        "3,a,p2,Robert,,Patel,1971-12-30,M,7 Mill Lane,Easton,ZZ8 1AB,x",
        "4,b,p2,Robert,,Patel,2003-08-02,M,7 Mill Lane,Easton,ZZ8 1AB,x",
        "5,a,p3,Kaya,,Osei,1990-02-03,F,1 Hill Road,Weston,ZZ7 1AB,x",
        "6,b,p3,Kaya,,Osei,1990-02-03,F,1 Hill Road,Weston,ZZ7 1AB,x",
        "7,a,p4,Maya,,Byrne,2001-05-06,F,2 Hill Road,Weston,ZZ7 1AB,x",
        "8,b,p4,Amir,,Khan,1955-11-12,M,9 Sea Street,Norton,ZZ1 9ZZ,x",
    ]
    records = read_labelled(written(tmp_path, rows))
    result = document(evaluate(store, SystemClock(), records, one_to_one=True), why=True)
    # The last pair shares nothing and differs in the birth date too.
    assert result["apart"] == {"birth-dates": 2, "twins": 1}
    # One of four pairs may be linked: a precision of 1 at a recall of a quarter.
    assert result["ceiling"] == pytest.approx(0.4)


def test_a_file_without_the_columns_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("name,born\nJasmine,2012\n")
    with pytest.raises(NotLabelled, match="true_id"):
        read_labelled(path)
    with pytest.raises(NotLabelled, match="tribe"):
        read_labelled(written(tmp_path, []), by="tribe")


@there
@pytest.mark.parametrize(
    ("name", "rows", "one_to_one", "precision", "f1"),
    [
        ("ons_dev", 2_500, True, 0.9995, 0.97),
        ("clkhash_dirty1000", 2_000, True, 1.0, 0.998),
        ("febrl1", 1_000, False, 1.0, 0.915),
        ("splink_fake_1000", 1_000, False, 0.999, 0.6),
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
