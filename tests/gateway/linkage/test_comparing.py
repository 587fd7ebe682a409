"""Two linkage epochs side by side: the decision is the one that would have been made without a rotation, and where the epochs contradict each
other a person must look."""

from dataclasses import dataclass, field, replace

import pytest

from gateway.linkage.comparing import decided, is_rekeyed
from identity.custody.epoch import new_epoch
from identity.person.candidate import Candidate
from identity.person.linkage import LinkContext, Outcome, decide
from identity.person.pepper import IndexKeys, Pepper
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Mode
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.person import Person
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.spec.people import AHMAD, MAYA, MYA

SEATON = PartnershipId("seaton")
PEPPER = Pepper(bytes(range(32)), SEATON)
TOKENISERS = {name: KeyedTokeniser(new_epoch(SEATON, Mode.TRIAL)) for name in ("old", "new")}
# The older one has the lesser id, as the day in it makes it be.
OLD, NEW = sorted(TOKENISERS.values(), key=lambda each: each.epoch_id)
CONTEXT = LinkContext(agency=SCHOOL, population=100)


def under(person: Person, *tokenisers: KeyedTokeniser) -> tuple[Evidence, ...]:
    return tuple(tokeniser.evidence([standardise(person)])[0] for tokeniser in tokenisers)


@dataclass
class Shelf:
    """An index on which everybody is worth a look."""

    records: list[Candidate] = field(default_factory=list)

    def put(self, record_id: int, person_id: int, agency: AgencyId, evidence: tuple[Evidence, ...]) -> "Shelf":
        self.records += [Candidate(record_id, person_id, agency, each) for each in evidence]
        return self

    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        return [each for each in self.records if each.record_id != exclude_record]

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        return self.candidates(keys, exclude_record)

    def members(self, person_id: int) -> list[Candidate]:
        return [each for each in self.records if each.person_id == person_id]


@pytest.mark.parametrize("has", [(OLD,), (NEW,), (OLD, NEW), (NEW, OLD)])
@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_who_has_both_meets_who_has_either(has: tuple[KeyedTokeniser, ...], order: tuple[KeyedTokeniser, ...]) -> None:
    shelf = Shelf().put(1, 10, HOUSING, under(MAYA, *has)).put(2, 20, HOUSING, under(AHMAD, *has))
    found = decided(shelf, PEPPER, under(MAYA, *order), CONTEXT)
    assert (found.outcome, found.person_id) == (Outcome.MATCH, 10)


def test_who_has_no_epoch_in_common_cannot_meet_and_who_has_none_is_nobody_known() -> None:
    shelf = Shelf().put(1, 10, HOUSING, under(MAYA, OLD))
    assert decided(shelf, PEPPER, under(MAYA, NEW), CONTEXT).outcome is Outcome.NEW
    assert decided(shelf, PEPPER, under(MAYA), CONTEXT).outcome is Outcome.NEW


@pytest.mark.parametrize("person", [MAYA, MYA, AHMAD])
def test_while_everybody_has_the_old_epoch_the_decision_is_that_of_the_old_epoch(person: Person) -> None:
    shelf = Shelf().put(1, 10, HOUSING, under(MAYA, OLD, NEW)).put(2, 20, SOCIAL_CARE, under(MYA, OLD))
    alone = decide(under(person, OLD)[0], shelf.candidates(IndexKeys(), None), CONTEXT)
    found = decided(shelf, PEPPER, under(person, OLD, NEW), CONTEXT)
    assert replace(found, compared=()) == alone


def test_two_people_each_known_under_one_epoch_are_for_a_persons_eye() -> None:
    shelf = Shelf().put(1, 10, HOUSING, under(MAYA, OLD)).put(2, 20, SOCIAL_CARE, under(MAYA, NEW))
    found = decided(shelf, PEPPER, under(MAYA, OLD, NEW), CONTEXT)
    assert (found.outcome, {record for record, _ in found.possibles}) == (Outcome.MANY, {1, 2})


def test_a_person_who_has_a_record_of_this_agency_is_not_matched_because_only_the_other_epoch_shows_it() -> None:
    shelf = Shelf().put(1, 10, SCHOOL, under(MAYA, OLD)).put(2, 10, HOUSING, under(MAYA, NEW))
    found = decided(shelf, PEPPER, under(MAYA, OLD, NEW), CONTEXT)
    assert found.outcome in (Outcome.POSSIBLE, Outcome.MANY)
    assert found.possibles


def test_the_same_details_under_other_epochs_are_known_as_such() -> None:
    old, both, new = under(MAYA, OLD), under(MAYA, OLD, NEW), under(MAYA, NEW)
    assert is_rekeyed(old, both)
    assert is_rekeyed(both, new)
    assert not is_rekeyed(old, new), "nobody can say"
    assert not is_rekeyed(old, under(MYA, OLD, NEW)), "the details changed too"
    assert not is_rekeyed((), new)
