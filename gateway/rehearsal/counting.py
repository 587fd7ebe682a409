"""Linking several agencies' evidence files as their notices would be, in a register that is thrown away, and counting what comes of it.

* A connection is counted once for each person and pair of agencies, however many workers there are on either side.
* For review: two people of different agencies whom linking leaves to a steward, and who are not one person when all is linked.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice

from gateway.linkage.linking import Placed, drawn, enter
from gateway.ports import Clock, UnitOfWork
from gateway.store.sql_store import SqlStore
from identity.person.linkage import LinkContext
from identity.person.pepper import Pepper
from identity.person.rehearsal_key import PARTNERSHIP
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PersonRef

_BATCH = 200
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """People in common, and pairs of people left to a steward, by pair of agencies in the order in which they were given."""

    match: Mapping[Pair, int]
    review: Mapping[Pair, int]


def count(
    store: SqlStore,
    clock: Clock,
    agencies: Mapping[str, Callable[[], Iterable[Evidence]]],
    progress: Callable[[int], None] = lambda done: None,
) -> Found:
    """Link everybody of every agency, one agency after the other. The store must be empty."""
    pepper = Pepper(secrets.token_bytes(32), PARTNERSHIP)
    linking = _Linking(clock, pepper)
    with store.write() as uow:
        for number, name in enumerate(agencies):
            uow.trust.add_agency(Agency(_id(number), name[:80], AgencyType.CHARITY, "Rehearsal"))
    for number, (name, evidence) in enumerate(agencies.items()):
        for batch in _batches(evidence()):
            with store.write() as uow:
                for each in batch:
                    linking.take(uow, name, _id(number), each)
            progress(linking.taken)
    return linking.found(list(agencies))


class _Linking:
    """Who is whom so far."""

    def __init__(self, clock: Clock, pepper: Pepper) -> None:
        self._clock, self._pepper = clock, pepper
        self._agency: dict[int, str] = {}
        self._person: dict[int, int] = {}
        self._possible: set[tuple[int, int]] = set()

    @property
    def taken(self) -> int:
        """How many people were linked."""
        return len(self._agency)

    def take(self, uow: UnitOfWork, name: str, agency: AgencyId, evidence: Evidence) -> None:
        context, now = LinkContext(agency, 0), self._clock.now()
        reference = PersonRef(secrets.token_hex(32))
        placed, _ = enter(uow, self._pepper, context, reference, (evidence,), now)
        self._agency[placed.record_id] = name
        self._note(placed)
        for moved in drawn(uow, self._pepper, placed, now, context):
            self._note(moved)

    def _note(self, placed: Placed) -> None:
        self._person[placed.record_id] = placed.person_id
        self._possible |= {(min(placed.record_id, one), max(placed.record_id, one)) for one in placed.suspects}

    def found(self, names: list[str]) -> Found:
        order = {name: number for number, name in enumerate(names)}
        who: dict[int, set[str]] = {}
        for record_id, person_id in self._person.items():
            who.setdefault(person_id, set()).add(self._agency[record_id])
        match = Counter(
            pair for agencies in who.values() for pair in combinations(sorted(agencies, key=order.__getitem__), 2)
        )
        review: Counter[Pair] = Counter()
        for one, other in self._possible:
            first, second = sorted((self._agency[one], self._agency[other]), key=order.__getitem__)
            if first != second and self._person[one] != self._person[other]:
                review[first, second] += 1
        return Found(match, review)


def _batches(evidence: Iterable[Evidence]) -> Iterator[list[Evidence]]:
    waiting = iter(evidence)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _id(number: int) -> AgencyId:
    return AgencyId(f"urn:patchwork:rehearsal:{number + 1}")
