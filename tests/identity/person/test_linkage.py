"""Who is linked, who waits for a person's eye, and who is somebody new. Each rule of `identity.person.linkage` is a
test here."""

from dataclasses import replace

import pytest

from identity.person.candidate import Candidate
from identity.person.linkage import Decision, LinkContext, Outcome, decide, resolve
from identity.person.memory_index import MemoryIndex
from identity.person.pepper import Pepper
from mappings.canonical.codes import Certainty, Gender, Strength
from mappings.canonical.person import Address, PartialDate, Person
from tests.identity.person.people import (
    ELSEWHERE,
    HEALTH,
    HOUSING,
    SCHOOL,
    SEATON,
    decided,
    evidence,
    known,
    nhs,
    person,
)

REVIEW = {Outcome.POSSIBLE, Outcome.MANY}


def test_the_same_details_are_the_same_person() -> None:
    found = decided(person(), known(person(), person_id=7))
    assert (found.outcome, found.person_id, found.record_id) == (Outcome.MATCH, 7, 1)
    assert (found.method, found.certainty) == ("probabilistic", Certainty.STRONG_MATCH)
    assert {finding.field for finding in found.explanation} >= {"given", "family", "birth_date", "location"}


def test_nobody_known_and_strangers_are_somebody_new() -> None:
    assert decided(person()) == Decision(Outcome.NEW)
    assert (
        decided(person(), known(person("Robert", "Patel", "1971-12-30", addresses=(ELSEWHERE,)))).outcome is Outcome.NEW
    )


def test_a_record_linked_to_nobody_can_be_matched() -> None:
    found = decided(person(), Candidate(5, None, SCHOOL, evidence(person())))
    assert (found.outcome, found.person_id, found.record_id) == (Outcome.MATCH, None, 5)


ORDINARY = {
    "married, same place": person(family="Patel"),
    "double-barrelled": person(family="Holloway-Patel", addresses=(ELSEWHERE,)),
    "swapped names": person("Holloway", "Jasmine"),
    "day and month swapped": person(born="2012-07-04"),
    "misspelt": person("Jasmin", "Holoway"),
    "initial only": person("J"),
    "moved house": person(addresses=(ELSEWHERE,)),
    "no fixed abode": person(addresses=(Address(("NFA",), "", "ZZ99 3VZ"),)),
    "protected address": person(addresses=(replace(ELSEWHERE, withheld=True),)),
    "another gender recorded": person(gender=Gender.MALE),
    "second name recorded": person("Jasmine Ann"),
}


@pytest.mark.parametrize("changed", ORDINARY.values(), ids=ORDINARY.keys())
def test_ordinary_change_is_no_hindrance(changed: Person) -> None:
    assert decided(changed, known(person())).outcome is Outcome.MATCH


def test_who_moved_is_known_by_name_and_birth_date_as_long_as_nobody_else_is_likely_to_share_them() -> None:
    common = ("James", "Smith", "2011-04-07")
    moved = person(*common, addresses=(Address(("7 Mill Lane",), "Seaton", "ZZ8 1AB"),))
    here = known(person(*common))
    few, many = (decided(moved, here, population=people) for people in (20_000, 500_000))
    assert few.outcome is Outcome.MATCH
    assert many.outcome is Outcome.POSSIBLE
    assert 0.95 < many.score < 0.99
    assert decided(person(*common), here, population=500_000).outcome is Outcome.MATCH


def test_a_nickname_with_the_same_date_and_place_is_the_same_person() -> None:
    assert (
        decided(person("Bill", gender=Gender.MALE), known(person("William", gender=Gender.MALE))).outcome
        is Outcome.MATCH
    )


@pytest.mark.parametrize("spelling", ["Muhammad", "Mohamed", "Mohammad", "Mohd"])
def test_a_transliterated_name_is_the_same_person(spelling: str) -> None:
    assert decided(person(spelling, "Khan"), known(person("Mohammed", "Khan"))).outcome is Outcome.MATCH


# -- verified numbers ---------------------------------------------------------------------------------------------


def test_the_same_verified_number_and_an_agreeing_name_is_a_match() -> None:
    found = decided(
        person(family="Patel", born="1990-12-30", addresses=(ELSEWHERE,), identifiers=nhs()),
        known(person(identifiers=nhs())),
    )
    assert (found.outcome, found.method, found.certainty) == (Outcome.MATCH, "verified-number", Certainty.SAME_NUMBER)


