"""How sure it is that a record is of the person who asks. Only what is surest is a hit; anything less its own agency looks at first."""

from collections.abc import Iterable
from typing import Final

from identity.person.candidate import Candidate
from identity.person.case import Case, examine
from identity.person.family import RELATED_PERSON
from identity.person.kept_evidence import as_kept
from identity.person.linkage import WORTH_A_LOOK
from identity.person.weights import default_parameters
from mappings.canonical.access import AccessQuestionKind
from mappings.canonical.evidence import Evidence

_PLACE_AGREES: Final = (1, 2)


def graded(
    asked: Iterable[Evidence], candidates: Iterable[Candidate], population: int
) -> dict[int, AccessQuestionKind]:
    """By record: `CONFIRM` where all of name, birth date and place agree or a verified number is borne out, `CHECK` where less does, nothing
    where it is not worth a look. Evidence of different epochs is not compared."""
    found: dict[int, AccessQuestionKind] = {}
    by_epoch = {each.epoch: each for each in as_kept(asked)}
    for candidate in candidates:
        ours = by_epoch.get(candidate.evidence.epoch)
        if ours is None:
            continue
        kind = _kind(examine(ours, candidate, population, default_parameters()))
        if kind is not None and found.get(candidate.record_id) is not AccessQuestionKind.CONFIRM:
            found[candidate.record_id] = kind
    return found


def agrees(asked: Iterable[Evidence], evidence: Iterable[Evidence], population: int) -> bool:
    """Whether evidence that is nobody's record, as a notice states it of a relative, is surely of the person."""
    candidates = [Candidate(0, None, RELATED_PERSON, each) for each in evidence]
    return graded(asked, candidates, population).get(0) is AccessQuestionKind.CONFIRM


def _kind(case: Case) -> AccessQuestionKind | None:
    if _is_whole(case) or (case.same_number and case.number_is_borne_out and not case.levels.conflict):
        return AccessQuestionKind.CONFIRM
    worth = case.same_number or case.score.posterior >= WORTH_A_LOOK
    return AccessQuestionKind.CHECK if worth else None


def _is_whole(case: Case) -> bool:
    levels = case.levels
    exact = levels.given == levels.family == levels.birth_date == 1 and levels.location in _PLACE_AGREES
    return exact and not levels.conflict and 4 not in (levels.gender, levels.middle)
