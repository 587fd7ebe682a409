"""The invented people of Seaton: households with parents and children, twins among them, from a seed. Nobody here exists."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from faker import Faker

from mappings.canonical.identifiers import NHSNumber

SURNAME_LOCALES = ("en_GB", "en_IN", "pl_PL", "en_IE")
HOUSEHOLDS = 64
TWINS_IN = (7, 23)


@dataclass(frozen=True, slots=True, repr=False)
class Resident:
    """One invented person. `household` numbers the home; two residents never share a key."""

    key: str
    household: int
    given: str
    middle: str
    family: str
    born: date
    female: bool
    street: str
    postcode: str
    nhs_number: str
    adult: bool

    @property
    def twin_of_somebody(self) -> bool:
        """Whether there is a sibling born on the same day."""
        return not self.adult and self.household in TWINS_IN


class Births:
    """Birth dates that keep everybody safely inside an age band for weeks to come, and test-range NHS numbers that check out."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._today = today
        self._serial = 0

    def born(self, youngest: int, oldest: int) -> date:
        """A day on which somebody now between these ages, in whole years, was born; never near a birthday or on a placeholder day."""
        age = self._chance.randint(youngest, oldest)
        day = self._today - timedelta(days=int(age * 365.25) + self._chance.randint(60, 300))
        return day + timedelta(days=2) if day.day in (1, 15) else day

    def nhs_number(self) -> str:
        """The next number of the 999 range whose check digit agrees."""
        while True:
            self._serial += 1
            for digit in range(10):
                number = f"999{self._serial:06d}{digit}"
                if NHSNumber.parse(number):
                    return number


def residents(seed: int, today: date) -> list[Resident]:
    """About two hundred people, the same for the same seed and day."""
    chance = random.Random(seed)
    births = Births(chance, today)
    fakers = [Faker(locale) for locale in SURNAME_LOCALES]
    for number, faker in enumerate(fakers):
        faker.seed_instance(seed + number)
    town = [home(number, chance, births, fakers[number % len(fakers)], fakers[0]) for number in range(HOUSEHOLDS)]
    return [resident for household in town for resident in household]


def home(number: int, chance: random.Random, births: Births, faker: Faker, streets: Faker) -> list[Resident]:
    """One household: one or two adults, one to three children."""
    family = faker.last_name()
    street = f"{chance.randint(1, 90)} {streets.street_name()}"
    postcode = f"ZZ{chance.randint(1, 8)} {chance.randint(1, 9)}{chance.choice('ABDEFGHJ')}{chance.choice('LNPQRSTU')}"
    people: list[Resident] = []

    def add(adult: bool, born: date) -> None:
        female = chance.random() < 0.5
        first = faker.first_name_female if female else faker.first_name_male
        taken = {person.given for person in people}
        given = next(name for name in iter(first, None) if name not in taken)
        middle = next(name for name in iter(first, None) if name != given)
        key = f"{number:02d}-{len(people)}"
        people.append(
            Resident(key, number, given, middle, family, born, female, street, postcode, births.nhs_number(), adult)
        )

    for _ in range(chance.randint(1, 2)):
        add(True, births.born(26, 70))
    if number in TWINS_IN:
        born = births.born(3, 14)
        add(False, born)
        add(False, born)
    else:
        for _ in range(chance.randint(1, 3)):
            add(False, births.born(1, 15))
    return people
