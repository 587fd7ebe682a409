"""A `CandidateIndex` in memory: for evaluation and tests, and the plainest statement of what a store's index must
do."""

from dataclasses import replace

from identity.person.blocking import MOST_PER_KEY, choose
from identity.person.candidate import Candidate
from identity.person.pepper import IndexKeys


class MemoryIndex:
    """Records by key and by person. Counts what it hands out, so that the budget can be checked."""

    def __init__(self) -> None:
        self._records: dict[int, Candidate] = {}
        self._postings: dict[tuple[str, bytes], list[int]] = {}
        self._persons: dict[int, list[int]] = {}
        self.handed_out: list[int] = []

    def add(self, candidate: Candidate, keys: IndexKeys) -> None:
        """Register a record that is linked to `candidate.person_id`."""
        self._records[candidate.record_id] = candidate
        if candidate.person_id is not None:
            self._persons.setdefault(candidate.person_id, []).append(candidate.record_id)
        for kind, each in (("identifier", keys.identifiers), ("block", keys.blocks), ("band", keys.bands)):
            for key in each:
                self._postings.setdefault((kind, key), []).append(candidate.record_id)

    def relink(self, record_id: int, person_id: int) -> None:
        """Link a record to another person; a person without a record is no longer there."""
        held = self._records[record_id]
        if held.person_id is not None:
            self._persons[held.person_id].remove(record_id)
            if not self._persons[held.person_id]:
                del self._persons[held.person_id]
        self._records[record_id] = replace(held, person_id=person_id)
        self._persons.setdefault(person_id, []).append(record_id)

    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """By exact identifier first, then by block keys, those that share most first, within the budget."""
        return self._chosen(
            [("identifier", key) for key in keys.identifiers], [("block", key) for key in keys.blocks], exclude_record
        )

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        """By LSH bands, within the budget."""
        return self._chosen([], [("band", key) for key in keys.bands], exclude_record)

    def members(self, person_id: int) -> list[Candidate]:
        """Every record of the person."""
        return [self._records[record] for record in self._persons.get(person_id, ())]

    def population(self) -> int:
        """How many persons there are."""
        return len(self._persons)

    def _chosen(
        self, by_identifier: list[tuple[str, bytes]], by_key: list[tuple[str, bytes]], exclude_record: int | None
    ) -> list[Candidate]:
        numbered = [self._postings.get(key, [])[: MOST_PER_KEY + 1] for key in by_identifier]
        keyed = [self._postings.get(key, [])[: MOST_PER_KEY + 1] for key in by_key]
        found = [self._records[record] for record in choose(numbered, keyed, exclude_record)]
        self.handed_out.append(len(found))
        return found
