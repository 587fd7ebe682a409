"""Taking in one message that a listener was given: once, in the order of the sender's clock, and in the outbox before the sender is answered.

A message is taken whole or not at all. One that was taken already is taken again without effect; one that is older than what was taken about
the same involvement changes nothing.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from connectors.eligibility import InvalidCriterion
from connectors.ledger.cipher import LedgerFault
from connectors.ledger.events import Event
from connectors.ledger.ledger import Unit
from connectors.publish import publish_event
from connectors.reading.exclusion import ExclusionListUnreadable
from connectors.reading.staging import Feed
from connectors.running.served_agency import ServedAgency
from connectors.settings import SettingsFault
from connectors.sources.message import MessageSource
from connectors.sources.port import Read, Reading, Skipped, SkipReason, SourceUnreadable, Withdrawn
from identity.agency.faults import KeyFault
from identity.person.ports import TokeniserUnavailable
from mappings.source_map import VanishPolicy

AHEAD = timedelta(minutes=10)
"""How far a sender's clock may be before ours."""

_LATER = (LedgerFault, TokeniserUnavailable, ExclusionListUnreadable, InvalidCriterion, KeyFault, SettingsFault)


class Why(StrEnum):
    """Why a message was not taken. Only `LATER` is worth sending again as it is."""

    UNUSABLE = "unusable"
    CONFLICT = "conflict"
    LATER = "later"


class NotTaken(Exception):
    """Nothing of the message was taken. `problems` name elements and rules, never values."""

    def __init__(self, why: Why, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.why, self.problems = why, problems


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """What a door understood. `id` is the sender's own, `content` the bytes it stands for, `at` the sender's time (aware), `readings` what it
    says. `kept` is what else to remember of it (`connectors.ledger.events`), by subject."""

    source: str
    id: str
    at: datetime
    content: bytes
    readings: Sequence[Reading]
    kept: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it, in counts. `again`: it had been taken before."""

    changes: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    again: bool = False


Making = Callable[[ServedAgency], Message]
"""Makes the message from what a door was given. Raises `SourceUnreadable`, `NotTaken`."""


def take(agency: ServedAgency, making: Making) -> Taken:
    """Returns when everything of the message is in the outbox, on the disk. Raises `NotTaken`."""
    try:
        return _take(agency, making(agency))
    except SourceUnreadable as problem:
        raise NotTaken(Why.UNUSABLE, str(problem)) from None
    except _LATER as problem:
        raise NotTaken(Why.LATER, str(problem)) from None
    except (sqlite3.Error, OSError) as problem:
        raise NotTaken(Why.LATER, f"the ledger cannot be written now ({type(problem).__name__})") from None


def _take(agency: ServedAgency, message: Message) -> Taken:
    now = agency.shared.now()
    if message.at > now + AHEAD:
        raise NotTaken(Why.UNUSABLE, "its time has not come yet: set the sender's clock, and send it again")
    with agency.ledger.read() as unit:
        known = unit.events.is_known(message.source, message.id, message.content)
        if known is None:
            readings = list(_in_order(unit, message))
    if known is not None:
        if not known:
            raise NotTaken(
                Why.CONFLICT,
                "a message of this id was taken before and said something else; give each one an id of its own",
            )
        return Taken(again=True)

    def keep(unit: Unit) -> None:
        for event in _events(message, readings):
            unit.events.add(event, now)

    feed = Feed(message.source, MessageSource(readings, now.date()), VanishPolicy.IGNORE, 1.0, keep=keep)
    report = publish_event(agency.desk, agency.screening, feed, agency.policy)
    if report.problem:
        raise NotTaken(Why.UNUSABLE, *(report.rejections or [report.problem]))
    return Taken(report.changes, report.skipped)


def _in_order(unit: Unit, message: Message) -> Iterator[Reading]:
    """What it says, without what a later message said otherwise already."""
    for reading in message.readings:
        id = _about(reading)
        latest = unit.events.latest(message.source, id) if id else None
        if latest is not None and message.at < latest:
            yield Skipped(reading.where, SkipReason.OUTDATED)
        else:
            yield reading


def _events(message: Message, readings: Sequence[Reading]) -> Iterator[Event]:
    """What to remember: that it was taken, of when each involvement is now, and what is to be read again."""
    yield Event(message.source, message.id, "", message.at, message.content)
    for id in sorted({_about(each) for each in readings} - {""}):
        yield Event(message.source, message.id, id, message.at, message.content)
    for subject, body in message.kept:
        yield Event(message.source, message.id, subject, message.at, message.content, body)


def _about(reading: Reading) -> str:
    match reading:
        case Read():
            return f"involvement {reading.involvement.local_id}"
        case Withdrawn():
            return f"involvement {reading.local_id}"
        case _:
            return ""
