"""The first rows of a table whose columns nobody has described yet, within bounds. What is in them stays in memory and is never shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from connectors.sources.csv_text import CsvSheet
from connectors.sources.port import SourceUnreadable
from connectors.sources.spreadsheet import is_workbook, open_workbook
from connectors.sources.table import Sheet
from mappings.column_binding import VALUE_LIKE
from mappings.concept_map import fold

ROWS = 500
ENCODINGS = ("utf-8-sig", "cp1252")
DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Sample:
    """`columns` holds the filled cells of each heading's column, top to bottom; an empty cell is an empty text, so that rows stay together."""

    name: str
    headings: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...] = field(repr=False)


def sample(path: Path) -> Sample:
    """Of a CSV file or the first sheet with a heading row. Raises `SourceUnreadable`."""
    if path.is_dir():
        raise SourceUnreadable(
            f"{path.name} is a folder, and no preset fits it; name the one file with the list of clients"
        )
    sheets: Sequence[Sheet] = open_workbook(path) if is_workbook(path) else (CsvSheet(path, ENCODINGS, DELIMITERS),)
    for sheet in sheets:
        table = sheet.table(looks_like_headings)
        if table is None:
            continue
        width = len(table.headings)
        rows = [cells for _, cells in islice(table.records(), ROWS) if isinstance(cells, list) and len(cells) >= width]
        columns = tuple(tuple(cells[place].strip() for cells in rows) for place in range(width))
        return Sample(path.name, tuple(heading.strip() for heading in table.headings), columns)
    raise SourceUnreadable(f"{path.name} has no heading row: name every column in the first row of the list")


def looks_like_headings(cells: Sequence[str]) -> bool:
    """Whether a row names columns: several, no two alike, and none that is somebody's data."""
    named = [fold(cell) for cell in cells if cell.strip()]
    told_apart = len(named) > 1 and all(named) and len(set(named)) == len(named)
    return told_apart and not any(VALUE_LIKE.search(cell) or cell.strip().isdigit() for cell in cells)
