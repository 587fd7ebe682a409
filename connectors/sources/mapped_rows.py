"""Rows of named columns that come from elsewhere than a file: a query, a message. Mapped by the same row maps as CSV exports."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from connectors.sources.port import Reading, Rejected, SourceUnreadable
from connectors.sources.row_readings import FoundRow, reading_of
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.column_binding import Binding, ColumnsRefused, bind
from mappings.preset import Kind, Preset
from mappings.row_map import RowMap
from mappings.source_map import Row, SourceMap

MAX_COLUMNS = 500
MAX_CELL = 64 * 1024


@dataclass(slots=True)
class MappedRows:
    """`columns` are bound to the first main file of the preset's map. `remarks` counts what was left out of rows that were otherwise used. `complete`
    adds to a row what other tables say of it.

    Raises `SourceUnreadable` for columns that are not those of the map.
    """

    preset: Preset
    columns: Sequence[str]
    agency: AgencyDefaults
    mode: Mode
    as_of: date
    remarks: Counter[str] = field(default_factory=Counter)
    complete: Callable[[Row], None] | None = None
    _binding: Binding = field(init=False)
    _rows: RowMap = field(init=False)

    def __post_init__(self) -> None:
        source_map = self._map()
        if len(self.columns) > MAX_COLUMNS:
            raise SourceUnreadable(f"there are more than {MAX_COLUMNS} columns; select those that the preset maps")
        try:
            self._binding = bind(source_map.mains[0], self.columns)
        except ColumnsRefused as problem:
            raise SourceUnreadable(str(problem)) from None
        preset = self.preset
        self._rows = RowMap(
            source_map, self.agency, self.mode, self.as_of, preset.sensitivity, preset.team, self.remarks
        )

    def row(self, where: str, cells: Sequence[str]) -> FoundRow:
        """One row, of one cell a column."""
        said = self._binding.row(cells, self._map().null_tokens)
        if any(len(cell) > MAX_CELL for cell in cells):
            refused = Rejected(where, f"has a cell longer than {MAX_CELL} characters", self._rows.local_id(said))
            return FoundRow(where, refused, self._rows, self._binding.headings)
        if self.complete is not None:
            self.complete(said)
        return FoundRow(where, said, self._rows, self._binding.headings)

    def reading(self, where: str, cells: Sequence[str]) -> Reading:
        """What one row states."""
        return reading_of(self.row(where, cells))

    def local_id(self, cells: Sequence[str]) -> str:
        """The involvement's id, without looking at the rest of the row; empty where it has none."""
        return self._rows.local_id(self._binding.row(cells, self._map().null_tokens))

    def _map(self) -> SourceMap:
        if self.preset.kind is not Kind.TABLE or self.preset.rows is None:
            raise SourceUnreadable(
                f"the preset {self.preset.name} does not map rows; name one that reads tables, or write one"
            )
        return self.preset.rows
