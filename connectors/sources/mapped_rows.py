"""Rows of named columns that come from elsewhere than a file: a query, a message. Mapped by the same row maps as CSV exports."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from connectors.sources.port import Read, Reading, Rejected, Skipped, SkipReason, SourceUnreadable, Withdrawn
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.column_binding import Binding, ColumnsRefused, bind
from mappings.preset import Preset
from mappings.row_cells import RowRefused, RowSetAside
from mappings.row_map import RowMap
from mappings.source_map import RowAction, SourceMap

MAX_COLUMNS = 500
MAX_CELL = 64 * 1024


@dataclass(slots=True)
class MappedRows:
    """`columns` are bound to the main file of the preset's map. `remarks` counts what was left out of rows that were otherwise used.

    Raises `SourceUnreadable` for columns that are not those of the map.
    """

    preset: Preset
    columns: Sequence[str]
    agency: AgencyDefaults
    mode: Mode
    as_of: date
    remarks: Counter[str] = field(default_factory=Counter)
    _binding: Binding = field(init=False)
    _rows: RowMap = field(init=False)

    def __post_init__(self) -> None:
        source_map = self._map()
        if len(self.columns) > MAX_COLUMNS:
            raise SourceUnreadable(f"there are more than {MAX_COLUMNS} columns; select those that the preset maps")
        try:
            self._binding = bind(source_map.main, self.columns)
        except ColumnsRefused as problem:
            raise SourceUnreadable(str(problem)) from None
        self._rows = RowMap(source_map, self.agency, self.mode, self.as_of, self.preset.sensitivity, self.remarks)

    def reading(self, where: str, cells: Sequence[str]) -> Reading:
        """One row, of one cell a column."""
        if any(len(cell) > MAX_CELL for cell in cells):
            return Rejected(where, f"has a cell longer than {MAX_CELL} characters")
        row = self._binding.row(cells, self._map().null_tokens)
        try:
            return Read(where, self._rows.involvement(row, self._binding.headings))
        except RowRefused as problem:
            return Rejected(where, str(problem), problem.local_id)
        except RowSetAside as aside:
            return self._aside(where, aside)

    def local_id(self, cells: Sequence[str]) -> str:
        """The involvement's id, without looking at the rest of the row; empty where it has none."""
        return self._rows.local_id(self._binding.row(cells, self._map().null_tokens))

    def _aside(self, where: str, aside: RowSetAside) -> Reading:
        if aside.action is not RowAction.WITHDRAW:
            return Skipped(where, SkipReason(aside.action.value), aside.local_id)
        if aside.local_id:
            return Withdrawn(where, aside.local_id)
        return Rejected(where, "is to be withdrawn but has no reference")

    def _map(self) -> SourceMap:
        if self.preset.csv is None:
            raise SourceUnreadable(
                f"the preset {self.preset.name} does not map rows; name one that reads CSV, or write one"
            )
        return self.preset.csv
