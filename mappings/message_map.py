"""What HL7 v2 messages state by their trigger event: data, never code."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Trigger(StrEnum):
    """What an event does to what is known of a visit: it is going on, it is over, it never was, its end was a mistake,
    only its details changed, one of two local records became the other, or nothing of the kind."""

    OPEN = "open"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    UPDATE = "update"
    MERGE = "merge"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class MessageMap:
    """`types` are the message types of MSH-9.1 that are read. `triggers` by the event of MSH-9.2; one it does not name
    is ignored. `superseded` is where a merge names the record that goes, `when` are the fields of the event's own time,
    the first that is filled."""

    types: frozenset[str]
    triggers: Mapping[str, Trigger]
    superseded: tuple[str, ...]
    when: tuple[str, ...]
