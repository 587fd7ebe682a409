"""Notices that no reading asks for: what is due again, and what the gateway holds and nobody states any more.

Due again: the age band or the status asserted for it is over, there is a new linkage epoch, or somebody asked for it (the gateway after a
restore, or `outbox retry`).
A new epoch makes everything due at once: a program that stays up states it in batches, so that what is new in between need not wait behind it.
An epoch that is over makes nothing due: the gateway leaves its evidence out by itself.
"""

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connectors.ledger.involvements import Known, Status
from connectors.ledger.ledger import Unit
from connectors.publishing import standing as standings
from connectors.publishing.notice_builder import epochs_of, keyed
from connectors.publishing.queueing import Desk, Draft, ending, queue
from connectors.sources.port import Coverage
from identity.person.age_band import claimed_band
from mappings.canonical.codes import MessageKind, NoticeEvent
from mappings.source_map import VanishPolicy

_BATCH = 200
_EVENT = {Status.LIVE: NoticeEvent.CHANGED, Status.ENDED: NoticeEvent.ENDED, Status.WITHDRAWN: NoticeEvent.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Due:
    """How many notices were queued, and whether there are more for which there was no room."""

    queued: int = 0
    more: bool = False


def queue_due(desk: Desk, room: int | None = None) -> Due:
    """Queue full-state notices for what is due again: all of it, or no more than `room` notices, to the next whole batch."""
    epochs, after, count = epochs_of(desk.tokenisers), "", 0
    while room is None or count < room:
        with desk.ledger.read() as unit:
            known = unit.involvements.due(_end_of_month(desk.now().date()), epochs, after, _BATCH)
            wanted = [(one, _EVENT[one.status]) for one in known if _really_due(unit, desk, one, epochs)]
            drafts = drafts_from_ledger(unit, desk, wanted)
        if not known:
            return Due(count)
        with desk.ledger.write() as unit:
            for draft in drafts:
                queue(unit, desk, draft, desk.now())
            # What was told under more epochs than are held now need not be looked at again.
            unit.involvements.note_fewer_epochs({one.ref for one in known} - {one.ref for one, _ in wanted}, epochs)
        after, count = known[-1].ref.value, count + len(drafts)
    return Due(count, more=True)


def room_for_more(desk: Desk) -> int:
    """For how many notices there is room while so many still wait for their receipts."""
    with desk.ledger.read() as unit:
        return max(0, _BATCH - unit.outbox.waiting(MessageKind.NOTICE))


def end_unclaimed(desk: Desk, sources: Iterable[str]) -> int:
    """End what the gateway holds and no source has stated since the gateway told us of it.

    Only where every source has been read in full after that day, and closes what it no longer states: else it may still be somebody's.
    """
    with desk.ledger.read() as unit:
        read_at = _all_read_since(unit, sources)
        unclaimed = unit.involvements.adopted_before(read_at) if read_at else []
        drafts = [
            ending(
                Draft(one.ref, one.person_ref, one.source, NoticeEvent.ENDED, None, None, desk.now().date()),
                desk.now().date(),
            )
            for ref in unclaimed
            if (one := unit.involvements.find(ref))
        ]
    with desk.ledger.write() as unit:
        for draft in drafts:
            queue(unit, desk, draft, desk.now())
    return len(drafts)


def drafts_from_ledger(unit: Unit, desk: Desk, wanted: Sequence[tuple[Known, NoticeEvent]]) -> list[Draft]:
    """From what the ledger remembers, without any source."""
    opened = [(one, event, unit.involvements.standing(one.ref)) for one, event in wanted]
    remembered = [standings.read(written) for _, _, written in opened if written]
    evidence = iter(keyed(remembered, desk.tokenisers))
    restored = iter(remembered)
    return [
        Draft(
            ref=one.ref,
            person_ref=one.person_ref,
            source=one.source,
            event=event,
            standing=next(restored) if written else None,
            evidence=next(evidence) if written else None,
            confirmed=unit.involvements.confirmed(one.ref),
        )
        for one, event, written in opened
    ]


def _really_due(unit: Unit, desk: Desk, known: Known, epochs: str) -> bool:
    """An age band is given as good to the end of the birthday's month, or of the asserted status's, so that it does not tell the day; it is made
    anew on the day itself."""
    told_until, again = unit.involvements.band_until(known.ref)
    if again or not set(epochs.split()) <= set(unit.involvements.epochs(known.ref).split()):
        return True
    written = unit.involvements.standing(known.ref)
    if written is None:
        return False
    standing = standings.read(written)
    _, until = claimed_band(standing.birth_date, standing.expected, standing.asserted, desk.now().date())
    return until != told_until


def _all_read_since(unit: Unit, sources: Iterable[str]) -> datetime | None:
    """The earliest of the latest full readings of all sources; None where one is missing or does not close what vanishes."""
    times = []
    for source in sources:
        last = unit.snapshots.last_applied(source)
        if last is None or last.coverage is not Coverage.FULL or last.vanish is not VanishPolicy.CLOSE:
            return None
        times.append(last.applied_at)
    return min(times, default=None)


def _end_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
