"""The invented people of the chapters. Nobody here exists; the numbers are of the range that is never given out."""

from dataclasses import replace

from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

CLIFF_WAY = Address(("4 Cliff Way",), "Seaton", "ZZ2 4XY")
HARBOUR_ROAD = Address(("17 Harbour Road",), "Seaton", "ZZ5 1AB")


def nhs(number: str, strength: Strength = Strength.STRONG) -> tuple[PersonIdentifier, ...]:
    """A verified NHS number, or one that is only believed so far."""
    return (PersonIdentifier(IdentifierSystem.NHS_NUMBER, number, strength),)


MAYA = Person(
    local_id="maya",
    given=("Maya", "Grace"),
    family="O'Neill",
    birth_date=PartialDate(2014, 3, 9),
    gender=Gender.FEMALE,
    addresses=(CLIFF_WAY,),
    identifiers=nhs("9990100012"),
)
MYA = Person(
    local_id="mya",
    given=("Mya", "Rose"),
    family="O'Neill",
    birth_date=PartialDate(2014, 3, 9),
    gender=Gender.FEMALE,
    addresses=(CLIFF_WAY,),
    identifiers=nhs("9990101019"),
)
TYLER = Person(
    local_id="tyler",
    given=("Tyler",),
    family="O'Neill-Whitlock",
    birth_date=PartialDate(2010, 11, 30),
    gender=Gender.MALE,
    addresses=(CLIFF_WAY,),
    identifiers=nhs("9990102015"),
)
AHMAD = Person(
    local_id="ahmad",
    given=("Ahmad",),
    family="Karimi",
    birth_date=PartialDate(2008, 1, 15),
    gender=Gender.MALE,
    addresses=(HARBOUR_ROAD,),
)


def thin(person: Person) -> Person:
    """The same with no more than an initial and without a birth date: too thin to link on."""
    return replace(person, given=(person.given[0][0],), birth_date=None)
