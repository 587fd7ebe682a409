"""Carrying out what a compared reading changes: every notice and every remembered state in one transaction."""

from collections.abc import Sequence

from connectors.ledger.involvements import Published, Status
from connectors.ledger.ledger import Unit
from connectors.ledger.snapshots import Kind, Staged
from connectors.ledger.workers import Whose
from connectors.publishing import standing as standings
from connectors.publishing.changes import NOTICES, Change
from connectors.publishing.merging import publish_merges
from connectors.publishing.notice_builder import keyed
from connectors.publishing.policy import FeedReport
from connectors.publishing.queueing import Desk, Draft, ending, queue_all
from connectors.publishing.veiling import whose
from connectors.reading.progress import QUEUEING
from connectors.reading.staging import Feed
from connectors.reading.weak_identity import list_weak
from connectors.sources.port import Coverage, Snapshot
from mappings.canonical.codes import NoticeEvent

_BATCH = 200
_IN_SILENCE = (Change.CONFIRMED, Change.HISTORIC, Change.MISSING)


def apply(desk: Desk, feed: Feed, reading: int, snapshot: Snapshot, report: FeedReport, *, held: bool = False) -> None:
    """Everything the reading changes, or, where this raises, nothing. Of one that was `held` the fingerprints may be of display names that are
    others by now. Raises `TokeniserUnavailable`."""
    with desk.ledger.write() as unit:
        publish_merges(unit, desk, reading, feed.name, report)
        list_weak(unit, desk.publisher.display, reading, feed.name, snapshot)
        _note_workers(unit, desk, reading)
        counted = unit.snapshots.changes(reading)
        queued, count = 0, sum(counted.get(change, 0) for change in NOTICES)
        for rows in unit.snapshots.some(reading, _BATCH, changes=NOTICES):
            _queue(unit, desk, feed, reading, snapshot, rows, held=held)
            queued += len(rows)
            desk.tell(QUEUEING, queued, count)
        for row in unit.snapshots.all(reading, changes=_IN_SILENCE):
            _carry_out(unit, desk, feed, reading, snapshot, row)
        report.changes.update({change: many for change, many in counted.items() if change not in ("", Change.NOTHING)})
        if snapshot.coverage is Coverage.FULL:
            unit.ended_here.forget_unstated(feed.name, reading)
        unit.snapshots.applied(feed.name, snapshot, feed.vanish, desk.now())
        if feed.keep is not None:
            feed.keep(unit)
        unit.snapshots.drop(reading)


def _note_workers(unit: Unit, desk: Desk, reading: int) -> None:
    """Whose every involvement of the reading is, before the first notice is made: else a worker who turns out to be hidden further down would
    be named further up."""
    display = desk.publisher.display
    for rows in unit.snapshots.some(reading, _BATCH, changes=(*NOTICES, Change.CONFIRMED)):
        over = [row.ref for row in rows if row.change in (Change.ENDED, Change.WITHDRAWN)]
        confirmed = [row for row in rows if row.change == Change.CONFIRMED]
        alike = unit.involvements.remembered_alike((row.ref, row.local_mark) for row in confirmed)
        stated = [row.ref for row in rows if row.ref not in alike and row.ref not in over]
        found = unit.snapshots.standings(reading, stated)
        unit.workers.note(
            [Whose(ref) for ref in over]
            + [
                whose(unit.cipher, display, ref, standings.who_of(each.written))
                for ref, each in found.items()
                if each.written
            ]
        )


def _queue(
    unit: Unit, desk: Desk, feed: Feed, reading: int, snapshot: Snapshot, rows: Sequence[Staged], *, held: bool
) -> None:
    """A notice for each row. Its evidence is made here, in the transaction that queues it: kept in between it would cost more than to make it."""
    found = unit.snapshots.standings(reading, (row.ref for row in rows))
    opened = [standings.read(written) if (written := found[row.ref].written) else None for row in rows]
    evidence = iter(keyed([standing for standing in opened if standing], desk.tokenisers))
    drafts = []
    for row, standing in zip(rows, opened, strict=True):
        sealed = found[row.ref].staged if row.kind is Kind.STATED and not held else None
        draft = Draft(
            ref=row.ref,
            person_ref=row.person_ref,
            source=feed.name,
            event=NoticeEvent(row.change),
            standing=standing,
            evidence=next(evidence) if standing else None,
            confirmed=row.confirmed or snapshot.as_of,
            kept=(row.fingerprint, row.local_mark, sealed) if sealed else None,
        )
        # A row that states its own end date keeps it; what is merely no longer stated ends on the day of the reading.
        merely_gone = draft.event is NoticeEvent.ENDED and row.kind is not Kind.STATED
        drafts.append(ending(draft, snapshot.as_of) if merely_gone else draft)
    unit.ended_here.forget(*(row.ref for row in rows))
    queue_all(unit, desk, drafts, desk.now())


def _carry_out(unit: Unit, desk: Desk, feed: Feed, reading: int, snapshot: Snapshot, row: Staged) -> None:
    """What changes without a notice."""
    match Change(row.change):
        case Change.CONFIRMED:
            unit.involvements.confirm(row.ref, row.confirmed or snapshot.as_of)
            fingerprint, local_mark = unit.involvements.marks(row.ref)
            sealed = unit.snapshots.sealed_standing(reading, row.ref)
            if sealed and fingerprint == row.fingerprint and local_mark != row.local_mark:
                unit.involvements.replace_standing(row.ref, sealed, row.local_mark)
        case Change.HISTORIC:
            unit.involvements.save([_historic(feed, row, snapshot)], desk.now())
        case Change.MISSING:
            unit.involvements.missing(row.ref, snapshot.as_of)


def _historic(feed: Feed, row: Staged, snapshot: Snapshot) -> Published:
    """By reference only: details of a client nobody was working with when first seen are not kept."""
    day = row.confirmed or snapshot.as_of
    return Published(row.ref, row.person_ref, feed.name, Status.HISTORIC, "", "", None, row.end_date, day, None, "", "")
