"""One SELECT over an agency's own database: SQLite, and a real PostgreSQL; read-only, bounded, whole or not at all."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from connectors.sources.port import Coverage, Reading, SourceUnreadable
from connectors.sources.sql_query import SqlQuerySource
from connectors.sources.sql_query_database import Database, PostgresqlDatabase, SqliteDatabase
from connectors.sources.sql_query_text import read_query
from connectors.sources.watermark import Watermark
from mappings.canonical.codes import Mode
from mappings.preset import load_preset
from tests.connectors.sources.agencies import DEFAULTS, involvements

NOW = datetime(2025, 11, 1, 9, 0, tzinfo=UTC)
TABLE = (
    "CREATE TABLE cases (client TEXT, involvement TEXT, surname TEXT, forename TEXT, born DATE, worker TEXT, began DATE, ended DATE,"
    " changed TIMESTAMP)"
)
SELECT = (
    'SELECT client AS "Client ref", involvement AS "Involvement id", surname AS "Surname", forename AS "Forename", born AS "DoB",'
    ' worker AS "Worker", began AS "Start date", ended AS "End date" FROM cases'
)
CHANGED = SELECT.replace(" FROM", ", changed FROM") + " WHERE changed > {} -- :since, 100%"
ROWS = [
    ("C-1", "I-1", "Okafor", "Maya", "2014-03-09", "Carys Lund", "2025-01-01", None, "2025-10-01 10:00:00"),
    ("C-2", "I-2", "Marsh", "Tyler", "2012-05-01", "Dan Rowe", "2025-02-01", None, "2025-10-02 10:00:00"),
]
Place = tuple[Database, Callable[[str], None]]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A database with two cases, and what changes it."""
    if request.param == "sqlite":
        path = tmp_path / "cases.sqlite"

        def change(statement: str) -> None:
            with sqlite3.connect(path) as db:
                db.execute(statement)

        database: Database = SqliteDatabase(path)
    else:
        url = make_url(request.getfixturevalue("postgresql_url"))
        said: dict[str, Any] = {"host": url.query.get("host") or url.host, "port": url.port or 5432}
        password = tmp_path / "password"
        password.write_text((url.password or "none") + "\n")
        password.chmod(0o600)

        def change(statement: str) -> None:
            with psycopg.connect(
                **said, dbname=url.database, user=url.username, password=url.password, autocommit=True
            ) as db:
                db.execute(statement)  # type: ignore[call-overload]

        database = PostgresqlDatabase(
            str(said["host"]), int(said["port"]), str(url.database), str(url.username), password, local=True
        )
    change(TABLE)
    for row in ROWS:
        change(f"INSERT INTO cases VALUES ({', '.join('NULL' if one is None else repr(one) for one in row)})")
    return database, change


def source(
    place: Place, tmp_path: Path, query: str = SELECT, since: Watermark | None = None, **said: Any
) -> SqlQuerySource:
    (tmp_path / "cases.sql").write_text(query)
    preset = load_preset("generic_agency_csv")
    return SqlQuerySource(
        "cases", place[0], tmp_path / "cases.sql", preset, DEFAULTS, Mode.TRIAL, lambda: NOW, since, **said
    )


def changed(place: Place) -> str:
    """The query that asks for what changed, as each database compares times."""
    return CHANGED.format(":since" if isinstance(place[0], SqliteDatabase) else "CAST(:since AS TIMESTAMP)")


def read(opened: SqlQuerySource) -> tuple[Coverage, list[Reading]]:
    return opened.snapshot().coverage, list(opened.readings())


def test_what_the_query_gives_is_read_as_an_export_is(place: Place, tmp_path: Path) -> None:
    coverage, found = read(source(place, tmp_path))
    assert coverage is Coverage.FULL
    assert [(one.local_id, one.person.family, one.worker, str(one.start)) for one in involvements(found)] == [
        ("I-1", "Okafor", "Carys Lund", "2025-01-01"),
        ("I-2", "Marsh", "Dan Rowe", "2025-02-01"),
    ]


