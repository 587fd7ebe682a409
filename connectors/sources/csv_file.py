"""A source: an agency's export as one CSV file or a set of them, read by a preset's map."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.sources.csv_set import CsvSet, open_set
from connectors.sources.port import (
    Coverage,
    Read,
    Reading,
    Rejected,
    Skipped,
    SkipReason,
    Snapshot,
    SourceUnreadable,
    Withdrawn,
)
from connectors.sources.same_key import SeenKeys, merged
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Preset
from mappings.row_cells import RowRefused, RowSetAside
from mappings.row_map import RowMap
from mappings.source_map import Row, RowAction, SameKey, SourceMap


@dataclass(slots=True)
class CsvSetSource:
    """`path` is the main file or the folder of the set. `as_of` is the day of the extract; without one, the day the
    main file was written.

    `remarks` counts, after a reading, what was left out of rows that were otherwise used.
    """

    path: Path
    preset: Preset
    agency: AgencyDefaults
    mode: Mode
    as_of: date | None = None
    coverage: Coverage = Coverage.FULL
    remarks: Counter[str] = field(default_factory=Counter)

    def snapshot(self) -> Snapshot:
        """What the next reading covers. Raises `SourceUnreadable`."""
        return Snapshot(self.coverage, self._day(open_set(self.path, self._map())))

    def readings(self) -> Iterator[Reading]:
        """Every row: rows of joined files that cannot be read first, then the main file's in its order."""
        source_map = self._map()
        csv_set = open_set(self.path, source_map)
        self.remarks.clear()
        row_map = RowMap(source_map, self.agency, self.mode, self._day(csv_set), self.preset.sensitivity, self.remarks)
        reader = _Reader(csv_set, row_map)
        for joined in csv_set.joined:
            yield from joined.rejected
        if source_map.same_key is SameKey.MERGE:
            yield from reader.merging()
        else:
            seen = SeenKeys()
            for reading in reader.readings():
                yield seen.admit(reading) if isinstance(reading, Read) else reading

    def _map(self) -> SourceMap:
        if self.preset.csv is None:
            raise SourceUnreadable(f"the preset {self.preset.name} does not read CSV files")
        return self.preset.csv

    def _day(self, csv_set: CsvSet) -> date:
        return self.as_of or datetime.fromtimestamp(csv_set.main.text.path.stat().st_mtime, UTC).date()


@dataclass(slots=True)
class _Reader:
    csv_set: CsvSet
    row_map: RowMap

    def rows(self) -> Iterator[tuple[str, Row | Rejected]]:
        """Each main row, joined."""
        main = self.csv_set.main
        for number, row in main.rows(self.row_map.map.null_tokens):
            where = f"{main.name} row {number}"
            if isinstance(row, str):
                yield where, Rejected(where, row)
                continue
            problem = next(filter(None, (one.join(row, self.csv_set.headings) for one in self.csv_set.joined)), "")
            yield where, Rejected(where, problem, self.row_map.local_id(row)) if problem else row

    def readings(self) -> Iterator[Reading]:
        """Each main row on its own."""
        for where, row in self.rows():
            yield row if isinstance(row, Rejected) else self._reading(where, row)

    def _reading(self, where: str, row: Row) -> Reading:
        try:
            return Read(where, self.row_map.involvement(row, self.csv_set.headings))
        except RowRefused as problem:
            return Rejected(where, str(problem), problem.local_id)
        except RowSetAside as aside:
            if aside.action is RowAction.WITHDRAW and aside.local_id:
                return Withdrawn(where, aside.local_id)
            if aside.action is RowAction.WITHDRAW:
                return Rejected(where, "is to be withdrawn but has no reference")
            return Skipped(where, SkipReason(aside.action.value), aside.local_id)

    def merging(self) -> Iterator[Reading]:
        """Each main row, those that share a key together at the end. The keys are counted in a pass of their own, so
        that only the rows of repeated keys are held."""
        repeated = self._repeated()
        held: dict[str, list[Read]] = {}
        seen = SeenKeys()
        for reading in self.readings():
            if not isinstance(reading, Read):
                yield reading
            elif (refused := seen.other_person(reading)) is not None:
                yield refused
            elif hash(reading.involvement.local_id) in repeated:
                held.setdefault(reading.involvement.local_id, []).append(reading)
            else:
                yield reading
        for spells in held.values():
            yield from merged(spells)

    def _repeated(self) -> set[int]:
        once: set[int] = set()
        repeated: set[int] = set()
        for _, row in self.rows():
            if not isinstance(row, Rejected):
                key = hash(self.row_map.local_id(row))
                (repeated if key in once else once).add(key)
        return repeated
