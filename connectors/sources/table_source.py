"""A source: an agency's export as tables (CSV files, a workbook), one or a set of them, read by a preset's map."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.sources.file_source import FileSource
from connectors.sources.port import Coverage, Reading, Rejected, Snapshot, SourceUnreadable
from connectors.sources.row_readings import FoundRow, readings_of
from connectors.sources.table_set import MainTable, TableSet, open_set
from mappings.preset import StatesMode
from mappings.row_map import RowMap
from mappings.source_map import Row, SourceMap


@dataclass(slots=True)
class TableSetSource(FileSource):
    """`path` is the main file, the workbook or the folder of the set."""

    def snapshot(self) -> Snapshot:
        """What the next reading covers. Raises `SourceUnreadable`."""
        whole = self.preset.mode is StatesMode.SNAPSHOT
        return Snapshot(self.coverage if whole else Coverage.PARTIAL, self._day(self._open()))

    def readings(self) -> Iterator[Reading]:
        """Every row: rows of joined tables that cannot be read first, then the main tables' in their order."""
        table_set = self._open()
        self.remarks.clear()
        self.unknown = table_set.unknown
        self.refused = table_set.refused
        self.unread = table_set.unread
        day = self._day(table_set)
        maps = [self.row_map(self._map().of(feed.main.file_map), day) for feed in table_set.feeds]
        for joined in table_set.joined:
            yield from joined.rejected
        yield from readings_of(
            lambda whole: (
                found
                for feed, row_map in zip(table_set.feeds, maps, strict=True)
                for found in _rows(feed, row_map, whole)
            ),
            self._map().same_key,
        )

    def _open(self) -> TableSet:
        return open_set(self.path, self._map(), strict=self.mode is not None)

    def _map(self) -> SourceMap:
        if self.preset.rows is None:
            raise SourceUnreadable(f"the preset {self.preset.name} does not read tables")
        return self.preset.rows

    def _day(self, table_set: TableSet) -> date:
        return self.as_of or datetime.fromtimestamp(table_set.path.stat().st_mtime, UTC).date()


def _rows(feed: MainTable, row_map: RowMap, whole: bool) -> Iterator[FoundRow]:
    main = feed.main
    # What is joined may hold a part of a key, or write one differently.
    only = None if whole or feed.joined else row_map.key_fields()
    for number, row in main.rows(row_map.map.null_tokens, only):
        where = f"{main.name} row {number}" if whole else ""
        if isinstance(row, str):
            yield FoundRow(where, Rejected(where, row), row_map, feed.headings)
            continue
        problem = next(filter(None, (one.join(row, feed.headings) for one in feed.joined)), "") if feed.joined else ""
        found: Row | Rejected = Rejected(where, problem, row_map.local_id(row)) if problem else row
        yield FoundRow(where, found, row_map, feed.headings)
