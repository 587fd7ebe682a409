"""Invented people, and the way from a person to evidence and back to a decision, for the tests of matching."""

from dataclasses import replace
from typing import Any

from identity.custody.epoch import LinkageEpoch
from identity.person.candidate import Candidate
from identity.person.linkage import Decision, LinkContext, decide
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Gender, IdentifierSystem, Mode, Strength
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

SEATON = PartnershipId("seaton")
EPOCH = LinkageEpoch("trial-20261123-00000001", Mode.TRIAL, bytes(range(32)), SEATON)
TOKENISER = KeyedTokeniser(EPOCH)
SCHOOL, HOUSING, HEALTH = (AgencyId(f"urn:seaton:{name}") for name in ("school", "housing", "health"))
HOME = Address(("12 Quayside Road",), "Seaton", "ZZ2 4XY")
ELSEWHERE = Address(("7 Mill Lane",), "Easton", "ZZ8 1AB")
POPULATION = 20_000


def person(given: str = "Jasmine", family: str = "Holloway", born: str = "2012-04-07", **changes: Any) -> Person:
    """A girl with a full name, a birth date and a home; `given` may be several fields parted by |."""
    date = PartialDate(*(int(part) or None for part in born.split("-"))) if born else None
    fields = tuple(filter(None, given.split("|")))
    made = Person("1", given=fields, family=family, birth_date=date, gender=Gender.FEMALE, addresses=(HOME,))
    return replace(made, **changes)


def nhs(value: str = "9990000018", strength: Strength = Strength.STRONG) -> tuple[PersonIdentifier, ...]:
    """An NHS number from the range that is never given to anybody."""
    return (PersonIdentifier(IdentifierSystem.NHS_NUMBER, value, strength),)


def evidence(of: Person, tokeniser: KeyedTokeniser = TOKENISER) -> Evidence:
    """What the connector publishes about the person."""
    return tokeniser.evidence([standardise(of)])[0]


def known(of: Person, record: int = 1, person_id: int | None = None, agency: AgencyId = SCHOOL) -> Candidate:
    """A registered record, linked to a person of the same number where none is given."""
    return Candidate(record, record if person_id is None else person_id, agency, evidence(of))


def decided(incoming: Person, *candidates: Candidate, **context: Any) -> Decision:
    """The decision about a record that housing publishes."""
    return decide(
        evidence(incoming), candidates, LinkContext(**{"agency": HOUSING, "population": POPULATION, **context})
    )
