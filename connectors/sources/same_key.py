"""Rows that share a key. One involvement has one key, and one client reference has one person: what breaks that is
refused, not guessed.

Rows that say the same collapse. With `SameKey.MERGE`, spells of one service are joined: earliest start, and an end only
when every spell has ended; two workers involved at the same time stay two involvements, the later one under a key that
names the worker.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.sources.port import Read, Reading, Rejected, Skipped, SkipReason
from mappings.canonical.involvement import Involvement

OTHER_WORDS = (
    "has the reference of an earlier row but says something else; give each involvement a reference of its own"
)
OTHER_PERSON = (
    "has the client reference of an earlier row but another birth date; give each client a reference of their own"
)


@dataclass(slots=True)
class SeenKeys:
    """What went before, as 64-bit hashes: a million rows must not be kept."""

    involvements: dict[int, int] = field(default_factory=dict)
    births: dict[int, int] = field(default_factory=dict)

    def other_person(self, read: Read) -> Rejected | None:
        """The row's rejection, where its client reference was another person's before."""
        person = read.involvement.person
        if person.birth_date is None:
            return None
        born = hash(person.birth_date)
        if self.births.setdefault(hash(person.local_id), born) != born:
            return Rejected(read.where, OTHER_PERSON, read.involvement.local_id)
        return None

    def admit(self, read: Read) -> Reading:
        """The row itself, or that it repeats or contradicts an earlier one."""
        if (refused := self.other_person(read)) is not None:
            return refused
        key, content = hash(read.involvement.local_id), hash(read.involvement)
        before = self.involvements.get(key)
        if before is None:
            self.involvements[key] = content
            return read
        if before == content:
            return Skipped(read.where, SkipReason.DUPLICATE, read.involvement.local_id)
        return Rejected(read.where, OTHER_WORDS, read.involvement.local_id)


def merged(spells: Sequence[Read]) -> Iterator[Reading]:
    """The readings of rows with one key and one person: an involvement for each worker now involved, or one where all
    have ended."""
    open_spells = [spell for spell in spells if spell.involvement.end is None]
    by_worker: dict[str, list[Read]] = {}
    for spell in sorted(open_spells, key=_order):
        by_worker.setdefault(_worker(spell.involvement), []).append(spell)
    groups = list(by_worker.values()) or [[max(spells, key=lambda spell: spell.involvement.end or date.min)]]
    kept = {id(group[-1]) for group in groups}
    earliest = _earliest([spell.involvement.start for spell in spells])
    for number, group in enumerate(groups):
        last = group[-1]
        start = earliest if number == 0 else _earliest([spell.involvement.start for spell in group])
        key = last.involvement.local_id
        local_id = key if number == 0 else f"{key}|{_worker(last.involvement)}"
        yield Read(last.where, replace(last.involvement, start=start, local_id=local_id))
    for spell in spells:
        if id(spell) not in kept:
            yield Skipped(spell.where, SkipReason.DUPLICATE, spell.involvement.local_id)


def _worker(involvement: Involvement) -> str:
    return involvement.worker_id or involvement.worker or involvement.team


def _order(spell: Read) -> tuple[date, str]:
    return spell.involvement.start or date.min, _worker(spell.involvement)


def _earliest(starts: Sequence[date | None]) -> date | None:
    return min((start for start in starts if start is not None), default=None)
