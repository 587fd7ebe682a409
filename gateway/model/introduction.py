"""What a practitioner asked of the introducer: numbers and a state. Nobody's name or contact is here; those stay where they are kept sealed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.identifiers import MessageId


class IntroductionState(StrEnum):
    """Where a request stands. `PASSED_ON`: the asker's work contact is shown to the other side, as long as they are connected."""

    WAITING = "waiting"
    PASSED_ON = "passed-on"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Introduction:
    """One direction of one connection: the worker of involvement `asker` would like to be rung by that of `hidden`. `id` is 0 before it is
    stored. `asked_at` is when they asked last, `asks` how often. `version` counts what a signature must be over. `waiting_since` is since when it
    waits to be decided, None once it is; `overdue_at` when it was reported that it waits too long."""

    id: int
    connection: MessageId
    asker: int
    hidden: int
    state: IntroductionState
    asked_at: datetime
    asks: int = 1
    version: int = 1
    decided_by: str = ""
    decided_at: datetime | None = None
    waiting_since: datetime | None = None
    overdue_at: datetime | None = None
