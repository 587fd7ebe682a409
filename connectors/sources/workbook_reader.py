"""Reads one workbook and prints it as lines of JSON. A program of its own, run by `connectors.sources.spreadsheet`.

A few bytes of a workbook can ask for a table of billions of cells, and the library then ends the process it runs in. That is this one,
which may take only so much memory; it imports nothing of ours, and holds nothing but the workbook.
"""

import json
import sys
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY = 2 * 1024**3
TOO_MANY = {"sheets": 3, "cells": 4}
Ranges = list[tuple[tuple[int, int], tuple[int, int]]]


def main(path: str, most_sheets: int, most_cells: int) -> int:
    """For each sheet a line with its name, then a line for each row. Exit code 0, or a number of `TOO_MANY`."""
    _limit()
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(path)
    names, cells = book.sheet_names, 0
    if len(names) > most_sheets:
        return TOO_MANY["sheets"]
    for name in names:
        sheet = book.get_sheet_by_name(name)
        cells += sheet.total_height * sheet.total_width
        if cells > most_cells:
            return TOO_MANY["cells"]
        rows = [[_text(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
        _fill(rows, list(sheet.merged_cell_ranges or ()))
        print(json.dumps(name))
        for row in rows:
            print(json.dumps(row))
    return 0


def _limit() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, OSError, ValueError):
        # Not on every system; there the bounds on size and cells are what there is.
        pass


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
        case datetime():
            return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
    return "" if value is None else str(value)


def _fill(rows: list[list[str]], merged: Ranges) -> None:
    """The value of cells merged downwards, in every row they cover: a client written once beside several services."""
    for (top, left), (bottom, right) in merged:
        if left != right or top >= len(rows) or left >= len(rows[top]):
            continue
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row):
                row[left] = rows[top][left]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