def test_a_number_borne_before_is_the_number_that_another_record_still_has() -> None:
    merged = person(identifiers=nhs("9990000026"), superseded=nhs(), addresses=(ELSEWHERE,))
    for incoming, there in ((merged, person(identifiers=nhs())), (person(identifiers=nhs()), merged)):
        found = decided(incoming, known(there))
        assert (found.outcome, found.method) == (Outcome.MATCH, "verified-number")


def test_a_number_borne_before_is_no_match_where_neither_name_nor_birth_date_agrees() -> None:
    stranger = person("Robert", "Patel", "1971-12-30", identifiers=nhs("9990000026"), superseded=nhs())
    assert decided(stranger, known(person(identifiers=nhs()))).outcome in REVIEW


def test_two_that_only_bore_the_same_number_before_have_different_numbers() -> None:
    mine = person(identifiers=nhs("9990000026"), superseded=nhs())
    theirs = person(identifiers=nhs("9990000034"), superseded=nhs())
    assert decided(mine, known(theirs)).outcome is not Outcome.MATCH


def test_the_same_verified_number_and_the_same_birth_date_is_a_match_whatever_the_name() -> None:
    assert (
        decided(person("Kaya", "Patel", identifiers=nhs()), known(person(identifiers=nhs()))).outcome is Outcome.MATCH
    )


def test_the_same_number_with_another_given_name_and_birth_date_is_for_review() -> None:
    found = decided(person("Robert", born="1971-12-30", identifiers=nhs()), known(person(identifiers=nhs())))
    assert (found.outcome, found.method) == (Outcome.POSSIBLE, "verified-number")
    assert found.possibles[0][0] == 1


def test_the_same_number_at_two_persons_is_for_review() -> None:
    assert (
        decided(
            person(identifiers=nhs()), known(person(identifiers=nhs())), known(person(identifiers=nhs()), 2)
        ).outcome
        is Outcome.MANY
    )


def test_two_different_verified_numbers_are_never_linked_automatically() -> None:
    found = decided(person(identifiers=nhs("9990000026")), known(person(identifiers=nhs())))
    assert found.outcome in REVIEW | {Outcome.NEW}


def test_a_number_that_is_not_verified_is_evidence_but_no_proof() -> None:
    weak = nhs(strength=Strength.WEAK)
    assert (
        decided(person("Robert", "Patel", "1971-12-30", identifiers=weak), known(person(identifiers=weak))).outcome
        is not Outcome.MATCH
    )


def test_a_verified_number_makes_up_for_a_thin_identity() -> None:
    thin = person("", born="2012-04-07", addresses=(), identifiers=nhs())
    assert decided(thin, known(person(identifiers=nhs()))).outcome is Outcome.MATCH


# -- never automatic ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gender", [Gender.FEMALE, Gender.MALE])
def test_twins_are_never_linked_automatically(gender: Gender) -> None:
    assert decided(person("Rowan", gender=gender), known(person())).outcome is not Outcome.MATCH


def test_twins_of_two_genders_with_names_alike_are_never_linked_automatically() -> None:
    assert decided(person("Jasper", gender=Gender.MALE), known(person("Jasmine"))).outcome is not Outcome.MATCH
    assert decided(person("Louis", gender=Gender.MALE), known(person("Louise"))).outcome is not Outcome.MATCH


def test_twins_with_names_alike_and_other_middle_names_are_never_linked_automatically() -> None:
    assert decided(person("Mya Rose"), known(person("Maya Grace"))).outcome is not Outcome.MATCH


def test_twins_in_two_agencies_each_find_their_own() -> None:
    twins = (known(person("Jasmine"), 1), known(person("Rowan"), 2))
    assert decided(person("Rowan"), *twins).person_id == 2
    assert decided(person("Jasmine"), *twins).person_id == 1


@pytest.mark.parametrize("filler", ["Baby", "Infant", "Twin 1", "Unknown", "Baby of Sarah"])
def test_a_child_without_a_given_name_is_never_linked_automatically(filler: str) -> None:
    assert decided(person(filler), known(person(filler))).outcome is not Outcome.MATCH
    assert decided(person(filler), known(person())).outcome is not Outcome.MATCH


