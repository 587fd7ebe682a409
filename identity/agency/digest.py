"""The digest of what a notice says, by which ledger and gateway find out cheaply whether they agree about an
involvement.

Everything that is state counts; what only tells one sending from another (id, event, sequence) or when the source last
vouched for it
(confirmed) does not. Neither do the details sealed to the stewards, which are other bytes at each sealing. The order of
lists does not count either: no list in a notice has a meaning that depends on its order.
"""

import hashlib
import json
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum

from mappings.canonical.notice import Notice

_NOT_STATE = frozenset({"id", "event", "sequence", "confirmed"})
_LATER_MEMBERS = frozenset({"superseded"})
"""They count only where they say something, so that the digest of what was said before they existed stays the same."""
_LATER_FIELDS = frozenset({"worker_tokens"})
_OTHER_BYTES_EACH_TIME = {"sealed_details": ""}


def state_digest(notice: Notice) -> str:
    """64 lower-case hexadecimal digits: SHA-256 of the notice's state as JSON with sorted members and sorted lists."""
    state = {
        field.name: _plain(getattr(notice, field.name))
        for field in fields(notice)
        if field.name not in _NOT_STATE and (field.name not in _LATER_FIELDS or getattr(notice, field.name))
    } | _OTHER_BYTES_EACH_TIME
    return hashlib.sha256(_text(state).encode("utf-8")).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return sorted((_plain(item) for item in value), key=_text)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        members = {field.name: getattr(value, field.name) for field in fields(value)}
        return {name: _plain(item) for name, item in members.items() if item or name not in _LATER_MEMBERS}
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a notice cannot hold a {type(value).__name__}")


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
