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
from enum import Enum
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from mappings import compact_json
from mappings.canonical.codes import ServiceLine
from mappings.canonical.evidence import BirthDateTokens, LocationTokens, NameTokens
from mappings.canonical.notice import Notice
from mappings.canonical.statement import LineTotal, StatementEntry

_NOT_STATE = frozenset({"id", "event", "sequence", "confirmed"})
_LATER_MEMBERS = frozenset({"superseded"})
"""They count only where they say something, so that the digest of what was said before they existed stays the same."""
_LATER_FIELDS = frozenset({"worker_tokens", "status_asserted"})
_OTHER_BYTES_EACH_TIME = {"sealed_details": ""}
_CACHED = 5_000
"""Tokens of names, dates and places that many people share come again and again."""
_BYTES = {bytes}


def state_digest(notice: Notice) -> str:
    """64 lower-case hexadecimal digits: SHA-256 of the notice's state as JSON with sorted members and sorted lists."""
    state = {
        name: value if value is None else _PLAIN[type(value)](value)
        for name, value in zip(*_members_of(notice), strict=True)
        if name not in _NOT_STATE and (value or name not in _LATER_FIELDS)
    } | _OTHER_BYTES_EACH_TIME
    return hashlib.sha256(compact_json.write_sorted(state)).hexdigest()


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


class _Makers(dict[type, Callable[[Any], object]]):
    """What makes JSON of a value of a type, found once a type: a notice holds some hundred values."""

    def __missing__(self, kind: type) -> Callable[[Any], object]:
        self[kind] = _maker(kind)
        return self[kind]


_PLAIN = _Makers()


def _maker(kind: type) -> Callable[[Any], object]:
    if kind in (str, int, bool):
        return _as_it_is
    if issubclass(kind, tuple):
        return _in_order
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, bytes):
        return bytes.hex
    if issubclass(kind, date):
        return date.isoformat
    if kind in (NameTokens, BirthDateTokens, LocationTokens):
        return lru_cache(_CACHED)(_object)
    if is_dataclass(kind):
        return _object
    if issubclass(kind, str | int):
        return _as_it_is
    raise TypeError(f"a notice cannot hold a {kind.__name__}")


def _as_it_is(value: Any) -> object:
    return value


def _object(value: Any) -> object:
    return {
        name: item if item is None else _PLAIN[type(item)](item)
        for name, item in zip(*_members_of(value), strict=True)
        if item or name not in _LATER_MEMBERS
    }


def _in_order(items: tuple[Any, ...]) -> object:
    """By their text. Hexadecimal digits sort as their text does, and are most of what a notice holds."""
    if set(map(type, items)) == _BYTES:
        return sorted(map(bytes.hex, items))
    plain = [_PLAIN[type(item)](item) for item in items]
    if len(plain) < 2:
        return plain
    if all(isinstance(item, str) and item.isalnum() for item in plain):
        return sorted(plain, key=str)
    return sorted(plain, key=compact_json.write_sorted)


def _members_of(value: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    kind: type = type(value)
    names, values = _members(kind)
    return names, values(value)


@cache
def _members(kind: type) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """The names of a class's members, and what takes all of them out of an object of it."""
    names = tuple(field.name for field in fields(kind))
    if len(names) == 1:
        only = attrgetter(names[0])
        return names, lambda value: (only(value),)
    return names, attrgetter(*names)