def test_a_superseded_number_is_an_alias_and_no_proof_by_itself() -> None:
    merged = person(identifiers=(*nhs("9990000026"), *nhs(strength=Strength.MEDIUM)))
    assert decided(merged, known(person(identifiers=nhs(strength=Strength.MEDIUM)))).outcome is Outcome.MATCH
    stranger = replace(merged, given=("Robert",), family="Patel", birth_date=None, addresses=(ELSEWHERE,))
    assert decided(stranger, known(person(identifiers=nhs(strength=Strength.MEDIUM)))).outcome is not Outcome.MATCH


def test_an_adopted_child_under_a_new_name_and_number_is_somebody_new() -> None:
    adopted = person("Amelia", "Whitcombe", addresses=(ELSEWHERE,), identifiers=nhs("9990000026"))
    assert decided(adopted, known(person(identifiers=nhs()))).outcome is Outcome.NEW


def test_siblings_are_different_people() -> None:
    assert decided(person("Rowan", born="2015-09-21"), known(person())).outcome is Outcome.NEW


def test_father_and_son_of_one_name_are_never_linked_automatically() -> None:
    son, father = (
        person("James", born="2010-03-05", gender=Gender.MALE),
        person("James", born="1978-11-19", gender=Gender.MALE),
    )
    assert decided(son, known(father)).outcome is not Outcome.MATCH


def test_father_and_son_of_one_first_name_are_never_linked_automatically_where_a_birth_date_lacks() -> None:
    son, father = person("James Robert", born="2010-03-05"), person("James Arthur", born="")
    assert decided(son, known(father)).outcome is not Outcome.MATCH
    assert decided(father, known(son)).outcome is not Outcome.MATCH


def test_namesakes_born_in_one_year_are_never_linked_automatically() -> None:
    one, other = person("John", "Smith", "1984-02-20", addresses=(ELSEWHERE,)), person("John", "Smith", "1984-09-03")
    assert decided(one, known(other)).outcome is not Outcome.MATCH


def test_a_given_name_and_a_birthday_alone_are_never_enough() -> None:
    assert decided(person(family="Patel", addresses=(ELSEWHERE,)), known(person())).outcome is not Outcome.MATCH


def test_two_filled_in_birth_dates_are_not_the_same_birth_date() -> None:
    one = person("Mohammed", "Khan", "1985-01-01", addresses=(ELSEWHERE,))
    assert decided(one, known(person("Mohammed", "Khan", "1985-01-01"))).outcome is not Outcome.MATCH


def test_namesakes_in_one_care_home_are_different_people() -> None:
    home = (Address(("The Larches Care Home", "1 Cliff Road"), "Seaton", "ZZ3 3CH"),)
    one, other = (person("Mary", "Smith", born, addresses=home) for born in ("1931-05-02", "1938-10-17"))
    assert decided(one, known(other)).outcome is not Outcome.MATCH


@pytest.mark.parametrize(
    "thin", [person("", known_as=("Jaz",)), person("J", born=""), person("Jasmine", "", addresses=())]
)
def test_a_weak_identity_is_never_linked_automatically_on_either_side(thin: Person) -> None:
    assert decided(thin, known(person())).outcome is not Outcome.MATCH
    assert decided(person(), known(thin)).outcome is not Outcome.MATCH


@pytest.mark.parametrize("dated", [person(), person("Mohammed", "Khan")])
def test_without_a_birth_date_only_the_place_and_both_names_can_tell(dated: Person) -> None:
    undated = replace(dated, birth_date=None)
    assert decided(undated, known(dated)).outcome is Outcome.MATCH
    assert decided(replace(undated, addresses=()), known(dated)).outcome is not Outcome.MATCH
    assert decided(replace(undated, addresses=(ELSEWHERE,)), known(dated)).outcome is not Outcome.MATCH
    assert decided(replace(undated, given=("Rowan",)), known(dated)).outcome is not Outcome.MATCH
    father = replace(dated, birth_date=PartialDate(1970, 2, 1))
    assert decided(undated, known(dated, 1), known(father, 2)).outcome is Outcome.MANY


def test_a_standing_different_keeps_two_records_apart() -> None:
    assert decided(person(), known(person(), record=4), different=frozenset({4})).outcome is Outcome.NEW


def test_a_reviewers_same_links_what_the_score_would_not() -> None:
    found = decided(person("Rowan"), known(person(), record=4), same=frozenset({4}))
    assert (found.outcome, found.certainty) == (Outcome.MATCH, Certainty.REVIEWED)


