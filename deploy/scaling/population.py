"""An invented population to fill a register with: households of UK-like people, names as skewed as names are, in towns that fill up.

The country stays the same however many live in it, so that the more people there are the more share a street, a birthday or a name.
Nobody here exists: postcodes and NHS numbers are of the test ranges.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate, count
from typing import Final

from faker.providers.person.en_GB import Provider as British
from faker.providers.person.en_IE import Provider as Irish
from faker.providers.person.en_IN import Provider as Indian

from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

TODAY: Final = date(2026, 1, 1)
TOWNS: Final = tuple(
    first + last
    for first in ("Sea", "East", "West", "Nor", "Ash", "Mill", "Thorn", "Black")
    for last in ("ton", "ford", "bury", "ham", "field")
)
_STREETS: Final = tuple(
    f"{name} {kind}"
    for name in ("Quayside", "Mill", "Station", "Church", "Victoria", "Park", "Orchard", "Chapel", "Bridge", "Manor")
    for kind in ("Road", "Street", "Lane", "Close", "Avenue")
)
_INWARD: Final = "ABDEFGHJLN"
_SIZES: Final = ((1, 2, 3, 4, 5, 6), (30, 34, 16, 13, 5, 2))
_HYPHENATED, _HAS_MIDDLE, _HAS_NUMBER, _HAS_NO_DATE = 0.03, 0.5, 0.6, 0.01


@dataclass(frozen=True, slots=True)
class Names:
    """Names with how frequent they are, added up."""

    names: Sequence[str]
    added: Sequence[float]

    def draw(self, chance: random.Random) -> str:
        """One of them."""
        return chance.choices(self.names, cum_weights=self.added)[0]


class Population:
    """The people of one seed, in the same order every time, household by household. Their NHS numbers are those from the serial `numbers_from`
    on: two populations of which nobody is to be in both begin apart."""

    def __init__(self, seed: int, numbers_from: int = 0) -> None:
        self._chance = random.Random(seed)
        british = British.last_names
        self._family = _names(list(british), list(british.values()), [*Irish.last_names, *Indian.last_names])
        self._given = {
            Gender.FEMALE: _names(*_ranked(British.first_names_female), Indian.first_names_female),
            Gender.MALE: _names(*_ranked(British.first_names_male), Indian.first_names_male),
        }
        self._numbers = nhs_numbers(numbers_from)

    def people(self) -> Iterator[Person]:
        """Without end. The `local_id` counts them."""
        serial = count(1)
        while True:
            for person in self._household():
                yield replace(person, local_id=str(next(serial)))

    def _household(self) -> Iterator[Person]:
        chance = self._chance
        size = chance.choices(_SIZES[0], _SIZES[1])[0]
        family, address, adults = self._surname(), self._address(), min(size, chance.randint(1, 2))
        for place in range(size):
            age = chance.randint(20, 90) if place < adults else chance.randint(0, 19)
            surname = self._surname() if place == 1 and chance.random() < 0.3 else family
            yield self._person(surname, address, age)

    def _person(self, family: str, address: Address, age: int) -> Person:
        chance = self._chance
        gender = chance.choice((Gender.FEMALE, Gender.MALE))
        born = TODAY - timedelta(days=365 * age + chance.randint(0, 364))
        given = [self._given[gender].draw(chance) for _ in range(2 if chance.random() < _HAS_MIDDLE else 1)]
        number = next(self._numbers, None) if chance.random() < _HAS_NUMBER else None
        return Person(
            local_id="",
            given=tuple(given),
            family=family,
            birth_date=None if chance.random() < _HAS_NO_DATE else PartialDate.of(born),
            gender=gender,
            addresses=(address,),
            identifiers=(PersonIdentifier(IdentifierSystem.NHS_NUMBER, number, Strength.STRONG),) if number else (),
        )

    def _surname(self) -> str:
        name = self._family.draw(self._chance)
        return f"{name}-{self._family.draw(self._chance)}" if self._chance.random() < _HYPHENATED else name

    def _address(self) -> Address:
        # A town has a thousand postcodes, each a piece of one street.
        town, code = self._chance.randrange(len(TOWNS)), self._chance.randrange(1000)
        postcode = f"ZZ{town + 1} {code // 100}{_INWARD[code // 10 % 10]}{_INWARD[code % 10]}"
        line = f"{self._chance.randint(1, 60)} {_STREETS[code % len(_STREETS)]}"
        return Address((line,), TOWNS[town], postcode)


def nhs_numbers(first: int) -> Iterator[str]:
    """Every number of the test range 999 whose check digit agrees, once, from a serial on."""
    for serial in range(first, 1_000_000):
        digits = f"999{serial:06d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            yield f"{digits}{check % 11}"


def _ranked(names: Sequence[str]) -> tuple[list[str], list[float]]:
    """Names that come in the order of their frequency, as frequent as Zipf has them."""
    return list(names), [1 / (rank + 3) for rank in range(len(names))]


def _names(common: Sequence[str], weights: Sequence[float], rare: Sequence[str]) -> Names:
    """The common names by their weights, and an eighth of all people with one of the rare."""
    each = sum(weights) / 7 / len(rare)
    return Names([*common, *rare], list(accumulate([*weights, *([each] * len(rare))])))