def test_with_a_since_only_what_changed_is_asked_for(place: Place, tmp_path: Path) -> None:
    first = source(place, tmp_path, changed(place), since_column="changed")
    coverage, found = read(first)
    assert (coverage, len(involvements(found))) == (Coverage.FULL, 2)
    again = source(place, tmp_path, changed(place), first.reached(), since_column="changed")
    assert read(again) == (Coverage.PARTIAL, [])
    place[1]("UPDATE cases SET worker = 'Sam New', changed = '2025-10-31 08:00:00' WHERE client = 'C-2'")
    coverage, found = read(again)
    assert [one.worker for one in involvements(found)] == ["Sam New"]
    assert again.reached().reached > first.reached().reached
    late = Watermark(first.reached().of, first.reached().reached, NOW - timedelta(hours=24))
    assert read(source(place, tmp_path, changed(place), late, since_column="changed"))[0] is Coverage.FULL
    other = source(place, tmp_path, changed(place) + " ", first.reached(), since_column="changed")
    assert read(other)[0] is Coverage.PARTIAL, "white space at its end makes no other query"


def test_a_since_without_its_column_is_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="since_column must name"):
        source(place, tmp_path, changed(place)).snapshot()


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM cases RETURNING *) SELECT * FROM gone",
        "SELECT * FROM nothing_there",
        "SELECT 'Okafor' + 1/0 FROM cases WHERE",
    ],
)
def test_nothing_but_reading(place: Place, tmp_path: Path, query: str) -> None:
    with pytest.raises(SourceUnreadable, match="the database does not give it") as caught:
        source(place, tmp_path, query).snapshot()
    assert "Okafor" not in str(caught.value)
    assert len(read(source(place, tmp_path))[1]) == 2


def test_a_query_that_does_not_end(place: Place, tmp_path: Path) -> None:
    endless = 'WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) AS "Client ref" FROM n'
    database = place[0]
    bounded = (
        SqliteDatabase(database.path, 0.3)
        if isinstance(database, SqliteDatabase)
        else PostgresqlDatabase(
            database.host, database.port, database.name, database.user, database.password_file, local=True, seconds=0.3
        )  # type: ignore[attr-defined]
    )
    with pytest.raises(SourceUnreadable, match="longer than query_seconds"):
        source((bounded, place[1]), tmp_path, endless).snapshot()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("DELETE FROM cases", "must hold one SELECT"),
        ("", "must hold one SELECT"),
        ("/* SELECT */ DROP TABLE cases", "must hold one SELECT"),
        ("SELECT 1; SELECT 2", "several statements"),
        ("SELECT ';' AS a; DROP TABLE cases", "several statements"),
    ],
)
def test_a_file_that_holds_something_else(tmp_path: Path, query: str, words: str) -> None:
    (tmp_path / "q.sql").write_text(query)
    with pytest.raises(SourceUnreadable, match=words):
        read_query(tmp_path / "q.sql")


def test_what_is_a_text_or_a_comment_asks_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("SELECT ':since; ' || now()::text AS a -- :since;\n;")
    query = read_query(tmp_path / "q.sql")
    assert not query.since
    (tmp_path / "q.sql").write_text("SELECT ':since%' WHERE a > :since")
    assert read_query(tmp_path / "q.sql").written("%(since)s") == "SELECT ':since%%' WHERE a > %(since)s"


def test_trying_it_reads_one_row(place: Place, tmp_path: Path) -> None:
    assert source(place, tmp_path).tried().startswith("cases: ")
    with pytest.raises(SourceUnreadable, match="cases: no column for"):
        source(place, tmp_path, 'SELECT client AS "Client ref" FROM cases').tried()


def test_a_column_of_bytes_is_named(place: Place, tmp_path: Path) -> None:
    cast = "CAST('x' AS BLOB)" if isinstance(place[0], SqliteDatabase) else "'x'::bytea"
    with pytest.raises(SourceUnreadable, match="the column Client ref is neither text"):
        source(place, tmp_path, f'SELECT {cast} AS "Client ref" FROM cases').snapshot()


def test_a_password_that_others_can_read(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret")
    database = PostgresqlDatabase("127.0.0.1", 9, "x", "x", tmp_path / "password", local=True)
    with pytest.raises(SourceUnreadable, match=r"password_file: .*other users") as caught:
        source((database, print), tmp_path).snapshot()  # type: ignore[arg-type]
    assert "s3cret" not in str(caught.value)
    (tmp_path / "password").chmod(0o600)
    with pytest.raises(SourceUnreadable, match="the database does not give it"):
        source((database, print), tmp_path).snapshot()  # type: ignore[arg-type]


def test_a_server_elsewhere_must_show_who_it_is(tmp_path: Path) -> None:
    far = PostgresqlDatabase("db.example", 5432, "x", "x", ca_file=tmp_path / "ca.pem")
    assert far._reached()["sslmode"] == "verify-full"
