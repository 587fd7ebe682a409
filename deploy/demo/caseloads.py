"""Who in Seaton is helped by whom: the known truth that the demo's closing line is computed from.

Five agencies; children meet under one agreement, adults under another. Some involvements are over long since, some are of a service that
must stay private, some are published on a legal basis that the agreement does not name. What should come of each is stated here, without
asking the programs.
"""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from deploy.demo.residents import Resident


class Office(StrEnum):
    """The five agencies, by connector id."""

    CHILDRENS = "childrens-social-care"
    HEALTH = "community-health"
    YOUTH = "young-peoples-service"
    HOUSING = "seaton-homes"
    ADULTS = "adult-social-care"


FOR_CHILDREN = (Office.CHILDRENS, Office.HEALTH, Office.YOUTH)
FOR_ADULTS = (Office.HOUSING, Office.ADULTS)


class Fate(StrEnum):
    """What becomes of a row: shared as the agreement says; private (accepted, told to nobody); refused by the gateway; or over long since
    and never published."""

    SHARED = "shared"
    PRIVATE = "private"
    REFUSED = "refused"
    HISTORIC = "historic"


@dataclass(frozen=True, slots=True, repr=False)
class Allocation:
    """One row of one agency's records. `quirk` is how this agency wrote the person down; a `carried` row stands in a file already."""

    office: Office
    person: Resident
    number: int
    service: str
    worker: str
    start: date
    end: date | None
    fate: Fate
    quirk: str = ""
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """What the demo must end with."""

    notices: int
    people: int
    connections: int
    alerts: int
    refused: int

    def __str__(self) -> str:
        return (
            f"{self.notices} notices, {self.people} people, {self.connections} connections, "
            f"{self.alerts} alerts delivered, {self.refused} refused"
        )


SERVICES = {
    Office.CHILDRENS: ("Assessment East", "Children in Need North"),
    Office.HEALTH: ("0-19 Public Health Nursing East", "Community Paediatrics"),
    Office.YOUTH: ("Mentoring", "Youth club"),
    Office.HOUSING: ("Tenancy", "Homelessness prevention duty"),
    Office.ADULTS: ("Reablement", "Long-term support"),
}
PRIVATE_SERVICE = "Substance misuse support"
# They have other clients too, and are named in none of their involvements.
PRIVATE_WORKERS = ("Ada Lund", "Esme Quill")
# How an agency may have written somebody down; each leaves the person recognisable.
QUIRKS = ("", "", "", "no-number", "no-middle-name", "capitals", "moved-house")


def caseloads(people: Sequence[Resident], seed: int, today: date) -> list[Allocation]:
    """Every row of every agency, the same for the same arguments."""
    chance = random.Random(seed + 1)
    rows: list[Allocation] = []
    for person in people:
        offices = FOR_ADULTS if person.adult else FOR_CHILDREN
        known_to = [office for office in offices if chance.random() < 0.45] or [chance.choice(offices)]
        for office in known_to:
            rows.append(_allocation(office, person, len(rows) + 1, chance, today))
    return rows


def truth(rows: Sequence[Allocation]) -> Truth:
    """The closing line, from the rows alone."""
    published = [row for row in rows if row.fate is not Fate.HISTORIC]
    refused = [row for row in published if row.fate is Fate.REFUSED]
    accepted = [row for row in published if row.fate is not Fate.REFUSED]
    shared: dict[str, Counter[Office]] = {}
    for row in accepted:
        if row.fate is Fate.SHARED:
            shared.setdefault(row.person.key, Counter())[row.office] += 1
    connections = sum(
        here * there
        for offices in shared.values()
        for (_, here), (_, there) in itertools.combinations(offices.items(), 2)
    )
    people = len({row.person.key for row in accepted})
    return Truth(len(published), people, connections, 2 * connections, len(refused))


def _allocation(office: Office, person: Resident, number: int, chance: random.Random, today: date) -> Allocation:
    start = max(today - timedelta(days=chance.randint(20, 700)), person.born + timedelta(days=1))
    service, fate, end = chance.choice(SERVICES[office]), Fate.SHARED, None
    roll = chance.random()
    if roll < 0.06:
        fate, start, end = Fate.HISTORIC, start - timedelta(days=900), start - timedelta(days=500)
    elif office is Office.YOUTH and roll < 0.16:
        service, fate = PRIVATE_SERVICE, Fate.PRIVATE
    elif office is Office.YOUTH and roll < 0.24:
        fate = Fate.REFUSED
    # Twins are told apart by their numbers and all their names, so every agency that knows one writes both down in full.
    quirk = "" if person.twin_of_somebody else chance.choice(QUIRKS)
    worker = f"{chance.choice(('Ada', 'Bashir', 'Carys', 'Dmitri', 'Esme'))} {chance.choice(('Lund', 'Okafor', 'Pryce', 'Quill'))}"
    if fate is Fate.PRIVATE:
        worker = PRIVATE_WORKERS[number % len(PRIVATE_WORKERS)]
    return Allocation(office, person, number, service, worker, start, end, fate, quirk)
