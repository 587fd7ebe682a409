"""A table with its columns bound to the map: its rows, or what is wrong with one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.sources.table import Table
from mappings.column_binding import Binding
from mappings.source_map import Field, FileMap, Row


@dataclass(frozen=True, slots=True)
class BoundTable:
    """One file or sheet, as the part of the set that `file_map` describes."""

    path: Path
    table: Table
    file_map: FileMap
    binding: Binding

    @property
    def name(self) -> str:
        """The file's own name, without its folder, and the sheet where it has several."""
        return self.table.name

    def rows(
        self, null_tokens: frozenset[str], only: frozenset[Field] | None = None
    ) -> Iterator[tuple[int, Row | str]]:
        """Each row that is not blank: its mapped cells, or of these `only` some fields, or what is wrong with it."""
        width, unnamed = self.binding.width, self.binding.unnamed
        binding = self.binding if only is None else self.binding.only(only)
        for number, record in self.table.records():
            if isinstance(record, str):
                yield number, record
                continue
            problem = self._misfit(record) if len(record) != width or unnamed else ""
            if problem:
                yield number, problem
                continue
            short = width - len(record)
            if short <= 0:
                yield number, binding.row(record, null_tokens)
                continue
            filled = self.binding.row(record + [""] * short, null_tokens)
            yield number, filled if self._usable(filled) else self._too_short(record)

    def _misfit(self, cells: list[str]) -> str:
        width, headings = self.binding.width, self.table.headings
        if any(cell.strip() for cell in cells[width:]):
            last = headings[-1].strip()
            return f"has {len(cells)} cells where the headings name {width}: something stands behind '{last[:60]}'"
        filled = next((at for at in self.binding.unnamed if at < len(cells) and not _is_nothing(cells[at], at)), None)
        return "" if filled is None else f"has something in column {filled + 1}, which has no heading"

    def _usable(self, row: Row) -> bool:
        """Whether a row that ends early is one whose last cells were empty (spreadsheets leave those out), and not one that was cut."""
        return self.file_map.required <= set(row) and all(group & set(row) for group in self.file_map.one_of)

    def _too_short(self, cells: list[str]) -> str:
        last = self.table.headings[len(cells)].strip() or f"column {len(cells) + 1}"
        return f"has {len(cells)} of {self.binding.width} cells: '{last[:60]}' and what follows is missing"


def _is_nothing(cell: str, at: int) -> bool:
    """Whether a cell below no heading states nothing: it is empty, or the number of the row, which some programs write first."""
    text = cell.strip()
    return not text or (at == 0 and text.isdecimal())
