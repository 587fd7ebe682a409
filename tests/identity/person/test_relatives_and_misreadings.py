"""Stories in both directions: whom no score may ever link, and whom ordinary change and bad handwriting may not part."""

import pytest

from identity.person.linkage import Outcome
from identity.person.look import look
from mappings.canonical.codes import Gender
from mappings.canonical.person import Address, Person
from tests.identity.person.people import ELSEWHERE, decided, evidence, known, person

CARE_HOME = (Address(("The Larches Care Home", "1 Cliff Road"), "Seaton", "ZZ3 3CH"),)

NEVER = {
    "twin sisters": (person("Jasmine"), person("Rowan")),
    "twins whose surname is rare": (person("Jasmine", "Featherstonehaugh"), person("Rowan", "Featherstonehaugh")),
    "twins, one known by an initial": (person("R"), person("Jasmine")),
    "twins, one with a surname misspelt": (person("Rowan", "Holoway"), person("Jasmine")),
    "twins of two genders": (person("Louis", gender=Gender.MALE), person("Louise")),
    "twins whose names rhyme": (person("Molly"), person("Holly")),
    "twins whose names differ by a letter that is easily misread": (person("Kelly"), person("Nelly")),
    "twins whose names begin alike": (person("Maria"), person("Martha")),
    "twins whose names sound alike": (
        person("Hassan", "Khan", gender=Gender.MALE),
        person("Hussain", "Khan", gender=Gender.MALE),
    ),
    "brothers two years apart": (person("Rowan", born="2014-04-07"), person("Jasmine")),
    "father and son of one name": (person("James", born="1980-11-03"), person("James", born="2010-02-21")),
    "father and son of one name, the year of one unreadable": (
        person("James", born="0000-11-03"),
        person("James", born="2010-02-21"),
    ),
    "father and son, born on one day of the month": (
        person("James", born="1985-03-02"),
        person("James", born="2010-06-02"),
    ),
    "cousins of one name, another place": (person(born="2012-09-21", addresses=(ELSEWHERE,)), person()),
    "two residents of a care home": (
        person("Mary", "Smith", "1931-05-02", addresses=CARE_HOME),
        person("Mary", "Smith", "1938-10-17", addresses=CARE_HOME),
    ),
    "two lodgers of one given name without birth dates": (
        person("Mohammed", "Ahmed", ""),
        person("Mohammed", "Hamed", ""),
    ),
    "sisters whose names are alike, the birth date of one unknown": (person("Maya", born=""), person("Mya")),
    "sisters at one address, neither name nor birth date quite the same": (
        person("J", born="2012-04-07"),
        person("Jasmine", born="2013-05-07"),
    ),
    "two babies without a name": (person("Baby"), person("Infant")),
    "two filled-in birth dates": (
        person("Ali", "Khan", "1985-01-01", addresses=()),
        person("Ali", "Khan", "1985-01-01", addresses=()),
    ),
    "no birth date and no place": (person(born="", addresses=()), person()),
    "a surname and a birthday": (person("", addresses=()), person()),
}


@pytest.mark.parametrize("pair", NEVER.values(), ids=NEVER.keys())
def test_never_linked_automatically_whichever_comes_first(pair: tuple[Person, Person]) -> None:
    one, other = pair
    assert decided(one, known(other)).outcome is not Outcome.MATCH
    assert decided(other, known(one)).outcome is not Outcome.MATCH


ALWAYS = {
    "a misread first letter": person("Jasmine", "Hollowav"),
    "a name misread throughout": person("Jasmime", "Ilolloway"),
    "names swapped, and married since": person("Patel", "Jasmine"),
    "another year, another month": person(born="2011-05-07"),
    "no birth date": person(born=""),
    "a spelling of the same name": person("Jasmin"),
    "a given name with a typing error": person("Jasmnie"),
    "everything misread, one part of the birth date too": person("Jaswine", "Halloweg", "2012-05-07"),
    "the family name alone, in the field of the given name": person("Holloway", ""),
    "a birth date whose year cannot be read": person(born="0000-04-07"),
    "a birth date whose month cannot be read": person(born="2012-00-07"),
}


@pytest.mark.parametrize("changed", ALWAYS.values(), ids=ALWAYS.keys())
def test_linked_all_the_same(changed: Person) -> None:
    assert decided(changed, known(person())).outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ann", "Anne"), ("Stephen", "Steven"), ("Brian", "Bryan"), ("Catherine", "Kathryn"), ("Sara", "Sarah")],
)
def test_two_spellings_of_one_name_are_one_name(one: str, other: str) -> None:
    assert decided(person(one), known(person(other))).outcome is Outcome.MATCH


def test_a_misread_name_is_no_twin() -> None:
    assert decided(person("Sophie"), known(person("Hannah"))).outcome is not Outcome.MATCH
    assert decided(person("Mannam"), known(person("Hannah"))).outcome is Outcome.MATCH


def test_what_looks_alike() -> None:
    assert look("MAVTHA") == look("MARTHA")
    assert look("LILY") == look("CICY")
    assert look("LILY") != look("LUCY")
    assert look("SAHW") == look("SHAW")
    tokens = evidence(person("Mavtha")).given, evidence(person("Martha")).given
    assert tokens[0] is not None
    assert tokens[1] is not None
    assert tokens[0].looks == tokens[1].looks
    assert tokens[0].exact != tokens[1].exact


def test_years_that_are_near_share_a_span_and_those_of_parent_and_child_do_not() -> None:
    def near(one: str, other: str) -> bool:
        dates = evidence(person(born=one)).birth_date, evidence(person(born=other)).birth_date
        assert dates[0] is not None
        assert dates[1] is not None
        return not set(dates[0].near).isdisjoint(dates[1].near)

    for year in range(1950, 2000):
        assert all(near(f"{year}-02-03", f"{year + gap}-02-03") for gap in range(7))
        assert not any(near(f"{year}-02-03", f"{year + gap}-02-03") for gap in (12, 13, 20, 30, 40))


@pytest.mark.parametrize(
    ("misread", "meant"),
    [("Reth", "Elizabeth"), ("Sah", "Samuel"), ("Oharlie", "Charles"), ("Oliuer", "Oliver"), ("Nuhannad", "Mohamed")],
)
def test_a_misread_short_form_is_no_twin(misread: str, meant: str) -> None:
    assert decided(person(misread), known(person(meant))).outcome is Outcome.MATCH
    assert decided(person(misread), known(person("Rowan"))).outcome is not Outcome.MATCH


def test_without_a_birth_date_a_misread_surname_needs_a_rare_given_name_or_few_people() -> None:
    one, other = person("Jasmine", "Fanti", ""), person("Jasmine", "Santi", "")
    assert decided(one, known(other), population=1_500).outcome is Outcome.MATCH
    assert decided(one, known(other)).outcome is Outcome.POSSIBLE
