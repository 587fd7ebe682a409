"""What the messages about one visit say together, whatever order they lie in.

* The latest that opens, moves, closes or reopens a visit says how it stands. Of its details the later word counts.
* Details alone (A08) add to a visit that is known, and state none.
* It began when the message says it did (PV1-44), else when the first message that opened it was sent.
* A cancelled admission was never one, unless the patient is admitted again later.
* A cancelled discharge reopens: the end that was said before it no longer counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.sources.port import Reading, Skipped, SkipReason, Withdrawn
from mappings.message_map import Trigger
from mappings.source_map import Field, Row


@dataclass(frozen=True, slots=True)
class Event:
    """One message that speaks of a visit. `when` is HL7's own writing of a time, `order` the order of arrival."""

    where: str
    key: str = field(repr=False)
    trigger: Trigger
    when: str
    order: int
    row: Row = field(repr=False)


def reduced(events: Iterable[Event]) -> tuple[list[Event], list[Reading]]:
    """The event that says how each visit stands, with the row as it stands; and a reading for every other one."""
    by_visit: dict[str, list[Event]] = {}
    for event in events:
        by_visit.setdefault(event.key, []).append(event)
    standing: list[Event] = []
    others: list[Reading] = []
    for key, listed in by_visit.items():
        ordered = sorted(listed, key=lambda event: (_comparable(event.when), event.order))
        last = _last(ordered)
        if last is None:
            others += [Skipped(event.where, SkipReason.NOT_AN_INVOLVEMENT, key) for event in ordered]
            continue
        others += [Skipped(event.where, SkipReason.EARLIER_EVENT, key) for event in ordered if event is not last]
        if last.trigger is Trigger.WITHDRAW:
            others.append(Withdrawn(last.where, key))
        else:
            standing.append(Event(last.where, key, last.trigger, last.when, last.order, _row(ordered, last)))
    return standing, others


def _last(ordered: list[Event]) -> Event | None:
    """The latest event that says how the visit stands; of equal times a cancellation does."""
    return next((event for event in reversed(ordered) if event.trigger is not Trigger.UPDATE), None)


def _row(ordered: list[Event], last: Event) -> Row:
    """Everything the messages say of the visit, the later one where two say different things."""
    row: Row = {}
    for event in ordered:
        row.update(event.row)
        if Field.END not in event.row or event.trigger is not Trigger.CLOSE:
            row.pop(Field.END, None)
    if last.trigger is Trigger.CLOSE and Field.END in last.row:
        row[Field.END] = last.row[Field.END]
    numbered = Field.INVOLVEMENT_ID in row
    if Field.START not in row and (began := _began(ordered, numbered)):
        row[Field.START] = began
        if not numbered:
            # The key is that of the person's stay, and stays it: when it began came from the messages' own times.
            row[Field.INVOLVEMENT_ID] = last.key
    return row


def _began(ordered: list[Event], numbered: bool) -> str:
    """When a visit of which nobody says it began: when the first message that opened it was sent. Where visits have no numbers, an opening
    behind an end is the next one's."""
    began, over = "", False
    for event in ordered:
        if event.trigger is Trigger.CLOSE:
            over = True
        elif event.trigger is Trigger.OPEN and event.when and (not began or (over and not numbered)):
            began, over = event.when, False
    return began


def _comparable(when: str) -> str:
    """A time to the second without its zone: events of one sender are all in one."""
    digits = when.partition("+")[0].partition("-")[0].partition(".")[0]
    return digits.ljust(14, "0")[:14]
