"""Reading one source into the ledger's staging area: excluded -> eligible? -> standing. Nothing is published here.

A row that cannot be used does not stop the reading; it is counted and named by file and row, and what was published about it stands.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from connectors.eligibility import Criterion
from connectors.ledger.involvements import Known
from connectors.ledger.ledger import Ledger, Unit
from connectors.ledger.snapshots import Kind, Staged
from connectors.ledger.weak_identities import Weak
from connectors.publishing import standing as standings
from connectors.publishing.display import Display
from connectors.publishing.queueing import kept_of
from connectors.reading.enough_identity import tells_enough
from connectors.reading.exclusion import ExclusionList
from connectors.reading.progress import READING, Tell, silent
from connectors.sources.port import (
    Merged,
    Parted,
    Read,
    Reading,
    Rejected,
    Skipped,
    SkipReason,
    Snapshot,
    Source,
    Withdrawn,
)
from identity.agency.references import References
from identity.person.tokens import is_weak_in
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, InvolvementRef, PersonRef
from mappings.canonical.involvement import Involvement
from mappings.source_map import VanishPolicy

_CHUNK = 2_000
_TOGETHER = 200
"""Rows are staged so many at a time: one by one, the ledger's work and ours drive each other out of the processor's caches."""
_MAX_PROBLEMS = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """One configured source. `name` is the agency's own word for it; `mass_vanish_share` the share (0 to 1) above which vanishing is held;
    `keep` writes down what the next reading has to know, in the transaction that publishes this one; `digest` says of which
    files it is (`connectors.reading.lineage`)."""

    name: str
    source: Source
    vanish: VanishPolicy
    mass_vanish_share: float
    digest: str = ""
    keep: Callable[[Unit], None] | None = None


@dataclass(frozen=True, slots=True)
class Screening:
    """Who must never be published, who need be, and how what is published is shown. `feeds` are the names of all configured sources."""

    agency: AgencyId
    references: References
    exclusion: ExclusionList
    eligibility: Criterion
    display: Display
    feeds: frozenset[str]


@dataclass(slots=True)
class Intake:
    """What a reading brought. `excluded` are clients found on the exclusion list; `unread` counts rows of which not even the id is known.
    `turned_out_excluded` are local ids of clients into whom an excluded one was merged; `mode` says which side's numbers count. `waiting` are usable
    rows, with their standings, that are staged next."""

    snapshot: Snapshot
    id: int
    mode: Mode
    read: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    unread: int = 0
    problems: list[str] = field(default_factory=list)
    excluded: set[PersonRef] = field(default_factory=set, repr=False)
    turned_out_excluded: set[str] = field(default_factory=set, repr=False)
    waiting: list[tuple[Staged, bytes]] = field(default_factory=list, repr=False)

    def reject(self, where: str, problem: str) -> None:
        """Count one row that cannot be used; the first `_MAX_PROBLEMS` are listed."""
        self.rejected += 1
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(f"{where}: {problem}")


def read_feed(ledger: Ledger, feed: Feed, screening: Screening, now: datetime, tell: Tell = silent) -> Intake:
    """Read everything. Raises `SourceUnreadable` before anything was staged."""
    snapshot = feed.source.snapshot()
    readings = feed.source.readings()
    first = list(islice(readings, _CHUNK))
    with ledger.write() as unit:
        intake = Intake(snapshot, unit.snapshots.begin(feed.name, snapshot, now), unit.positions.mode)
    chunk = first
    while chunk:
        with ledger.write() as unit:
            for reading in chunk:
                _take(unit, feed, screening, intake, reading)
            _stage_waiting(unit, intake)
        tell(READING, intake.read, 0)
        chunk = list(islice(readings, _CHUNK))
    return intake


def _take(unit: Unit, feed: Feed, screening: Screening, intake: Intake, reading: Reading) -> None:
    match reading:
        case Read():
            _take_involvement(unit, feed, screening, intake, reading)
        case Withdrawn():
            for staged in _meant_by(unit, screening.references, feed, reading.local_id):
                _stage_now(unit, intake, staged, replace=True)
        case Skipped():
            intake.skipped[reading.reason] += 1
            if reading.reason is SkipReason.EXCLUDED and reading.local_id:
                intake.excluded.update(
                    row.person_ref for row in _meant_by(unit, screening.references, feed, reading.local_id)
                )
        case Merged():
            _take_merge(unit, screening, intake, reading)
        case Parted():
            _take_parted(unit, screening, intake, reading)
        case Rejected():
            intake.reject(reading.where, reading.problem)
            _spare(unit, screening, intake, reading)


def _take_merge(unit: Unit, screening: Screening, intake: Intake, merged: Merged) -> None:
    """A client on the exclusion list takes with them whoever they turn out to be: nothing is said of either."""
    ids = (merged.superseded, merged.surviving)
    if any(map(screening.exclusion.excludes, ids)):
        intake.skipped[SkipReason.EXCLUDED] += 1
        intake.turned_out_excluded.add(merged.surviving)
        intake.excluded.update(ref for id in ids for ref in _of_client(unit, screening.references, id))
        return
    try:
        superseded, surviving = map(screening.references.person, ids)
    except ValueError:
        intake.reject(merged.where, "the id of a merged client is empty or too long")
        return
    unit.merges.stage(intake.id, superseded, surviving)


def _take_parted(unit: Unit, screening: Screening, intake: Intake, parted: Parted) -> None:
    try:
        ref = screening.references.person(parted.local_id)
    except ValueError:
        # Whatever is stated of this client says so.
        return
    if unit.merges.find(ref) is not None:
        unit.merges.stage(intake.id, ref, None)


def _spare(unit: Unit, screening: Screening, intake: Intake, rejected: Rejected) -> None:
    """What cannot be read has not vanished: its involvement, where the row still told which, stays as it was published."""
    try:
        known = (
            unit.involvements.find(screening.references.involvement(rejected.local_id)) if rejected.local_id else None
        )
    except ValueError:
        known = None
    if known:
        _stage_now(unit, intake, Staged(known.ref, known.person_ref, Kind.REJECTED))
    elif not rejected.local_id:
        intake.unread += 1


def _take_involvement(unit: Unit, feed: Feed, screening: Screening, intake: Intake, read: Read) -> None:
    involvement = read.involvement
    id = involvement.person.local_id
    if screening.exclusion.excludes(id) or id in intake.turned_out_excluded:
        intake.skipped[SkipReason.EXCLUDED] += 1
        intake.excluded.update(_of_client(unit, screening.references, id))
        return
    try:
        ref = screening.references.involvement(involvement.local_id)
        person_ref = screening.references.person(involvement.person.local_id)
    except ValueError:
        intake.unread += 1
        intake.reject(read.where, "the id of the client or of the involvement is empty or too long")
        return
    if not screening.eligibility.meets(involvement, intake.snapshot.as_of):
        intake.skipped[SkipReason.NOT_ELIGIBLE] += 1
        _stage_now(unit, intake, Staged(ref, person_ref, Kind.NOT_ELIGIBLE))
        return
    if not tells_enough(involvement.person):
        intake.skipped[SkipReason.NOT_ENOUGH_IDENTITY] += 1
        _stage_now(unit, intake, Staged(ref, person_ref, Kind.NOT_ELIGIBLE))
        return
    problem = _stage(unit, feed, screening, intake, ref, person_ref, involvement)
    if problem:
        intake.reject(read.where, problem)
        _stage_now(unit, intake, Staged(ref, person_ref, Kind.REJECTED))


def _stage(
    unit: Unit,
    feed: Feed,
    screening: Screening,
    intake: Intake,
    ref: InvolvementRef,
    person_ref: PersonRef,
    involvement: Involvement,
) -> str:
    """Stage one usable row; answers what is wrong with it where it is not."""
    if involvement.agency != screening.agency:
        return "it names another agency than the one whose source this is; give every agency sources of its own"
    # Where this is the only source, no other can state it too.
    known = unit.involvements.find(ref) if screening.feeds - {feed.name} else None
    if known and known.source not in ("", feed.name) and known.source in screening.feeds and known.status == "live":
        return f"the source {known.source!r} states an involvement with the same id; make the ids of the two sources differ"
    try:
        standing = standings.of_involvement(involvement)
    except standings.Unpublishable as problem:
        return str(problem)
    fingerprint, local_mark, written = kept_of(unit.cipher, screening.display, standing)
    row = Staged(
        ref=ref,
        person_ref=person_ref,
        kind=Kind.STATED,
        fingerprint=fingerprint,
        local_mark=local_mark,
        end_date=standing.end,
        confirmed=min(involvement.confirmed or intake.snapshot.as_of, intake.snapshot.as_of),
        weak=is_weak_in(standing.person, intake.mode),
    )
    intake.waiting.append((row, written))
    if len(intake.waiting) >= _TOGETHER:
        _stage_waiting(unit, intake)
    return ""


def _stage_waiting(unit: Unit, intake: Intake) -> None:
    waiting, intake.waiting = intake.waiting, []
    if waiting:
        new = unit.snapshots.stage_all(intake.id, waiting)
        intake.read += new
        intake.skipped.update({SkipReason.DUPLICATE: len(waiting) - new} if new < len(waiting) else {})


def _stage_now(unit: Unit, intake: Intake, staged: Staged, *, replace: bool = False) -> None:
    """What is not stated as usual, after what was read before it: of two rows about one involvement the first counts."""
    _stage_waiting(unit, intake)
    unit.snapshots.stage(intake.id, staged, replace=replace)


def _meant_by(unit: Unit, references: References, feed: Feed, local_id: str) -> Iterator[Staged]:
    """The involvements a source means by an id, published or too weak for it: the one of that id, else every one of the client of that id."""
    try:
        ref, person_ref = references.involvement(local_id), references.person(local_id)
    except ValueError:
        return
    named: list[Known | Weak | None] = [unit.involvements.find(ref), unit.weak_identities.find(ref)]
    meant = [one for one in named if one is not None]
    for one in meant or [*unit.involvements.of_person(person_ref), *unit.weak_identities.of_person(person_ref)]:
        if one.source in ("", feed.name):
            yield Staged(one.ref, one.person_ref, Kind.WITHDRAWN)


def _of_client(unit: Unit, references: References, local_id: str) -> set[PersonRef]:
    """Under which references this client is known here."""
    try:
        ref = references.person(local_id)
    except ValueError:
        return set()
    rows: list[Known | Weak] = [*unit.involvements.of_person(ref), *unit.weak_identities.of_person(ref)]
    return {row.person_ref for row in rows}
