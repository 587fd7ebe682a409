"""READ HERE: how it is decided whether a record is of a person who is known already.

* A link tells one agency about another, so a wrong link tells a stranger about a family. Whatever is not clear waits
  for a person's eye.
* Same verified number, and the given name or the birth date agrees: match. Nothing agrees beside the number: review,
  because numbers are shared and mixed up. The number at two persons: review.
* Else the evidence decides: match from a posterior of .95, of .99 where the places do not agree; or from .2 where the
  runner-up is 19 times less likely and no record of the same agency fits the candidate better (mutually best), if the
  place agrees, and two of given name, family name and birth date, and the third is missing or nearly alike. From .05 it
  is possible, with several persons it is many: review. Below: a new person.
* A person has one record an agency. Who has one of this agency already is not matched; if the new record fits better
  than the old one, that is for review: a later, better rival never moves a link silently.
* Never automatic, however high the score: two different verified numbers of one system; a reviewer's standing
  DIFFERENT; a weak identity on either side; what twins look like without an agreeing given name; two birth dates that
  do not agree at all; what namesakes look like; a link that contradicts any other record of that person.
* A reviewer's SAME stands above the score, not above a standing DIFFERENT.
* The result depends on nothing but its arguments: candidates in another order, or looked at again later, give the same
  decision.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from identity.person.blocking import BUDGET
from identity.person.candidate import Candidate
from identity.person.case import Case, Group, examine, grouped, rarity_of
from identity.person.comparison import compare
from identity.person.pepper import IndexKeys
from identity.person.ports import CandidateIndex
from identity.person.weights import FieldFinding, Parameters, default_parameters
from mappings.canonical.codes import Certainty
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId

__all__ = ["Candidate", "Decision", "FieldFinding", "LinkContext", "Outcome", "decide", "resolve"]

CERTAIN, CERTAIN_ELSEWHERE, LIKELY, WORTH_A_LOOK = 0.95, 0.99, 0.2, 0.05
CLEAR_MARGIN = math.log(19)
MOST_POSSIBLES = 10


class Outcome(StrEnum):
    """The four outcomes, named as the DfE's matcher names them."""

    MATCH = "match"
    POSSIBLE = "possible"
    MANY = "many"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class LinkContext:
    """`population` is how many people the register holds. `declares_duplicates`: the agency says it may hold one person
    twice. `same` and `different` are the record ids with which a reviewer said that the incoming record is, or is not,
    of one person."""

    agency: AgencyId
    population: int
    declares_duplicates: bool = False
    same: frozenset[int] = frozenset()
    different: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """`person_id` and `record_id` name what was matched (the strongest record), on a match only; `person_id` is None
    where that record is linked to nobody yet. `possibles` are (record id, posterior) for review. `explanation` is about
    the strongest case. `compared` are the record ids of the candidates that were held against the incoming record. `also`
    are the records of other persons who the incoming record certainly is as well: theirs are links worth deciding anew."""

    outcome: Outcome
    person_id: int | None = None
    record_id: int | None = None
    score: float = 0.0
    method: str = "probabilistic"
    certainty: Certainty | None = None
    explanation: tuple[FieldFinding, ...] = ()
    possibles: tuple[tuple[int, float], ...] = ()
    compared: tuple[int, ...] = ()
    also: tuple[int, ...] = ()


def decide(
    incoming: Evidence, candidates: Sequence[Candidate], context: LinkContext, parameters: Parameters | None = None
) -> Decision:
    """What the candidates say about the incoming record. Candidates of another epoch are passed over: their tokens
    cannot be compared."""
    chosen = parameters or default_parameters()
    cases = _examined(incoming, candidates, context, chosen)
    return _decided(incoming, cases.values(), context, chosen)


def resolve(
    incoming: Evidence,
    keys: IndexKeys,
    index: CandidateIndex,
    context: LinkContext,
    exclude_record: int | None = None,
    parameters: Parameters | None = None,
) -> Decision:
    """`decide` over an index: candidates by keys, those worth a look with all other records of their person. The second
    pass costs more, so it is made only where the first reached nothing worth a look."""
    chosen = parameters or default_parameters()
    decision = Decision(Outcome.NEW)
    compared: dict[int, None] = {}
    for find in (index.candidates, index.band_candidates):
        if len(compared) >= BUDGET:
            break
        found = _within_budget(find(keys, exclude_record), compared)
        cases = _examined(incoming, found, context, chosen)
        members = [
            member
            for person in _worth_a_look(cases.values())
            for member in index.members(person)
            if member.record_id not in cases and member.record_id != exclude_record
        ]
        cases |= _examined(incoming, members, context, chosen)
        decision = _decided(incoming, cases.values(), context, chosen)
        if decision.outcome is not Outcome.NEW:
            break
    return replace(decision, compared=tuple(compared))


def _within_budget(found: Iterable[Candidate], compared: dict[int, None]) -> list[Candidate]:
    """Those found, as far as the budget of both passes together goes; notes them as compared."""
    kept = []
    for candidate in found:
        if candidate.record_id in compared or len(compared) < BUDGET:
            compared[candidate.record_id] = None
            kept.append(candidate)
    return kept


def _examined(
    incoming: Evidence, candidates: Sequence[Candidate], context: LinkContext, parameters: Parameters
) -> dict[int, Case]:
    return {
        candidate.record_id: examine(incoming, candidate, context.population, parameters)
        for candidate in candidates
        if candidate.evidence.epoch == incoming.epoch
    }


def _worth_a_look(cases: Iterable[Case]) -> list[int]:
    worth = (case for case in cases if case.same_number or case.score.posterior >= WORTH_A_LOOK)
    return sorted({case.candidate.person_id for case in worth if case.candidate.person_id is not None})


