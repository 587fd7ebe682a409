"""The register as linkage sees it for one record, with what stewards said of it: whoever is said to be the same is always a candidate."""

from dataclasses import dataclass

from gateway.linkage.ports import Records
from gateway.model.assertion import Verdict
from gateway.ports import UnitOfWork
from identity.person.candidate import Candidate
from identity.person.pepper import IndexKeys


@dataclass(frozen=True, slots=True)
class AssertedIndex:
    """An `identity.person.ports.CandidateIndex`. `same` and `different` are the records at the other end of what stands; `left_out`
    are never given, as if they were not there.

    Evidence may change until no key is shared any more; a steward's SAME holds all the same, so these come with their whole person.
    """

    records: Records
    same: frozenset[int] = frozenset()
    different: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()

    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """Those of the register, and those that a steward said are of one person with the record."""
        found = self.records.candidates(keys, exclude_record)
        known = {each.record_id for each in found} | {exclude_record}
        people = {link.person_id for record in sorted(self.same) if (link := self.records.active_link(record))}
        asserted = [each for person in sorted(people) for each in self.records.members(person)]
        return self._there(found + [each for each in asserted if each.record_id not in known])

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """See the port."""
        return self._there(self.records.band_candidates(keys, exclude_record))

    def members(self, person_id: int) -> list[Candidate]:
        """See the port."""
        return self._there(self.records.members(person_id))

    def _there(self, found: list[Candidate]) -> list[Candidate]:
        return [each for each in found if each.record_id not in self.left_out]


def asserted_index(uow: UnitOfWork, record_id: int, left_out: frozenset[int] = frozenset()) -> AssertedIndex:
    """The index for a record that is known already."""
    ends: dict[Verdict, set[int]] = {Verdict.SAME: set(), Verdict.DIFFERENT: set()}
    for assertion in uow.assertions.of_record(record_id):
        ends[assertion.verdict].add(assertion.other(record_id))
    return AssertedIndex(uow.records, frozenset(ends[Verdict.SAME]), frozenset(ends[Verdict.DIFFERENT]), left_out)
