"""Levels and doubts in words, for a steward who reads them. What each level means is defined in `identity.person.comparison`."""

from gateway.linkage import pair_score

_NAME = {1: "the same", 2: "close", 3: "rather close, or an initial", 4: "different"}
LEVELS = {
    "given": _NAME,
    "middle": _NAME,
    "family": _NAME,
    "birth_date": {
        1: "the same",
        2: "two parts agree, or day and month swapped",
        3: "only the year agrees",
        4: "different",
    },
    "location": {1: "the same place", 2: "very near", 3: "near", 4: "the same area or town", 5: "elsewhere"},
    "town": {1: "the same", 2: "close", 4: "different"},
    "gender": {1: "the same", 4: "different"},
    "number": {
        1: "the same verified number",
        2: "the same number, partly verified",
        3: "the same number, not verified",
        4: "two different verified numbers",
        5: "two different numbers",
    },
}
DOUBTS = {
    pair_score.SAME_NUMBER: "one verified number stands on both records",
    pair_score.WEAK: "the identity of one of them is too thin to link on (a nickname only, or no birth date)",
    pair_score.RELATIVES: "this is what twins, or a parent and a child of one name, look like",
    pair_score.NAMESAKES: "this is what namesakes look like",
    pair_score.NUMBERS: "two different verified numbers",
    pair_score.AGAINST: "the evidence as a whole speaks against it",
}


def level_in_words(field: str, level: int) -> str:
    """What the level of a field means."""
    return LEVELS.get(field, {}).get(level, f"level {level}")


def doubt_in_words(code: str) -> str:
    """Why a person must look."""
    return DOUBTS.get(code, code)
