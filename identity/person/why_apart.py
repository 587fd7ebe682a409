"""Why records of one person stayed apart, and how well linking could do at most without breaking a rule.

Three kinds of pair are never linked automatically, whatever they score: one side is too thin, the birth dates do not agree at all, or the two
look as twins do. Files of invented people hold such pairs of one person, so no linking that keeps the rules reaches an F1 of 1 on them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from identity.person.candidate import Candidate
from identity.person.case import Case, examine
from identity.person.figures import Placing, pairs_of
from identity.person.labelled import LabelledRecord
from identity.person.weights import Parameters
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId

WEAK, BIRTH_DATES, TWINS, NAMESAKES, NOT_COMPARED, UNCLEAR = (
    "weak",
    "birth-dates",
    "twins",
    "namesakes",
    "not-compared",
    "unclear",
)
FORBIDDEN = frozenset({WEAK, BIRTH_DATES, TWINS})
_ANY = AgencyId("urn:evaluation:any")


@dataclass(frozen=True, slots=True)
class Apart:
    """`reasons`: the missed true pairs by reason. `ceiling`: the F1 of whoever links every true pair that no rule forbids, whatever follows
    from those links, and nothing else."""

    reasons: dict[str, int]
    ceiling: float


def why_apart(
    records: Sequence[LabelledRecord],
    placings: Sequence[Placing],
    evidence: Sequence[Evidence],
    *,
    one_to_one: bool,
    parameters: Parameters,
) -> Apart:
    """Hold every true pair against the rules. Reads the labels, so it comes after the last decision."""
    made = pairs_of(records, [placing.person for placing in placings], one_to_one=one_to_one)
    there = pairs_of(records, [record.truth for record in records], one_to_one=one_to_one)
    population = len({placing.person for placing in placings})
    reasons: Counter[str] = Counter()
    allowed: list[tuple[int, int]] = []
    for pair in sorted(there):
        earlier, later = (evidence[number] for number in pair)
        case = examine(later, Candidate(pair[0], None, _ANY, earlier), population, parameters)
        ruled = _ruled_out(case, later)
        if ruled not in FORBIDDEN:
            allowed.append(pair)
        if pair not in made:
            compared = pair[0] in placings[pair[1]].candidates
            reasons[ruled or (UNCLEAR if compared else NOT_COMPARED)] += 1
    return Apart(dict(sorted(reasons.items())), _ceiling(there, _joined(len(records), allowed)))


def _ruled_out(case: Case, incoming: Evidence) -> str:
    if incoming.weak or case.candidate.evidence.weak:
        return WEAK
    if case.levels.birth_date == 4:
        return BIRTH_DATES
    if case.may_be_relatives:
        return TWINS
    return NAMESAKES if case.may_be_a_namesake else ""


def _ceiling(there: set[tuple[int, int]], group: Sequence[int]) -> float:
    recall = sum(group[one] == group[other] for one, other in there) / len(there) if there else 1.0
    return 2 * recall / (1 + recall)


def _joined(records: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """The group of each record where these links hold, and all that follows from them (union-find)."""
    leader = list(range(records))

    def led_by(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for one, other in links:
        leader[led_by(one)] = led_by(other)
    return [led_by(number) for number in range(records)]
