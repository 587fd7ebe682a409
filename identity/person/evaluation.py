"""How well matching does over a file of labelled, fictional records: the online path, one record at a time, in file
order.

The labels are read after the last decision, and only to count. Columns: rec_id, source, true_id, given_name,
middle_name, family_name, birth_date (YYYY-MM-DD, `00` for an unknown part), gender, address, city, postcode.
`national_id`, `phone` and `email` are never read.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path

from identity.custody.epoch import LinkageEpoch
from identity.person.birth_date import read_written
from identity.person.candidate import Candidate
from identity.person.linkage import LinkContext, Outcome, resolve
from identity.person.memory_index import MemoryIndex
from identity.person.pepper import Pepper
from identity.person.standard_person import StandardPerson
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from identity.person.weights import Parameters
from mappings.canonical.codes import Gender, Mode
from mappings.canonical.identifiers import AgencyId, PartnershipId
from mappings.canonical.person import Address, Person

_PARTNERSHIP = PartnershipId("evaluation")
_GENDERS = {"f": Gender.FEMALE, "m": Gender.MALE}


@dataclass(frozen=True, slots=True, repr=False)
class LabelledRecord:
    """One row: who it is in truth, which source holds it, and the standardised person."""

    truth: str
    source: str
    person: StandardPerson


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out. `reach` is the share of true pairs that the candidates contained or that were joined through
    another record."""

    true_links: int
    false_links: int
    missed_links: int
    reviews: int
    true_reviews: int
    most_candidates: int

    @property
    def precision(self) -> float:
        """The share of links that are true."""
        made = self.true_links + self.false_links
        return self.true_links / made if made else 1.0

    @property
    def recall(self) -> float:
        """The share of true pairs that were linked."""
        there = self.true_links + self.missed_links
        return self.true_links / there if there else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        together = self.precision + self.recall
        return 2 * self.precision * self.recall / together if together else 0.0


def read_records(path: Path, limit: int | None = None) -> list[LabelledRecord]:
    """The first `limit` rows of a labelled file, standardised."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            LabelledRecord(row["true_id"], row["source"], standardise(_person(row)))
            for row in islice(csv.DictReader(file), limit)
        ]


def evaluate(records: list[LabelledRecord], *, one_to_one: bool, parameters: Parameters | None = None) -> Figures:
    """Link the records in order. `one_to_one`: at most one record of each source a person, cross-source pairs counted;
    else all pairs count, and each source declares internal duplicates."""
    tokeniser = KeyedTokeniser(LinkageEpoch("evaluation", Mode.TRIAL, bytes(range(32)), _PARTNERSHIP))
    pepper, index = Pepper(bytes(range(32, 64)), _PARTNERSHIP), MemoryIndex()
    agencies = {record.source: AgencyId(f"urn:evaluation:{record.source}") for record in records}
    placed: list[int] = []
    reviews: list[tuple[int, int]] = []
    for number, (record, evidence) in enumerate(
        zip(records, tokeniser.evidence([r.person for r in records]), strict=True)
    ):
        keys, agency = pepper.index_keys(evidence), agencies[record.source]
        context = LinkContext(agency, index.population(), declares_duplicates=not one_to_one)
        decision = resolve(evidence, keys, index, context, parameters=parameters)
        matched = decision.outcome is Outcome.MATCH and decision.person_id is not None
        placed.append(decision.person_id if matched and decision.person_id is not None else number)
        reviews += [(number, other) for other, _ in decision.possibles]
        index.add(Candidate(number, placed[number], agency, evidence), keys)
    return _figures(records, placed, reviews, one_to_one, max(index.handed_out, default=0))


def _figures(
    records: list[LabelledRecord], placed: list[int], reviews: list[tuple[int, int]], one_to_one: bool, most: int
) -> Figures:
    made = _pairs(records, placed, one_to_one)
    there = _pairs(records, [record.truth for record in records], one_to_one)
    both = made & there
    asked = {number for number, _ in reviews}
    right = {number for number, other in reviews if records[number].truth == records[other].truth}
    return Figures(len(both), len(made - there), len(there - made), len(asked), len(right), most)


def _pairs(records: list[LabelledRecord], label: Sequence[int | str], one_to_one: bool) -> set[tuple[int, int]]:
    together: defaultdict[int | str, list[int]] = defaultdict(list)
    for number, value in enumerate(label):
        together[value].append(number)
    pairs = (pair for members in together.values() for pair in combinations(members, 2))
    return {(a, b) for a, b in pairs if not one_to_one or records[a].source != records[b].source}


def _person(row: dict[str, str]) -> Person:
    place = Address(lines=(row["address"],) if row["address"] else (), town=row["city"], postcode=row["postcode"])
    return Person(
        local_id=row["rec_id"],
        given=tuple(filter(None, (row["given_name"], row["middle_name"]))),
        family=row["family_name"],
        birth_date=read_written(row["birth_date"]),
        gender=_GENDERS.get(row["gender"][:1].lower(), Gender.UNKNOWN),
        addresses=(place,),
    )
