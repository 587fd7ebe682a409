"""Walk the whole audit chain in bounded memory, and say where it does not hold.

* A changed, removed, inserted, moved or cut-off event is found, and the first such place named.
* What was erased is not missed: its commitments stay in the chain. That no more is erased than erasures were written down is counted.
* Checkpoints (`gateway.audit.checkpoints`) say what the chain was at some event, whatever the database says of itself now: with them an
  end that was cut off together with its head is found, and a chain that was written anew from the beginning.
* Which of them fit is told by their digests, to be compared with what agencies hold (`gateway.audit.witnesses`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.audit.chain import GENESIS, chain_hash
from gateway.audit.checkpoints import Kept
from gateway.audit.commitments import opens
from gateway.model.audit_event import AuditEvent
from gateway.ports import Store

PAGE = 2_000
ERASED = "audit-erased"


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the first event that does not fit (None where all do), `problem` says in what way; empty: all holds. `erased` events
    hold too, though not all of what they said can be read any more. `checkpoints` is how many fitted; `fitting` are those of them that were asked
    for, by digest."""

    events: int
    head: str
    broken_at: int | None = None
    problem: str = ""
    erased: int = 0
    checkpoints: int = 0
    fitting: Mapping[str, Kept] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problem


@dataclass(slots=True)
class _Walk:
    """`seq` and `hash` are of the last event that fits, `since` is the last checkpoint that does, `doubt` what is wrong with one that says
    nothing of any event. `asked` are digests, `fitting` the checkpoints of those that fit."""

    asked: Collection[str] = ()
    seq: int = 0
    hash: str = GENESIS
    since: int = 0
    checkpoints: int = 0
    erased: int = 0
    said_erased: int = 0
    doubt: str = field(default="")
    fitting: dict[str, Kept] = field(default_factory=dict)

    def step(self, event: AuditEvent) -> str:
        """Take one event more. Returns the problem where it does not fit."""
        if problem := _misfit(event, self.seq, self.hash):
            return problem
        self.seq, self.hash = event.seq, event.hash
        self.erased += event.erased
        if event.code == ERASED:
            self.said_erased += int(event.fields["events"])
        return ""

    def meet(self, kept: Kept) -> str:
        """A checkpoint made at this event."""
        if kept.hash != self.hash:
            return f"the events from here to {kept.seq} are not those of the checkpoint {kept.name}: they were written anew"
        self.since, self.checkpoints = kept.seq, self.checkpoints + 1
        if kept.digest in self.asked:
            self.fitting[kept.digest] = kept
        return ""

    def broken(self, at: int, problem: str) -> Verification:
        return Verification(self.seq, self.hash, at, problem, self.erased, self.checkpoints, self.fitting)

    def ended(self) -> Verification:
        problem = self.doubt
        if self.erased > self.said_erased:
            missing = self.erased - self.said_erased
            problem = f"what {missing} events committed to is gone, and no erasing of it was ever written down"
        return Verification(self.seq, self.hash, None, problem, self.erased, self.checkpoints, self.fitting)


def verify(
    store: Store, checkpoints: Iterable[Kept] = (), page: int = PAGE, asked: Collection[str] = ()
) -> Verification:
    """Walk all of it. `checkpoints` come in the order of their events, and were listed before this is called; `asked` are the digests of those that
    are to be named where they fit. Raises `StoreDown`."""
    walk, waiting = _Walk(asked), iter(checkpoints)
    with store.read() as uow:
        head = uow.audit.head()
    kept = _next(waiting, walk)
    for event in _events(store, head[0], page):
        if problem := walk.step(event):
            return walk.broken(walk.seq + 1, problem)
        while kept is not None and kept.seq <= event.seq:
            if problem := walk.meet(kept):
                return walk.broken(walk.since + 1, problem)
            kept = _next(waiting, walk)
    if (walk.seq, walk.hash) != head:
        return walk.broken(walk.seq + 1, "events were cut off from the end of the chain")
    if kept is not None:
        return walk.broken(walk.seq + 1, _cut_off(kept, waiting, walk))
    beyond = _beyond(store, head[0])
    return walk.broken(beyond, "this event was added past the end of the chain") if beyond else walk.ended()


def _events(store: Store, head: int, page: int) -> Iterator[AuditEvent]:
    """In order, a page in a unit: a long walk holds no transaction open."""
    last = 0
    while last < head:
        with store.read() as uow:
            events = uow.audit.events(last, page)
        yield from (event for event in events if event.seq <= head)
        if not events:
            return
        last = events[-1].seq


def _misfit(event: AuditEvent, seq: int, previous: str) -> str:
    if event.seq != seq + 1:
        return "an event is missing here"
    if event.previous != previous:
        return "this event does not follow the one before it"
    staying = event.staying if event.commitments else event.fields
    if chain_hash(previous, event.seq, event.at, event.code, event.actor, staying, event.commitments) != event.hash:
        return "this event was changed after it was written"
    if event.salt is not None and event.commitments and not opens(event.salt, event.erasable, event.commitments):
        return "what this event committed to was changed after it was written"
    return ""


def _next(waiting: Iterator[Kept], walk: _Walk) -> Kept | None:
    """The next checkpoint that says something. One that cannot be believed is a finding of its own, and stops nothing."""
    for kept in waiting:
        if not kept.problem:
            return kept
        walk.doubt = walk.doubt or f"the checkpoint {kept.name} cannot be believed: {kept.problem}"
    return None


def _cut_off(kept: Kept, waiting: Iterator[Kept], walk: _Walk) -> str:
    last = kept
    while (beyond := _next(waiting, walk)) is not None:
        last = beyond
    return f"events were cut off from the end: the checkpoint {last.name} was made at event {last.seq}"


def _beyond(store: Store, head: int) -> int | None:
    """The first event past the head. The head is read after the event: whatever was rightly written since has moved it along."""
    with store.read() as uow:
        beyond = uow.audit.events(head, 1)
    with store.read() as uow:
        return beyond[0].seq if beyond and beyond[0].seq > uow.audit.head()[0] else None
