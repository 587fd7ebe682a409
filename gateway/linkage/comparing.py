"""Which evidence is held against which, while two linkage epochs are in use side by side.

* Tokens of two epochs cannot be compared. A record is held against others under one epoch: the one under which most of the candidates can be,
  the older where that is a tie. As long as everybody still has evidence under the old epoch, every decision is the one that would have been
  made without a rotation.
* Candidates that can only be compared under another epoch are decided upon under that one. A match counts if no other epoch looked at the
  same person and did not match; where the epochs contradict each other a person must look.
* A notice that says under other epochs what was said before (`is_rekeyed`) is no reason to move a link: links join records, not tokens.
"""

from collections.abc import Iterable, Sequence

from identity.person.linkage import MOST_POSSIBLES, Decision, LinkContext, Outcome, resolve
from identity.person.pepper import Pepper
from identity.person.ports import CandidateIndex
from identity.person.weights import Parameters
from mappings.canonical.evidence import Evidence

Reach = dict[str, set[int]]


def is_rekeyed(before: Iterable[Evidence], after: Iterable[Evidence]) -> bool:
    """Whether it is evidence of the same details: where both have evidence under an epoch, it is the same, and there is such an epoch."""
    held, given = ({each.epoch: each for each in some} for some in (before, after))
    common = held.keys() & given.keys()
    return bool(common) and all(held[epoch] == given[epoch] for epoch in common)


def decided(
    index: CandidateIndex,
    pepper: Pepper,
    evidence: Sequence[Evidence],
    context: LinkContext,
    exclude_record: int | None = None,
    parameters: Parameters | None = None,
) -> Decision:
    """What the register says about whose evidence this is, whatever the number of epochs. Without any it is nobody that is known."""
    # Where somebody sends two for one epoch the first counts.
    under = {each.epoch: each for each in reversed(evidence)}
    if not under:
        return Decision(Outcome.NEW)

    def resolved(epoch: str) -> Decision:
        keys = pepper.search_keys_of((under[epoch],))
        return resolve(under[epoch], keys, index, context, exclude_record=exclude_record, parameters=parameters)

    if len(under) == 1:
        return resolved(next(iter(under)))
    reach = _reach(index, pepper, evidence, exclude_record)
    leading = min(under, key=lambda epoch: (-len(reach[epoch]), epoch))
    decision = resolved(leading)
    strangers = [epoch for epoch in under if reach[epoch] - reach[leading]]
    others = [epoch for epoch in under if epoch != leading] if decision.outcome is Outcome.NEW else strangers
    if not others:
        return decision
    return _together(index, {leading: decision} | {epoch: resolved(epoch) for epoch in others}, reach)


def _reach(index: CandidateIndex, pepper: Pepper, evidence: Sequence[Evidence], exclude_record: int | None) -> Reach:
    """Which of the candidates, and of the other records of their persons, can be compared under which epoch."""
    reach: Reach = {each.epoch: set() for each in evidence}
    found = index.candidates(pepper.search_keys_of(evidence), exclude_record)
    persons = sorted({each.person_id for each in found if each.person_id is not None})
    for candidate in [*found, *(member for person in persons for member in index.members(person))]:
        if candidate.evidence.epoch in reach and candidate.record_id != exclude_record:
            reach[candidate.evidence.epoch].add(candidate.record_id)
    return reach


def _together(index: CandidateIndex, decisions: dict[str, Decision], reach: Reach) -> Decision:
    matches = {epoch: each for epoch, each in decisions.items() if each.outcome is Outcome.MATCH}
    others = {epoch: each for epoch, each in decisions.items() if epoch not in matches}
    unclear = [each for each in others.values() if each.outcome is not Outcome.NEW]
    if not matches:
        return _for_review(unclear) if unclear else next(iter(decisions.values()))
    match = max(matches.values(), key=lambda each: each.score)
    same = {(each.person_id, each.record_id if each.person_id is None else 0) for each in matches.values()}
    if len(same) > 1 or unclear or any(_looked_at(index, epoch, match, reach) for epoch in others):
        return _for_review([*matches.values(), *unclear])
    return match


def _looked_at(index: CandidateIndex, epoch: str, match: Decision, reach: Reach) -> bool:
    """Whether somebody of the matched person could be compared under this epoch, which did not match."""
    if match.person_id is None:
        return match.record_id in reach[epoch]
    return any(member.evidence.epoch == epoch for member in index.members(match.person_id))


def _for_review(decisions: list[Decision]) -> Decision:
    best = max(decisions, key=lambda each: each.score)
    possibles: dict[int, float] = {}
    for each in decisions:
        named = each.possibles or (((each.record_id, each.score),) if each.record_id is not None else ())
        for record, posterior in named:
            possibles[record] = max(posterior, possibles.get(record, 0.0))
    ordered = sorted(possibles.items(), key=lambda item: (-item[1], item[0]))[:MOST_POSSIBLES]
    outcome = Outcome.POSSIBLE if len(ordered) == 1 else Outcome.MANY
    return Decision(
        outcome, score=best.score, method=best.method, explanation=best.explanation, possibles=tuple(ordered)
    )
