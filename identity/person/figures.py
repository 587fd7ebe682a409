"""How well records were linked, counted against their labels after the last decision."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from identity.person.labelled import LabelledRecord

Pairs = set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Placing:
    """What became of one record: the person it was put with, the records that were held against it, and those that wait
    for a person's eye (all by their place in the file)."""

    person: int
    candidates: tuple[int, ...] = ()
    possibles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out, in pairs of records. `reviews` are records that wait for a person's eye, `true_reviews` those
    among them for which the right person is offered. `reach` is the share of true pairs that were held against one
    another or came together through a third record. `recall_by` is recall by the group of the pair's later record."""

    true_links: int
    false_links: int
    missed_links: int
    reviews: int
    true_reviews: int
    reach: float
    recall_by: dict[str, float]

    @property
    def precision(self) -> float:
        """The share of links that are true; 1 where there are none."""
        made = self.true_links + self.false_links
        return self.true_links / made if made else 1.0

    @property
    def recall(self) -> float:
        """The share of true pairs that were linked; 1 where there are none."""
        there = self.true_links + self.missed_links
        return self.true_links / there if there else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        together = self.precision + self.recall
        return 2 * self.precision * self.recall / together if together else 0.0


def figures(records: Sequence[LabelledRecord], placings: Sequence[Placing], *, one_to_one: bool) -> Figures:
    """Count. `one_to_one`: only pairs across sources; else all pairs of records that ended up at one person."""
    made = pairs_of(records, [placing.person for placing in placings], one_to_one=one_to_one)
    there = pairs_of(records, [record.truth for record in records], one_to_one=one_to_one)
    both = made & there
    compared = {(other, number) for number, placing in enumerate(placings) for other in placing.candidates}
    asked = [number for number, placing in enumerate(placings) if placing.possibles]
    right = [
        number
        for number in asked
        if any(records[other].truth == records[number].truth for other in placings[number].possibles)
    ]
    reach = len(there & (compared | made)) / len(there) if there else 1.0
    return Figures(
        len(both),
        len(made - there),
        len(there - made),
        len(asked),
        len(right),
        reach,
        _recall_by_group(records, both, there),
    )


def _recall_by_group(records: Sequence[LabelledRecord], both: Pairs, there: Pairs) -> dict[str, float]:
    found, all_ = (Counter(records[later].group for _, later in pairs) for pairs in (both, there))
    return {group: found[group] / count for group, count in sorted(all_.items()) if group}


def pairs_of(records: Sequence[LabelledRecord], labels: Sequence[int | str], *, one_to_one: bool) -> Pairs:
    """The pairs of records (by their places, the earlier first) that bear one label. `one_to_one`: only those across sources."""
    together: defaultdict[int | str, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        together[label].append(number)
    pairs = (pair for members in together.values() for pair in combinations(members, 2))
    return {(a, b) for a, b in pairs if not one_to_one or records[a].source != records[b].source}
