"""Carrying out what a compared reading changes: evidence first, then every notice and every remembered state in one transaction."""

from dataclasses import replace

from connectors import standing as standings
from connectors.changes import NOTICES, Change
from connectors.ledger.involvements import Published, Status
from connectors.ledger.ledger import Unit
from connectors.ledger.snapshots import Kind, Staged
from connectors.merging import publish_merges
from connectors.notice_builder import keyed, read_keyed, write_keyed
from connectors.policy import FeedReport
from connectors.progress import KEYING, QUEUEING
from connectors.queueing import Desk, Draft, ending, queue
from connectors.reading import Feed
from connectors.sources.port import Coverage, Snapshot
from connectors.veiling import note_worker
from connectors.weak_identity import list_weak
from mappings.canonical.codes import NoticeEvent

_BATCH = 200


def apply(desk: Desk, feed: Feed, reading: int, snapshot: Snapshot, report: FeedReport, *, held: bool = False) -> None:
    """Everything the reading changes, or, where this raises, nothing. Of one that was `held` the fingerprints may be of display names that are
    others by now. Raises `TokeniserUnavailable`."""
    count = _make_evidence(desk, reading)
    with desk.ledger.write() as unit:
        publish_merges(unit, desk, reading, feed.name, report)
        list_weak(unit, desk.publisher.display, reading, feed.name, snapshot)
        _note_workers(unit, desk, reading)
        queued = 0
        for row in unit.snapshots.all(reading):
            change = Change(row.change)
            _carry_out(unit, desk, feed, reading, snapshot, row, change, held=held)
            queued += change in NOTICES
            if queued % _BATCH == 0 or queued == count:
                desk.tell(QUEUEING, queued, count)
            if change is not Change.NOTHING:
                report.changes[change.value] += 1
        if snapshot.coverage is Coverage.FULL:
            unit.ended_here.forget_unstated(feed.name, reading)
        unit.snapshots.applied(feed.name, snapshot, feed.vanish, desk.now())
        if feed.keep is not None:
            feed.keep(unit)
        unit.snapshots.drop(reading)


def _note_workers(unit: Unit, desk: Desk, reading: int) -> None:
    """Whose every involvement of the reading is, before the first notice is made: else a worker who turns out to be hidden further down would
    be named further up."""
    for row in unit.snapshots.all(reading):
        change = Change(row.change)
        if change in (Change.ENDED, Change.WITHDRAWN):
            unit.workers.forget(row.ref)
        elif change in NOTICES or (
            change is Change.CONFIRMED and row.local_mark != unit.involvements.marks(row.ref)[1]
        ):
            written = _written(unit, reading, row)
            if written:
                note_worker(unit, desk.publisher.display, row.ref, standings.read(written))


def _make_evidence(desk: Desk, reading: int) -> int:
    """Before the transaction that queues the notices, because a tokeniser may be a network call. What was made stays with the reading. Answers
    for how many."""
    after, count = "", 0
    while True:
        with desk.ledger.read() as unit:
            rows = unit.snapshots.after(reading, after, _BATCH, changing=True)
            written = [_written(unit, reading, row) for row in rows]
        if not rows:
            return count
        count += len(rows)
        desk.tell(KEYING, count, 0)
        after = rows[-1].ref.value
        pairs = [(row.ref, standings.read(text)) for row, text in zip(rows, written, strict=True) if text]
        evidence = keyed([standing for _, standing in pairs], desk.tokenisers)
        with desk.ledger.write() as unit:
            for (ref, _), item in zip(pairs, evidence, strict=True):
                unit.snapshots.keep_evidence(reading, ref, write_keyed(item))


def _carry_out(
    unit: Unit, desk: Desk, feed: Feed, reading: int, snapshot: Snapshot, row: Staged, change: Change, *, held: bool
) -> None:
    if change in NOTICES:
        unit.ended_here.forget(row.ref)
        draft = _draft(unit, feed, reading, snapshot, row, NoticeEvent(change.value))
        queue(unit, desk, replace(draft, kept=None) if held else draft, desk.now())
    elif change is Change.CONFIRMED:
        unit.involvements.confirm(row.ref, row.confirmed or snapshot.as_of)
        fingerprint, local_mark = unit.involvements.marks(row.ref)
        sealed = unit.snapshots.sealed_standing(reading, row.ref)
        if sealed and fingerprint == row.fingerprint and local_mark != row.local_mark:
            unit.involvements.replace_standing(row.ref, sealed, row.local_mark)
    elif change is Change.HISTORIC:
        unit.involvements.save(_historic(feed, row, snapshot), desk.now())
    elif change is Change.MISSING:
        unit.involvements.missing(row.ref, snapshot.as_of)


def _draft(unit: Unit, feed: Feed, reading: int, snapshot: Snapshot, row: Staged, event: NoticeEvent) -> Draft:
    written = _written(unit, reading, row)
    evidence = unit.snapshots.evidence(reading, row.ref)
    sealed = unit.snapshots.sealed_standing(reading, row.ref) if row.kind is Kind.STATED else None
    draft = Draft(
        ref=row.ref,
        person_ref=row.person_ref,
        source=feed.name,
        event=event,
        standing=standings.read(written) if written else None,
        evidence=read_keyed(evidence) if evidence else None,
        confirmed=row.confirmed or snapshot.as_of,
        kept=(row.fingerprint, row.local_mark, sealed) if sealed else None,
    )
    # A row that states its own end date keeps it; what is merely no longer stated ends on the day of the reading.
    return ending(draft, snapshot.as_of) if event is NoticeEvent.ENDED and row.kind is not Kind.STATED else draft


def _written(unit: Unit, reading: int, row: Staged) -> bytes | None:
    """The standing as the reading states it, else as it was last published."""
    return unit.snapshots.standing(reading, row.ref) or unit.involvements.standing(row.ref)


def _historic(feed: Feed, row: Staged, snapshot: Snapshot) -> Published:
    """By reference only: details of a client nobody was working with when first seen are not kept."""
    day = row.confirmed or snapshot.as_of
    return Published(row.ref, row.person_ref, feed.name, Status.HISTORIC, "", "", None, row.end_date, day, None, "", "")
