"""Changing single values in a settings file that people write too: everything else in it, comments included, stays as it is.

What comes out is read again and compared with what was meant, so that a file of an unexpected shape is never half changed.
"""

import copy
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

Place = tuple[str, str, int]
"""Table, name, and which of several tables of that name it is, counted from 0; the table is empty for what stands before the first one."""

_HEADER = re.compile(r"^\s*\[")


class Unchangeable(Exception):
    """The text is not of a shape in which this can be changed safely. `lines` are what a person writes instead."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def with_values(text: str, values: Mapping[Place, str]) -> str:
    """The text with these values set. Raises `Unchangeable`."""
    meant: dict[str, Any] = copy.deepcopy(tomllib.loads(text))
    changed = text
    try:
        for (table, name, which), value in values.items():
            _table_of(meant, table, which)[name] = value
            changed = _set(changed, table, which, f"{name} = {quoted(value)}\n")
        reached = tomllib.loads(changed) == meant
    except (tomllib.TOMLDecodeError, IndexError, AttributeError):
        reached = False
    if not reached:
        raise Unchangeable(tuple(_said(table, name, value) for (table, name, _), value in values.items()))
    return changed


def _table_of(document: dict[str, Any], table: str, which: int) -> dict[str, Any]:
    """The table in what was parsed; of a list of tables, the one that is meant."""
    found = document
    for part in table.split(".") if table else ():
        inner = found.setdefault(part, {})
        found = inner[which] if isinstance(inner, list) else inner
    return found


def quoted(text: str) -> str:
    """JSON writes text the way TOML reads it, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _set(text: str, table: str, which: int, line: str) -> str:
    lines = text.splitlines(keepends=True)
    begin, end = _span(lines, table, which)
    if begin is None:
        return f"{text.rstrip()}\n\n[{table}]\n{line}"
    there = re.compile(rf"^\s*{re.escape(line.partition(' ')[0])}\s*=")
    for number in range(begin, end):
        if there.match(lines[number]):
            return "".join([*lines[:number], line, *lines[number + 1 :]])
    return "".join([*lines[:begin], line, *lines[begin:]])


def _span(lines: list[str], table: str, which: int) -> tuple[int | None, int]:
    """The lines of a table, without its header; the first is None where there is no such table."""
    header = re.compile(rf"^\s*\[\s*{re.escape(table)}\s*\]\s*(#.*)?$")
    begins = [0] if not table else [number + 1 for number, line in enumerate(lines) if header.match(line)]
    if which >= len(begins):
        return None, len(lines)
    begin = begins[which]
    return begin, next((n for n in range(begin, len(lines)) if _HEADER.match(lines[n])), len(lines))


def _said(table: str, name: str, value: str) -> str:
    return f"{name} = {quoted(value)}" + (f" in [{table}]" if table else " before the first table")
