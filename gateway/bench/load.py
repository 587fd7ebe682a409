"""The load: invented clients, each known to two agencies, so that what must come of it is known beforehand.

* Two notices a client, so n notices make n/2 connections and n alerts: one to each side.
* Two records in three carry a verified NHS number on both sides; the third has none on one side and is found by name,
  birth date, gender and address, as in life.
* Names, addresses and birth dates are drawn from short lists, so that strangers share surnames, streets and birthdays
  and linkage has something to tell apart. NHS numbers are of the 999 range, which is never given out.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

GIVEN = (
    "Ada", "Aisha", "Amir", "Anya", "Ben", "Bethan", "Callum", "Chloe", "Daniel", "Dilan", "Eilidh", "Ella", "Emre",
    "Farah", "Finn", "Freya", "George", "Grace", "Hamza", "Hannah", "Idris", "Isla", "Jack", "Jasmin", "Kai", "Keira",
    "Leila", "Liam", "Mabel", "Marcus", "Maya", "Mohammed", "Nadia", "Noah", "Olivia", "Oscar", "Poppy", "Rhys",
    "Rosie", "Ruby", "Samir", "Sofia", "Tariq", "Thea", "Umar", "Violet", "William", "Yusuf", "Zara", "Zoe",
)  # fmt: skip
FAMILY = (
    "Abbott", "Ahmed", "Bailey", "Barnes", "Begum", "Brennan", "Carter", "Chandra", "Clarke", "Collins", "Davies",
    "Dhillon", "Doyle", "Edwards", "Evans", "Farrell", "Foster", "Gallagher", "Gill", "Grant", "Harris", "Hughes",
    "Hussain", "Iqbal", "Jenkins", "Johnson", "Kaur", "Kelly", "Khan", "Lewis", "Lloyd", "Marsh", "Miah", "Morgan",
    "Murphy", "Nolan", "Novak", "Okafor", "Owens", "Parker", "Patel", "Price", "Quinn", "Rahman", "Reid", "Robson",
    "Shah", "Singh", "Stone", "Taylor", "Thomas", "Turner", "Usman", "Vaughan", "Walker", "Webb", "Wilson", "Wright",
    "Yates", "Young",
)  # fmt: skip
STREETS = ("Cliff Way", "Harbour Road", "Mill Lane", "Station Street", "Church Hill", "Quay Parade", "Orchard Close")
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True, repr=False)
class Client:
    """One person as two agencies know them. `key` is the local id at both."""

    key: str
    first: Person
    second: Person


class Town:
    """Draws clients. The same seed gives the same town, and nobody is drawn twice."""

    def __init__(self, today: date, seed: int = 1) -> None:
        self._today = today
        self._random = random.Random(seed)
        self._drawn = 0
        self._numbers = nhs_numbers()

    def clients(self, count: int) -> list[Client]:
        """`count` more people."""
        return [self._client() for _ in range(count)]

    def _client(self) -> Client:
        self._drawn += 1
        draw = self._random
        person = Person(
            local_id=f"client-{self._drawn}",
            given=(draw.choice(GIVEN), draw.choice(GIVEN)),
            family=draw.choice(FAMILY),
            birth_date=PartialDate.of(self._today - timedelta(days=draw.randrange(400, 17 * 365))),
            gender=draw.choice((Gender.FEMALE, Gender.MALE)),
            addresses=(self._address(),),
            identifiers=(PersonIdentifier(IdentifierSystem.NHS_NUMBER, next(self._numbers), Strength.STRONG),),
        )
        without = self._drawn % 3 == 0
        return Client(person.local_id, person, replace(person, identifiers=()) if without else person)

    def _address(self) -> Address:
        draw = self._random
        postcode = f"ZZ{draw.randrange(1, 10)} {draw.randrange(1, 10)}{draw.choice(_LETTERS)}{draw.choice(_LETTERS)}"
        return Address((f"{draw.randrange(1, 200)} {draw.choice(STREETS)}",), "Seaton", postcode)


def nhs_numbers() -> Iterator[str]:
    """Every number of the 999 range in order, with its check digit (modulus 11, NHS Data Dictionary). A sum that has no
    check digit is passed over."""
    for serial in range(1_000_000):
        digits = f"999{serial:06d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            yield f"{digits}{check % 11}"
