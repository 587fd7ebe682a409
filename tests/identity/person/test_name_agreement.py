"""Levels of agreement of names."""

import pytest

from identity.person.name_agreement import name_levels
from mappings.canonical.person import Person
from tests.identity.person.people import evidence, person


def levels(one: Person, other: Person) -> tuple[int, int]:
    return name_levels(evidence(one), evidence(other))


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Jasmine", "JASMINE", 1),
        ("Catherine", "Cathrine", 2),
        ("Jasmine", "Jazmin", 2),
        ("Anna", "Annabel", 3),
        ("Anna", "Hannah", 4),
        ("Carol", "Carlo", 4),
        ("Molly", "Holly", 4),
        ("Mollyy", "Holly", 3),
        ("Hassan", "Hussain", 4),
        ("Brian", "Bryan", 1),
        ("Cathy", "Kathy", 2),
        ("Maria", "Marie", 2),
        ("Oliuer", "Oliver", 2),
        ("Nuhannad", "Mohammed", 2),
        ("J", "Jasmine", 3),
        ("K", "Jasmine", 4),
        ("M", "Negan", 3),
        ("E", "Beth", 3),
        ("R", "Beth", 4),
        ("Jasmine", "Robert", 4),
        ("Mohammed", "Muhammad", 1),
        ("Bill", "William", 2),
        ("Mary-Jane", "Jane", 2),
        ("", "Jasmine", 0),
        ("Baby", "Jasmine", 0),
        ("Anne Marie", "Marie", 2),
    ],
)
def test_given_names(one: str, other: str, level: int) -> None:
    assert levels(person(one), person(other))[0] == level


@pytest.mark.parametrize(
    ("one", "other", "most"),
    [
        ("Smith-Jones", "Smith", 2),
        ("Smith-Jones", "Jones", 2),
        ("O'Brien", "OBrien", 1),
        ("McDonald", "MacDonald", 2),
        ("van der Berg", "Berg", 2),
        ("Stephenson", "Stevenson", 2),
        ("Scott", "Sctot", 2),
        ("Shaw", "Sahw", 2),
        ("Ahmed", "Hamed", 3),
        ("Smith", "Singh", 4),
        ("Brown", "Roman", 4),
        ("Holloway", "Patel", 4),
    ],
)
def test_family_names(one: str, other: str, most: int) -> None:
    assert levels(person(family=one), person(family=other))[1] == most


def test_a_former_name_agrees_after_marriage() -> None:
    assert levels(person(family="Patel"), person(family="Holloway", former_family=("Patel",)))[1] == 2


def test_the_only_name_of_one_side_agrees_in_the_other_field() -> None:
    whole = person("Jasmine", "Holloway")
    assert levels(person("", "Jasmine"), whole) == (0, 2)
    assert levels(person("Holloway", ""), whole) == (2, 0)
    assert levels(person("", "Patel"), whole) == (0, 4)
    assert levels(person("", "Jasmine"), person("Jasmine", "")) == levels(person("Jasmine", ""), person("", "Jasmine"))


def test_swapped_names_agree() -> None:
    assert levels(person("Jasmine", "Holloway"), person("Holloway", "Jasmine")) == (2, 2)


def test_swapped_names_agree_though_one_is_misspelt() -> None:
    assert levels(person("Jasmine", "Holloway"), person("Haloway", "Jasmine")) == (2, 2)
    assert levels(person("Jasmine", "Holloway"), person("Holwaly", "Jasmine")) == (2, 3)
    assert levels(person("Holwaly", "Jasmine"), person("Jasmine", "Holloway")) == (2, 3)


def test_an_initial_is_no_swapped_name() -> None:
    assert levels(person("J", "Holloway"), person("Holloway", "Jarvis"))[1] == 4
