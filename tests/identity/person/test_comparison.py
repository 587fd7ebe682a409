"""Levels of agreement, field by field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.comparison import Levels, compare
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import Address, Person, PersonIdentifier
from tests.identity.person.people import ELSEWHERE, HOME, evidence, nhs, person


def levels(one: Person, other: Person) -> Levels:
    return compare(evidence(one), evidence(other))


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("2012-04-07", "2012-04-07", 1),
        ("2012-04-07", "2012-07-04", 2),
        ("2012-04-07", "2012-04-17", 2),
        ("2012-04-07", "2021-04-07", 2),
        ("2012-04", "2012-04-07", 2),
        ("2012-04-07", "2012-12-30", 3),
        ("2012", "2012-04-07", 3),
        ("2012-04-07", "1980-12-30", 4),
        ("", "2012-04-07", 0),
        ("2012-01-01", "2012-01-01", 2),
        ("2012-06-15", "2012-06-15", 2),
        ("0000-04-07", "2012-04-07", 2),
        ("0000-04-07", "0000-04-07", 2),
        ("0000-04-07", "2012-08-07", 3),
        ("0000-04-07", "2012-08-19", 4),
        ("2012-00-07", "2012-04-07", 2),
        ("2012-00-07", "2012-04-19", 3),
    ],
)
def test_birth_dates(one: str, other: str, level: int) -> None:
    assert levels(person(born=one), person(born=other)).birth_date == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        (HOME, HOME, 1),
        (HOME, Address((), "", "ZZ2 4XY"), 1),
        (HOME, Address(("12 Quayside Rd",), "Seaton"), 1),
        (HOME, Address(("9 Beach Walk",), "Seaton", "ZZ2 4XY"), 2),
        (HOME, Address(("12 Quayside Road",), "Seaton", "ZZ2 4XZ"), 2),
        (HOME, Address(("9 Beach Walk",), "Weston", "ZZ2 4AA"), 3),
        # Neighbours' addresses are close too.
        (HOME, Address(("112 Quayside Road",), "Seaton", "ZZ4 2XY"), 4),
        (HOME, Address(("9 Beach Walk",), "Weston", "ZZ7 1AA"), 4),
        (HOME, Address(("9 Beach Walk",), "Weston", "AB1 2CD"), 5),
        (HOME, Address((), "", "ZZ99 3VZ"), 0),
    ],
)
def test_locations(one: Address, other: Address, level: int) -> None:
    assert levels(person(addresses=(one,)), person(addresses=(other,))).location == level


def test_the_best_of_several_addresses_counts() -> None:
    assert levels(person(addresses=(ELSEWHERE, HOME)), person(addresses=(HOME,))).location == 1


def test_a_town_counts_only_where_there_is_nothing_else() -> None:
    town = Address((), "Seaton")
    assert levels(person(addresses=(town,)), person(addresses=(town,))).town == 1
    assert levels(person(), person()).town == 0


def test_gender_unknown_or_other_is_no_disagreement() -> None:
    for gender in (Gender.UNKNOWN, Gender.OTHER):
        assert levels(person(), person(gender=gender)).gender == 0
    assert levels(person(), person(gender=Gender.MALE)).gender == 4


def test_numbers() -> None:
    medium, weak = nhs(strength=Strength.MEDIUM), nhs(strength=Strength.WEAK)
    assert levels(person(identifiers=nhs()), person(identifiers=nhs())).number == 1
    assert levels(person(identifiers=nhs()), person(identifiers=medium)).number == 2
    assert levels(person(identifiers=nhs()), person(identifiers=weak)).number == 3
    different = levels(person(identifiers=nhs()), person(identifiers=nhs("9990000026")))
    assert (different.number, different.conflict) == (4, True)
    assert levels(person(identifiers=nhs()), person(identifiers=nhs("9990000026", Strength.WEAK))).number == 0


def test_one_number_in_two_systems_never_meets() -> None:
    chi = (PersonIdentifier(IdentifierSystem.CHI_NUMBER, "9990000018", Strength.STRONG),)
    assert levels(person(identifiers=nhs()), person(identifiers=chi)).number == 0


people = st.sampled_from(
    [
        person(),
        person("J"),
        person("Holloway", "Jasmine"),
        person("Bill", "Smith-Jones"),
        person("William", "Jones", born=""),
        person("", "", born="", addresses=()),
    ]
)


@given(people, people)
def test_comparing_is_the_same_both_ways(one: Person, other: Person) -> None:
    assert levels(one, other) == levels(other, one)
