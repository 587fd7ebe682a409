"""Two records held against each other, for a steward: how alike, field by field, and why it is not left to the program."""

import json
from dataclasses import dataclass

from gateway.model.person_record import PersonRecord
from identity.person.candidate import Candidate
from identity.person.case import Case, examine
from identity.person.linkage import WORTH_A_LOOK
from identity.person.weights import default_parameters

WEAK = "weak-identity"
RELATIVES = "may-be-relatives"
NAMESAKES = "may-be-namesakes"
NUMBERS = "different-verified-numbers"
AGAINST = "evidence-speaks-against"
SAME_NUMBER = "same-number"


@dataclass(frozen=True, slots=True)
class PairScore:
    """`score` is the posterior that both are of one person. `explanation` and `doubts`: see `gateway.model.review_case`."""

    score: float
    explanation: str
    doubts: tuple[str, ...]

    @property
    def is_worth_a_look(self) -> bool:
        """Whether linkage would call it possible."""
        return self.score >= WORTH_A_LOOK or SAME_NUMBER in self.doubts


NOTHING_TO_COMPARE = PairScore(0.0, "[]", ())


def score_pair(one: PersonRecord, other: PersonRecord, population: int) -> PairScore:
    """The same whichever comes first. Where they have several linkage epochs in common the older counts; without one there is
    nothing to compare."""
    theirs = {each.epoch: each for each in other.evidence}
    for mine in sorted(one.evidence, key=lambda each: each.epoch):
        if mine.epoch in theirs:
            candidate = Candidate(other.id, None, other.agency, theirs[mine.epoch])
            case = examine(mine, candidate, population, default_parameters())
            findings = [[each.field, each.level, round(each.bits, 2)] for each in case.score.findings]
            return PairScore(round(case.score.posterior, 6), json.dumps(findings), _doubts(case, mine.weak))
    return NOTHING_TO_COMPARE


def _doubts(case: Case, weak: bool) -> tuple[str, ...]:
    found = {
        SAME_NUMBER: case.same_number,
        WEAK: weak or case.candidate.evidence.weak,
        RELATIVES: case.may_be_relatives,
        NAMESAKES: case.may_be_a_namesake,
        NUMBERS: case.levels.conflict,
        AGAINST: case.score.bits < 0,
    }
    return tuple(name for name, holds in found.items() if holds)
