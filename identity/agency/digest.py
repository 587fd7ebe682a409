"""The digest of what a notice says, by which ledger and gateway find out cheaply whether they agree about an
involvement.

Everything that is state counts; what only tells one sending from another (id, event, sequence) or when the source last
vouched for it
(confirmed) does not. Neither do the details sealed to the stewards, which are other bytes at each sealing. The order of
lists does not count either: no list in a notice has a meaning that depends on its order.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum, StrEnum
from functools import cache, lru_cache
from operator import attrgetter
from types import NoneType
from typing import Any, NamedTuple

from mappings import compact_json
from mappings.canonical.codes import ServiceLine
from mappings.canonical.evidence import BirthDateTokens, LocationTokens, NameTokens
from mappings.canonical.notice import Notice, Worker
from mappings.canonical.statement import LineTotal, StatementEntry

_NOT_STATE = frozenset({"id", "event", "sequence", "confirmed"})
_LATER_MEMBERS = frozenset({"superseded"})
"""They count only where they say something, so that the digest of what was said before they existed stays the same."""
_LATER_FIELDS = frozenset({"worker_tokens", "status_asserted"})
_OTHER_BYTES_EACH_TIME = {"sealed_details": ""}
_CACHED = 5_000
"""Tokens of names, dates and places that many people share come again and again, and so do workers."""
_BYTES = {bytes}
_VALUE_ALONE = ("value",)
"""Of such are the identifiers."""


def state_digest(notice: Notice) -> str:
    """64 lower-case hexadecimal digits: SHA-256 of the notice's state as JSON with sorted members and sorted lists."""
    values = _STATE.values(notice)
    state = {
        name: value if (plain := _PLAIN[type(value)]) is None else plain(value)
        for name, value in zip(_STATE.names, values, strict=True)
        if value or name not in _LATER_FIELDS
    } | _OTHER_BYTES_EACH_TIME
    return hashlib.sha256(compact_json.write(state)).hexdigest()


def line_totals(stated: Iterable[tuple[ServiceLine, StatementEntry]]) -> tuple[LineTotal, ...]:
    """What ledger and gateway compare every day: for each service line that has any, how many involvements, and one digest over the reference and
    the state of each, whatever their order."""
    lines: defaultdict[ServiceLine, list[str]] = defaultdict(list)
    for line, entry in stated:
        lines[line].append(f"{entry.involvement_ref} {entry.digest}\n")
    return tuple(
        LineTotal(line, len(lines[line]), hashlib.sha256("".join(sorted(lines[line])).encode("ascii")).hexdigest())
        for line in sorted(lines)
    )


class _Makers(dict[type, Callable[[Any], object] | None]):
    """What makes JSON of a value of a type, found once a type: a notice holds some hundred values. None: it is written as it is."""

    def __missing__(self, kind: type) -> Callable[[Any], object] | None:
        self[kind] = _maker(kind)
        return self[kind]


_PLAIN = _Makers()


def _maker(kind: type) -> Callable[[Any], object] | None:
    if kind in (str, int, bool, NoneType, date) or issubclass(kind, StrEnum):
        return None
    if issubclass(kind, tuple):
        return _in_order
    if issubclass(kind, bytes):
        return bytes.hex
    if issubclass(kind, date):
        return date.isoformat
    if kind in (NameTokens, BirthDateTokens, LocationTokens, Worker):
        return lru_cache(_CACHED)(_written)
    if is_dataclass(kind):
        return _value_alone if _members(kind).names == _VALUE_ALONE else _object
    if issubclass(kind, str | int) and not issubclass(kind, Enum):
        return None
    raise TypeError(f"a notice cannot hold a {kind.__name__}")


def _written(value: Any) -> object:
    return compact_json.part(_object(value))


def _value_alone(value: Any) -> object:
    return {"value": value.value}


def _object(value: Any) -> object:
    kind: type = type(value)
    members = _members(kind)
    return {
        name: item if (plain := _PLAIN[type(item)]) is None else plain(item)
        for name, item in zip(members.names, members.values(value), strict=True)
        if item or name not in _LATER_MEMBERS
    }


def _in_order(items: tuple[Any, ...]) -> object:
    """By their text. Hexadecimal digits sort as their text does, and are most of what a notice holds."""
    if set(map(type, items)) == _BYTES:
        return sorted(map(bytes.hex, items))
    plain = [item if (make := _PLAIN[type(item)]) is None else make(item) for item in items]
    if len(plain) < 2:
        return plain
    if all(isinstance(item, str) and item.isalnum() for item in plain):
        return sorted(plain, key=str)
    return sorted(plain, key=compact_json.write)


class _Members(NamedTuple):
    """The names of a class's members, sorted, and what takes all of them out of an object of it in that order."""

    names: tuple[str, ...]
    values: Callable[[Any], tuple[Any, ...]]


@cache
def _members(kind: type, left_out: frozenset[str] = frozenset()) -> _Members:
    names = tuple(sorted({field.name for field in fields(kind)} - left_out))
    if len(names) == 1:
        only = attrgetter(names[0])
        return _Members(names, lambda value: (only(value),))
    return _Members(names, attrgetter(*names))


_STATE = _members(Notice, _NOT_STATE)
