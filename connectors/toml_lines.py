"""Changing single values in a settings file that people write too: everything else in it, comments included, stays as it is.

What comes out is read again and compared with what was meant, so that a file of an unexpected shape is never half changed.
"""

import copy
import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

Place = tuple[str, str]
"""Table and name; the table is empty for what stands before the first one."""

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
    for (table, name), value in values.items():
        (meant.setdefault(table, {}) if table else meant)[name] = value
        changed = _set(changed, table, name, value)
    try:
        reached = tomllib.loads(changed) == meant
    except tomllib.TOMLDecodeError:
        reached = False
    if not reached:
        raise Unchangeable(tuple(_said(table, name, value) for (table, name), value in values.items()))
    return changed


def quoted(text: str) -> str:
    """JSON writes text the way TOML reads it, except for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _set(text: str, table: str, name: str, value: str) -> str:
    lines = text.splitlines(keepends=True)
    begin, end = _span(lines, table)
    line = f"{name} = {quoted(value)}\n"
    if begin is None:
        return f"{text.rstrip()}\n\n[{table}]\n{line}"
    there = re.compile(rf"^\s*{re.escape(name)}\s*=")
    for number in range(begin, end):
        if there.match(lines[number]):
            return "".join([*lines[:number], line, *lines[number + 1 :]])
    return "".join([*lines[:begin], line, *lines[begin:]])


def _span(lines: list[str], table: str) -> tuple[int | None, int]:
    """The lines of a table, without its header; the first is None where there is no such table."""
    header = re.compile(rf"^\s*\[\s*{re.escape(table)}\s*\]\s*(#.*)?$")
    begin = 0 if not table else next((n + 1 for n, line in enumerate(lines) if header.match(line)), None)
    if begin is None:
        return None, len(lines)
    return begin, next((n for n in range(begin, len(lines)) if _HEADER.match(lines[n])), len(lines))


def _said(table: str, name: str, value: str) -> str:
    return f"{name} = {quoted(value)}" + (f" in [{table}]" if table else " before the first table")