def _decided(incoming: Evidence, cases: Iterable[Case], context: LinkContext, parameters: Parameters) -> Decision:
    open_groups = [group for group in grouped(cases) if not group.records() & context.different]
    reviewed = [group for group in open_groups if group.records() & context.same]
    if reviewed:
        return _reviewed(reviewed, context)
    numbered = [group for group in open_groups if any(case.same_number for case in group.cases)]
    if numbered:
        return _by_number(incoming, numbered, context)
    return _by_evidence(incoming, open_groups, context, parameters)


def _reviewed(groups: list[Group], context: LinkContext) -> Decision:
    if len(groups) > 1 or _taken(groups[0], context):
        return _for_review(groups, "reviewed")
    return _matched(groups[0], groups[0].best, "reviewed", Certainty.REVIEWED)


def _by_number(incoming: Evidence, groups: list[Group], context: LinkContext) -> Decision:
    case = next(case for case in groups[0].cases if case.same_number)
    clear = len(groups) == 1 and case.number_is_borne_out and not incoming.weak and not _taken(groups[0], context)
    if clear and not any(other.levels.conflict for other in groups[0].cases):
        return _matched(groups[0], case, "verified-number", Certainty.SAME_NUMBER)
    return _for_review(groups, "verified-number")


def _by_evidence(incoming: Evidence, groups: list[Group], context: LinkContext, parameters: Parameters) -> Decision:
    taken = [group for group in groups if _taken(group, context)]
    free = [group for group in groups if not _taken(group, context)]
    rivals = [group for group in taken if _fits_better(group, context, parameters)]
    worth = [group for group in free if group.best.score.posterior >= WORTH_A_LOOK]
    if not worth:
        return _for_review(rivals) if rivals else Decision(Outcome.NEW, explanation=_explained(groups))
    best, runner_up = worth[0], (free[1] if len(free) > 1 else None)
    margin = best.best.score.log_odds - runner_up.best.score.log_odds if runner_up else math.inf
    if rivals or incoming.weak or _never_automatic(best):
        return _for_review(_ordered([*worth, *rivals]))
    clear = margin >= CLEAR_MARGIN or context.declares_duplicates
    likely = best.best.score.posterior >= LIKELY and best.best.is_likely_alike
    if (_is_certain(best.best) and clear) or (
        likely and margin >= CLEAR_MARGIN and _mutually_best(best, groups, context, parameters)
    ):
        matched = _matched(best, best.best, "probabilistic", Certainty.STRONG_MATCH)
        return replace(matched, also=_also_certain(worth[1:]))
    return _for_review(worth)


def _also_certain(groups: Iterable[Group]) -> tuple[int, ...]:
    certain = (each for each in groups if _is_certain(each.best) and not _never_automatic(each))
    return tuple(case.candidate.record_id for group in certain for case in group.cases)[:MOST_POSSIBLES]


def _is_certain(case: Case) -> bool:
    return case.score.posterior >= (CERTAIN_ELSEWHERE if case.is_elsewhere else CERTAIN)


def _never_automatic(group: Group) -> bool:
    best = group.best
    others = (case for case in group.cases if case is not best)
    return (
        best.candidate.evidence.weak
        or best.may_be_relatives
        or best.may_be_a_namesake
        or best.contradicts
        or any(case.contradicts or _speaks_where_silent(case, best) for case in others)
    )


def _speaks_where_silent(case: Case, best: Case) -> bool:
    """Whether another record of the person has another name where the best one has none to compare."""
    pairs = ((case.levels.given, best.levels.given), (case.levels.family, best.levels.family))
    return any(said == 4 and not unsaid for said, unsaid in pairs)


def _taken(group: Group, context: LinkContext) -> bool:
    return not context.declares_duplicates and bool(group.of_agency(context.agency))


def _fits_better(group: Group, context: LinkContext, parameters: Parameters) -> bool:
    """Whether the incoming record fits a taken person's other records surely, and better than the agency's record that
    is there."""
    own = group.of_agency(context.agency)
    others = [case for case in group.cases if case not in own and _is_certain(case)]
    return any(case.score.log_odds > _between(mine, case, context, parameters) for case in others[:1] for mine in own)


def _mutually_best(group: Group, groups: list[Group], context: LinkContext, parameters: Parameters) -> bool:
    """Whether no other record of the incoming record's agency fits the candidate better than the incoming one."""
    if context.declares_duplicates:
        return True
    mine = [case for other in groups for case in other.of_agency(context.agency)]
    return all(_between(case, group.best, context, parameters) < group.best.score.log_odds for case in mine)


def _between(one: Case, other: Case, context: LinkContext, parameters: Parameters) -> float:
    first, second = one.candidate.evidence, other.candidate.evidence
    return parameters.score(compare(first, second), rarity_of(first, second), context.population).log_odds


def _matched(group: Group, case: Case, method: str, certainty: Certainty) -> Decision:
    return Decision(
        Outcome.MATCH,
        group.person_id,
        case.candidate.record_id,
        case.score.posterior,
        method,
        certainty,
        case.score.findings,
    )


def _for_review(groups: list[Group], method: str = "probabilistic") -> Decision:
    possibles = tuple((group.best.candidate.record_id, group.best.score.posterior) for group in groups[:MOST_POSSIBLES])
    outcome = Outcome.POSSIBLE if len(groups) == 1 else Outcome.MANY
    return Decision(
        outcome,
        score=groups[0].best.score.posterior,
        method=method,
        explanation=_explained(groups),
        possibles=possibles,
    )


def _ordered(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: -group.best.score.log_odds)


def _explained(groups: list[Group]) -> tuple[FieldFinding, ...]:
    return groups[0].best.score.findings if groups else ()
