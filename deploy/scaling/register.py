"""The registers that are filled side by side, and who is put in them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

from gateway.linkage.evaluation import EPOCH, PEPPER
from gateway.ports import Clock
from gateway.store.filling import Newcomer
from gateway.store.migration import upgrade
from gateway.store.sql_store import SqlStore, open_store
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PersonRef
from mappings.canonical.person import Person

AGENCIES: Final = tuple(AgencyId(f"urn:scaling:agency-{number}") for number in range(12))
_LEAST_BATCH, _MOST_BATCH, _PARTS = 500, 50_000, 20


class Filling:
    """Fills registers with the same people, in batches that grow with them: about a twentieth, so that the pages of the index fill up as they
    do when people come one by one. `sampled` are some of those who are there, drawn evenly."""

    def __init__(self, stores: Sequence[SqlStore], clock: Clock, people: Iterator[Person], seed: int) -> None:
        self._stores, self._clock, self._people = stores, clock, people
        self._chance, self._tokeniser = Random(seed), KeyedTokeniser(EPOCH)
        self.size = 0
        self.sampled: list[Person] = []
        for store in stores:
            with store.write() as uow:
                for number, agency in enumerate(AGENCIES):
                    uow.trust.add_agency(Agency(agency, f"Agency {number}", AgencyType.HEALTH_COMMUNITY, "Scaling"))

    def up_to(self, size: int, sample: int, progress: Callable[[int], None]) -> None:
        """Go on until there are `size` people."""
        while self.size < size:
            count = min(size - self.size, _MOST_BATCH, max(_LEAST_BATCH, self.size // _PARTS))
            people = list(islice(self._people, count))
            self._keep_some(people, sample)
            newcomers = self.newcomers(people)
            for store in self._stores:
                store.fill(newcomers, self._clock.now())
            self.size += count
            progress(self.size)

    def newcomers(self, people: Iterable[Person]) -> list[Newcomer]:
        """The people as one agency each knows them."""
        return [
            Newcomer(agency_of(person), reference(person), (each,), PEPPER.index_keys(each))
            for person in people
            for each in self.evidence(person)
        ]

    def evidence(self, person: Person) -> tuple[Evidence, ...]:
        """What an agency's connector would make of the person."""
        return tuple(self._tokeniser.evidence([standardise(person)]))

    def _keep_some(self, people: Sequence[Person], sample: int) -> None:
        # Reservoir sampling: everybody so far is as likely to be among them.
        for seen, person in enumerate(people, start=self.size + 1):
            if len(self.sampled) < sample:
                self.sampled.append(person)
            elif (place := self._chance.randrange(seen)) < sample:
                self.sampled[place] = person


def agency_of(person: Person) -> AgencyId:
    """The agency that knows a person first."""
    return AGENCIES[int(person.local_id) % len(AGENCIES)]


def reference(person: Person, purpose: str = "") -> PersonRef:
    """Opaque, and always the same."""
    return PersonRef(sha256(f"{purpose}{person.local_id}".encode()).hexdigest())


@contextmanager
def opened(url: str) -> Iterator[SqlStore]:
    """A new register at `url`."""
    upgrade(url)
    store = open_store(url, bytes(range(64, 96)))
    try:
        yield store
    finally:
        store.close()


def file_url(folder: Path) -> str:
    """Where an SQLite register is made."""
    return f"sqlite:///{folder}/register.db"
