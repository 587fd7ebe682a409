"""By which composites two records of one person meet."""

from identity.person.block_keys import block_texts
from identity.person.standardise import standardise
from mappings.canonical.evidence import MAX_BLOCKS
from mappings.canonical.person import Person
from tests.identity.person.people import HOME, person


def shared(one: Person, other: Person) -> set[str]:
    return {*block_texts(standardise(one))} & {*block_texts(standardise(other))}


def test_swapped_names_meet_though_one_is_misspelt_and_the_place_is_another() -> None:
    assert shared(person("Jasmine", "Holloway", addresses=()), person("Wolloway", "Jasmine", addresses=()))


def test_two_people_of_one_birthday_and_other_names_do_not_meet() -> None:
    assert not shared(person("Jasmine", "Holloway", addresses=()), person("Robert", "Patel", addresses=()))


def test_a_place_alone_is_no_key() -> None:
    assert not shared(person("Jasmine", "Holloway"), person("Robert", "Patel", born="1950-01-02"))


def test_never_more_than_the_format_takes_and_none_twice() -> None:
    many = person("Mary-Jane Elizabeth", "Smith-Jones", former_family=("Patel", "Khan"), addresses=(HOME,) * 3)
    texts = block_texts(standardise(many))
    assert len({*texts}) == len(texts) <= MAX_BLOCKS
