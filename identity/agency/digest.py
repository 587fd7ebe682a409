"""The digest of what a notice says, by which ledger and gateway find out cheaply whether they agree about an
involvement.

Everything that is state counts; what only tells one sending from another (id, event, sequence) or when the source last
vouched for it
(confirmed) does not. Neither do the details sealed to the stewards, which are other bytes at each sealing. The order of
lists does not count either: no list in a notice has a meaning that depends on its order.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache

from mappings.canonical.codes import ServiceLine
from mappings.canonical.notice import Notice
from mappings.canonical.statement import LineTotal, StatementEntry

_NOT_STATE = frozenset({"id", "event", "sequence", "confirmed"})
_LATER_MEMBERS = frozenset({"superseded"})
"""They count only where they say something, so that the digest of what was said before they existed stays the same."""
_LATER_FIELDS = frozenset({"worker_tokens", "status_asserted"})
_OTHER_BYTES_EACH_TIME = {"sealed_details": ""}


def state_digest(notice: Notice) -> str:
    """64 lower-case hexadecimal digits: SHA-256 of the notice's state as JSON with sorted members and sorted lists."""
    state = {
        field.name: _plain(getattr(notice, field.name))
        for field in fields(notice)
        if field.name not in _NOT_STATE and (field.name not in _LATER_FIELDS or getattr(notice, field.name))
    } | _OTHER_BYTES_EACH_TIME
    return hashlib.sha256(_text(state).encode("utf-8")).hexdigest()


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


def _plain(value: object) -> object:
    # By far the most of what there is; a code is a text too, and has a type of its own.
    if type(value) is bytes:
        return value.hex()
    if value is None or type(value) in (str, int, bool):
        return value
    if isinstance(value, tuple):
        return _in_order([_plain(item) for item in value])
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        kind: type = type(value)
        members = {name: getattr(value, name) for name in _members(kind)}
        return {name: _plain(item) for name, item in members.items() if item or name not in _LATER_MEMBERS}
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a notice cannot hold a {type(value).__name__}")


def _in_order(items: list[object]) -> list[object]:
    """By their text. Hexadecimal digits sort as their text does, and are most of what a notice holds."""
    if len(items) < 2:
        return items
    if all(isinstance(item, str) and item.isalnum() for item in items):
        return sorted(items, key=str)
    return sorted(items, key=_text)


@cache
def _members(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _text(value: object) -> str:
    return _ENCODER.encode(value)
