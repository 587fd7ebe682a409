"""Common people are found as notices would find them, and counted by pair of agencies."""

from gateway.clock import SystemClock
from gateway.rehearsal.counting import Found, count
from gateway.store.throwaway import throwaway_register
from identity.custody.epoch import LinkageEpoch
from identity.person.rehearsal_key import PARTNERSHIP
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Mode
from mappings.canonical.person import Address, PartialDate, Person

TOKENISER = KeyedTokeniser(LinkageEpoch("rehearsal-1", Mode.TRIAL, bytes(range(32)), PARTNERSHIP))
JASMINE = ("Jasmine", "Holloway", PartialDate(2012, 4, 7), "ZZ2 4XY")
TWIN = ("Rowan", "Holloway", PartialDate(2012, 4, 7), "ZZ2 4XY")
ROBERT = ("Robert", "Patel", PartialDate(1971, 12, 30), "ZZ8 1AB")
KAYA = ("Kaya", "Osei", PartialDate(1990, 2, 3), "ZZ7 1AB")
# The day is another; everything else agrees.
NEARLY_ROBERT = ("Robert", "Patel", PartialDate(1971, 12, 3), "ZZ1 9ZZ")
Told = tuple[str, str, PartialDate, str]


def counted(**agencies: tuple[Told, ...]) -> Found:
    def of(told: tuple[Told, ...]) -> list[Person]:
        return [
            Person(
                local_id=f"{given}",
                given=(given,),
                family=family,
                birth_date=born,
                addresses=(Address(postcode=place),),
            )
            for given, family, born, place in told
        ]

    with throwaway_register() as store:
        evidence = {
            name: (lambda told=told: TOKENISER.evidence([standardise(each) for each in of(told)]))
            for name, told in agencies.items()
        }
        return count(store, SystemClock(), evidence)


def test_a_person_of_three_agencies_counts_for_every_pair_once() -> None:
    found = counted(school=(JASMINE, KAYA), health=(JASMINE,), housing=(ROBERT, JASMINE))
    assert found.match == {("school", "health"): 1, ("school", "housing"): 1, ("health", "housing"): 1}
    assert not found.review


def test_twins_are_nobody_in_common() -> None:
    found = counted(school=(JASMINE,), health=(TWIN,))
    assert not found.match


def test_what_is_not_clear_is_counted_for_review_alone() -> None:
    found = counted(school=(ROBERT, KAYA), health=(NEARLY_ROBERT, KAYA))
    assert found.match == {("school", "health"): 1}
    assert found.review == {("school", "health"): 1}


def test_the_order_in_which_agencies_are_given_names_the_pair() -> None:
    assert counted(zoo=(KAYA,), aquarium=(KAYA,)).match == {("zoo", "aquarium"): 1}
