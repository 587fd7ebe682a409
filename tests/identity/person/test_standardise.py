"""A whole person, standardised."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.standard_person import InvalidStandardPerson, StandardPerson, from_json, to_json
from identity.person.standardise import standardise
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier
from tests.identity.person.people import HOME, nhs, person


def test_two_given_names_are_first_and_middle_however_they_are_split_over_fields() -> None:
    for fields in ("Mary|Jane", "Mary Jane", "Mary Jane Ann"):
        found = standardise(person(fields))
        assert (found.given, found.middle) == ("MARY", "JANE")


def test_a_nickname_is_an_alias_and_alone_it_is_only_that() -> None:
    assert "JAZ" in standardise(person(known_as=("Jaz",))).given_aliases
    alone = standardise(person("", known_as=("Jaz",)))
    assert (alone.given, alone.nickname_only) == ("JAZ", True)


def test_a_name_of_many_spellings_keeps_the_written_one_as_an_alias() -> None:
    found = standardise(person("Muhamed"))
    assert (found.given, found.given_aliases[:1]) == ("MOHAMMED", ("MUHAMED",))


def test_male_is_no_given_name_and_yet_a_family_name() -> None:
    assert standardise(person("Male")).given == ""
    assert standardise(person(family="Male")).family == "MALE"


def test_a_former_name_is_an_alias() -> None:
    assert "PATEL" in standardise(person(former_family=("Patel",))).family_aliases


def test_a_filler_is_told_apart_from_an_empty_name() -> None:
    assert standardise(person("Baby")).filler_only
    assert not standardise(person("")).filler_only


def test_an_unborn_child_has_no_birth_date() -> None:
    found = standardise(person("", born="", expected=date(2027, 3, 1)))
    assert found.birth_date is None


def test_a_withheld_place_is_left_out_and_others_stay() -> None:
    found = standardise(person(addresses=(Address(("1 Safe Road",), "Seaton", "ZZ9 9ZZ", withheld=True), HOME)))
    assert [place.postcode for place in found.locations] == ["ZZ2 4XY"]


def test_nothing_of_a_person_shows_when_printed() -> None:
    shown = repr(standardise(person(identifiers=nhs()))).upper()
    for part in ("JASMINE", "HOLLOWAY", "2012", "ZZ2", "999"):
        assert part not in shown


people = st.builds(
    Person,
    local_id=st.just("1"),
    given=st.lists(st.text(max_size=30), max_size=3).map(tuple),
    family=st.text(max_size=40),
    known_as=st.lists(st.text(max_size=20), max_size=3).map(tuple),
    former_family=st.lists(st.text(max_size=20), max_size=8).map(tuple),
    birth_date=st.none() | st.dates().map(PartialDate.of),
    gender=st.sampled_from(Gender),
    addresses=st.lists(
        st.builds(Address, st.lists(st.text(max_size=30)).map(tuple), st.text(max_size=20), st.text(max_size=9)),
        max_size=8,
    ).map(tuple),
    identifiers=st.lists(
        st.builds(PersonIdentifier, st.sampled_from(IdentifierSystem), st.text(max_size=14), st.sampled_from(Strength)),
        max_size=4,
    ).map(tuple),
)


@given(people)
def test_standardising_never_fails_and_survives_the_ledger(of: Person) -> None:
    found = standardise(of)
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize("damaged", ["", "{}", "[]", "null", '{"v":2}', '{"v":1}', "\xff", '{"v":1,"given":3}'])
def test_a_damaged_entry_is_refused_by_one_exception(damaged: str) -> None:
    with pytest.raises(InvalidStandardPerson):
        from_json(damaged)


def test_an_empty_person_is_empty() -> None:
    assert standardise(Person("1")) == StandardPerson()