def test_a_reviewers_different_stands_above_a_same() -> None:
    assert (
        decided(person(), known(person(), record=4), same=frozenset({4}), different=frozenset({4})).outcome
        is Outcome.NEW
    )


def test_a_link_that_contradicts_another_record_of_the_person_is_for_review() -> None:
    mixed = (
        known(person(), 1, 7),
        known(person("Robert", "Patel", "1971-12-30", addresses=(ELSEWHERE,)), 2, 7, HEALTH),
    )
    assert decided(person(), *mixed).outcome in REVIEW
    numbered = (known(person(), 1, 7), known(person(identifiers=nhs()), 2, 7, HEALTH))
    assert decided(person(identifiers=nhs("9990000026")), *numbered).outcome in REVIEW


# -- one record an agency, rivals ---------------------------------------------------------------------------------


def test_an_agency_has_one_record_a_person_unless_it_declares_duplicates() -> None:
    own = known(person(), agency=HOUSING)
    assert decided(person(), own).outcome is Outcome.NEW
    assert decided(person(), own, declares_duplicates=True).outcome is Outcome.MATCH


def test_a_second_record_with_a_number_the_agency_has_already_is_for_review() -> None:
    assert decided(person(identifiers=nhs()), known(person(identifiers=nhs()), agency=HOUSING)).outcome in REVIEW


def test_a_later_better_rival_moves_nothing_and_goes_to_review() -> None:
    first = known(person("Jasmin", "Holoway", "2012-04-17"), 1, 7, HOUSING)
    assert decided(person(), known(person(), 2, 7), first).outcome in REVIEW


def test_a_twin_of_a_placed_child_is_somebody_new() -> None:
    placed = (known(person(), 1, 7), known(person(), 2, 7, HOUSING))
    assert decided(person("Rowan"), *placed).outcome is Outcome.NEW


def test_two_persons_that_fit_alike_are_for_review() -> None:
    found = decided(person(), known(person(), 1), known(person(), 2))
    assert found.outcome is Outcome.MANY
    assert [record for record, _ in found.possibles] == [1, 2]


def test_another_epoch_cannot_be_compared() -> None:
    other = replace(evidence(person()), epoch="trial-20270101-00000009")
    assert decide(other, [known(person())], LinkContext(HOUSING, 100)).outcome is Outcome.NEW


def test_the_order_and_repetition_of_candidates_make_no_difference() -> None:
    some = [
        known(person(), 1),
        known(person("Rowan"), 2),
        known(person("J"), 3, 1, HEALTH),
        known(person("Robert", "Patel"), 4),
    ]
    assert decided(person(), *some) == decided(person(), *reversed(some)) == decided(person(), *some, *some)


# -- over an index ------------------------------------------------------------------------------------------------

PEPPER = Pepper(bytes(range(32)), SEATON)


def _index(*there: Candidate) -> MemoryIndex:
    index = MemoryIndex()
    for candidate in there:
        index.add(candidate, PEPPER.index_keys(candidate.evidence))
    return index


def _resolved(incoming: Person, index: MemoryIndex) -> Decision:
    made = evidence(incoming)
    return resolve(made, PEPPER.index_keys(made), index, LinkContext(HOUSING, 20_000))


@pytest.mark.parametrize("changed", ORDINARY.values(), ids=ORDINARY.keys())
def test_ordinary_change_is_found_in_the_index(changed: Person) -> None:
    assert _resolved(changed, _index(known(person(), 1, 7))).person_id == 7


def test_the_second_pass_finds_what_no_block_key_reaches() -> None:
    garbled = person("Jasmino", "Hollowaz", born="2013-04-08", addresses=())
    index = _index(known(person(addresses=()), 1, 7))
    keys = PEPPER.index_keys(evidence(garbled))
    assert index.candidates(keys, None) == []
    assert [candidate.record_id for candidate in index.band_candidates(keys, None)] == [1]
    assert _resolved(garbled, index).explanation


def test_records_of_the_person_that_share_no_key_still_count() -> None:
    stranger = person("Robert", "Patel", "1971-12-30", addresses=(ELSEWHERE,))
    assert _resolved(person(), _index(known(person(), 1, 7), known(stranger, 2, 7, HEALTH))).outcome in REVIEW
