"""A source: one SELECT over the agency's own database, whose columns are mapped as those of a CSV export are.

The query is read from a file and runs in a read-only transaction, with a bound on its time, its rows and its bytes. What it gives is fetched
whole before the first row is handed on, so that a query that breaks off is no reading. SQLite comes with Python; PostgreSQL needs the extra
`sql` (psycopg). Whoever can say what changed writes `:since` into the query and names the column that says when (`since_column`).
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.sources.mapped_rows import MappedRows
from connectors.sources.port import Coverage, Reading, Snapshot, SourceUnreadable
from connectors.sources.row_readings import FoundRow, readings_of
from connectors.sources.sql_query_database import Database, Fetched
from connectors.sources.sql_query_text import read_query
from connectors.sources.watermark import Watermark, full_is_due
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Preset
from mappings.source_map import SameKey

BEGINNING = "0001-01-01T00:00:00"
"""What `:since` is where everything is read."""


@dataclass(slots=True)
class SqlQuerySource:
    """`since` is where the last reading got to; without one, where that of everything is `full_every` ago, or where the query has no
    `:since`, everything is read."""

    name: str
    database: Database
    query_file: Path
    preset: Preset
    agency: AgencyDefaults
    mode: Mode
    now: Callable[[], datetime]
    since: Watermark | None = None
    since_column: str = ""
    full_every: timedelta = timedelta(hours=24)
    remarks: Counter[str] = field(default_factory=Counter)
    unknown: tuple[str, ...] = ()
    refused: bool = False
    unread: tuple[str, ...] = ()
    _read: "tuple[Fetched, Snapshot, Watermark] | None" = None

    def snapshot(self) -> Snapshot:
        """Runs the query, and says what it covers. Raises `SourceUnreadable`."""
        self._read = self._fetch()
        return self._read[1]

    def readings(self) -> Iterator[Reading]:
        """Every row, in the order of the query. Raises `SourceUnreadable` before the first."""
        fetched, snapshot, _ = self._read or self._fetch()
        self.remarks.clear()
        rows = self._mapped(fetched, snapshot.as_of)
        kept = self._kept(fetched.columns)

        def found(_whole: bool) -> Iterator[FoundRow]:
            for number, cells in enumerate(fetched.rows, 1):
                yield rows.row(f"{self.name} row {number}", [cells[place] for place in kept])

        same_key = self.preset.rows.same_key if self.preset.rows else SameKey.REJECT
        yield from readings_of(found, same_key)

    def reached(self) -> Watermark:
        """Where the next reading begins, once this one is published."""
        if self._read is None:
            raise ValueError("nothing has been read yet")
        return self._read[2]

    def tried(self) -> str:
        """Run the query for its first row. Raises `SourceUnreadable`."""
        with _naming(self.name):
            query = read_query(self.query_file)
            fetched = self.database.fetch(query, BEGINNING, most=1)
            if query.since:
                self._latest(fetched, BEGINNING)
            self._mapped(fetched, self._today())
        return f"{self.name}: {self.database.version()}, as of {self._today()}"

    def _fetch(self) -> "tuple[Fetched, Snapshot, Watermark]":
        with _naming(self.name):
            query = read_query(self.query_file)
        of = self._of(query.text)
        full = not query.since or full_is_due(self.since, of, self.now(), self.full_every)
        before = BEGINNING if full or self.since is None else self.since.reached
        with _naming(self.name):
            fetched = self.database.fetch(query, before)
            reached = self._latest(fetched, before) if query.since else BEGINNING
            self._mapped(fetched, self._today())
        full_at = self.now() if full or self.since is None else self.since.full_at
        coverage = Coverage.FULL if full else Coverage.PARTIAL
        return fetched, Snapshot(coverage, self._today()), Watermark(of, reached, full_at)

    def _latest(self, fetched: Fetched, before: str) -> str:
        if self.since_column not in fetched.columns:
            raise SourceUnreadable(
                "the query asks for :since, so since_column must name the column of it that says when a row changed"
            )
        place = fetched.columns.index(self.since_column)
        return max([before, *(row[place] for row in fetched.rows)])

    def _mapped(self, fetched: Fetched, day: date) -> MappedRows:
        columns = [fetched.columns[place] for place in self._kept(fetched.columns)]
        return MappedRows(self.preset, columns, self.agency, self.mode, day, self.remarks)

    def _kept(self, columns: Sequence[str]) -> list[int]:
        """Where the columns stand that the map reads: all but the one that says when a row changed."""
        return [place for place, name in enumerate(columns) if name != self.since_column]

    def _of(self, query: str) -> str:
        digest = hashlib.sha256(f"{self.database.place}\n{query}\n{self.since_column}".encode()).hexdigest()[:16]
        return f"{digest} {self.preset.name} {self.preset.version}"

    def _today(self) -> date:
        return self.now().astimezone(UTC).date()


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Says which source it was."""
    try:
        yield
    except SourceUnreadable as problem:
        raise SourceUnreadable(f"{name}: {problem}") from None
