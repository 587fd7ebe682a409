"""The notices by which a filled register is measured: new people, and known ones stated by another agency, as they are or misspelt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from string import ascii_lowercase

from deploy.scaling.register import AGENCIES, agency_of, reference
from mappings.canonical.identifiers import AgencyId, PersonRef
from mappings.canonical.person import PartialDate, Person


class Sort(StrEnum):
    """Whom a notice is about."""

    NEW = "new"
    KNOWN = "known"
    MISSPELT = "misspelt"


@dataclass(frozen=True, slots=True, repr=False)
class SampleNotice:
    """A person as an agency states them, whom the register may know from another."""

    sort: Sort
    agency: AgencyId
    person_ref: PersonRef
    person: Person


def notices(
    known: Sequence[Person], strangers: Iterator[Person], count: int, round_: str, seed: int
) -> Iterator[SampleNotice]:
    """A third of each sort, mixed. `round_` tells the references of one measurement from those of another."""
    chance = Random(seed)
    there = chance.sample(known, min(len(known), count))
    sorts = tuple(Sort)
    for number in range(count):
        sort = sorts[number % len(sorts)]
        person = next(strangers) if sort is Sort.NEW else there[number % len(there)]
        stated = _misspelt(person, chance) if sort is Sort.MISSPELT else person
        agency = agency_of(person) if sort is Sort.NEW else _another(person, chance)
        yield SampleNotice(sort, agency, reference(person, f"{round_}|{number}|"), stated)


def _another(person: Person, chance: Random) -> AgencyId:
    return chance.choice([agency for agency in AGENCIES if agency != agency_of(person)])


def _misspelt(person: Person, chance: Random) -> Person:
    """With one or two things wrong, and without a number."""
    given, family, born = person.given, person.family, person.birth_date
    if chance.random() < 0.5:
        given = (_typed(given[0], chance), *given[1:])
    else:
        family = _typed(family, chance)
    if born and born.day and born.month and born.day <= 12 and chance.random() < 0.3:
        born = PartialDate(born.year, born.day, born.month)
    return replace(person, given=given, family=family, birth_date=born, identifiers=())


def _typed(name: str, chance: Random) -> str:
    place = chance.randrange(len(name))
    return name[:place] + chance.choice(["", chance.choice(ascii_lowercase)]) + name[place + 1 :] or name
