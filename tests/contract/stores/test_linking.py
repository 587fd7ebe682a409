"""Labelled, fictional people through the path a notice takes: every store links exactly as the plain index in memory does."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.clock import SystemClock
from gateway.linkage.evaluation import EPOCH, PEPPER, evaluate
from gateway.store.sql_store import SqlStore
from identity.person.blocking import BUDGET
from identity.person.candidate import Candidate
from identity.person.figures import Figures, Placing, figures
from identity.person.labelled import LabelledRecord, read_labelled
from identity.person.linkage import Decision, LinkContext, Outcome, resolve
from identity.person.memory_index import MemoryIndex
from identity.person.pepper import IndexKeys
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.identifiers import AgencyId
from tests.labelled_people import invented, written


@dataclass(frozen=True)
class Without:
    """An index in which some records are not."""

    index: MemoryIndex
    left_out: frozenset[int]

    def candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        return self._there(self.index.candidates(keys, exclude_record))

    def band_candidates(self, keys: IndexKeys, exclude_record: int | None) -> list[Candidate]:
        return self._there(self.index.band_candidates(keys, exclude_record))

    def members(self, person_id: int) -> list[Candidate]:
        return self._there(self.index.members(person_id))

    def _there(self, found: list[Candidate]) -> list[Candidate]:
        return [each for each in found if each.record_id not in self.left_out]


def _in_memory(records: list[LabelledRecord], one_to_one: bool) -> list[Placing]:
    index, placings = MemoryIndex(), list[Placing]()
    twice = not one_to_one and len({record.source for record in records}) == 1
    evidence = KeyedTokeniser(EPOCH).evidence([record.person for record in records])

    def decided(number: int, exclude: int | None = None, left_out: frozenset[int] = frozenset()) -> Decision:
        agency = AgencyId(f"urn:evaluation:{records[number].source}")
        context = LinkContext(agency, index.population(), declares_duplicates=twice)
        keys = PEPPER.index_keys(evidence[number])
        return resolve(evidence[number], keys, Without(index, left_out), context, exclude)

    def move(number: int, person: int | None) -> None:
        assert person is not None
        index.relink(number, person)
        placings[number] = replace(placings[number], person=person)

    for number, (record, each) in enumerate(zip(records, evidence, strict=True)):
        decision = decided(number)
        person = decision.person_id if decision.outcome is Outcome.MATCH else None
        placings.append(
            Placing(
                number if person is None else person,
                decision.compared,
                tuple(other for other, _ in decision.possibles),
            )
        )
        agency = AgencyId(f"urn:evaluation:{record.source}")
        index.add(Candidate(number, placings[-1].person, agency, each), PEPPER.index_keys(each))
        was = {other: placings[other].person for other in decision.also}
        for them in dict.fromkeys(was.values()):
            together = frozenset(each.record_id for each in index.members(them))
            anew = {other: decided(other, other, together) for other in sorted(together)}
            if all(each.outcome is Outcome.MATCH and each.person_id == person for each in anew.values()):
                for other in anew:
                    move(other, person)
                continue
            for other in (each for each in was if was[each] == them):
                again = decided(other, other)
                if again.outcome is Outcome.MATCH and again.person_id not in {None, them}:
                    move(other, again.person_id)
    return placings


def _compared(found: Figures) -> tuple[int, int, int, int, int, float]:
    return found.true_links, found.false_links, found.missed_links, found.reviews, found.true_reviews, found.reach


@pytest.mark.parametrize("sources", ["several, one to one", "several", "one"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_register_links_exactly_as_the_index_in_memory(
    tmp_path: Path, store: SqlStore, seed: int, sources: str
) -> None:
    one_to_one = sources == "several, one to one"
    records = read_labelled(written(tmp_path, invented(120, seed)))
    records = [replace(record, source="a") for record in records] if sources == "one" else records
    report = evaluate(store, SystemClock(), records, one_to_one=one_to_one)
    plain = figures(records, _in_memory(records, one_to_one), one_to_one=one_to_one)
    assert _compared(report.figures) == _compared(plain)
    assert plain.true_links > 50
    assert max(report.candidates) <= BUDGET
    assert len(report.milliseconds) == len(records)
