"""What a table is, whether it stands in a CSV file or on a sheet of a workbook."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

Wanted = Callable[[Sequence[str]], int]
"""How well the cells of a row do for headings: 0 not at all."""
HEADING_ROWS = 10
MAX_COLUMNS = 500
MAX_FIELD = 64 * 1024


class Table(Protocol):
    """A table whose heading row was found."""

    @property
    def name(self) -> str:
        """The file's own name without its folder, and the sheet where it has several."""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings as they are written."""

    def records(self) -> Iterator[tuple[int, list[str] | str]]:
        """Each record behind the headings with its number, counted from 1 in the file or on the sheet: its cells, or
        what is wrong with it. Blank ones are passed over."""


class Sheet(Protocol):
    """A place that may hold a table."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def name(self) -> str:
        """As of a table."""

    def table(self, wanted: Wanted) -> Table | None:
        """The table below that of the first ten records which is most `wanted` as its heading row, the first of equals; None where none is at
        all. Raises `SourceUnreadable`."""
