"""How results are printed: one JSON document, or text for people."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer


def print_result(as_json: bool, document: Mapping[str, Any], text: str) -> None:
    """`document` where JSON was asked for, else `text`."""
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else text)


def print_rows(as_json: bool, noun: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """All of `rows` as JSON under `noun`, or their `columns` as a table."""
    print_result(as_json, {noun: list(rows)}, table(noun, rows, columns))


def table(noun: str, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """The rows in columns as wide as they need, under a heading; a plain sentence where there are none."""
    if not rows:
        return f"No {noun.replace('_', ' ')}."
    cells = [[column.replace("_", " ") for column in columns]]
    cells += [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max(len(line[position]) for line in cells) for position in range(len(columns))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def _cell(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
