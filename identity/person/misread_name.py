"""What a given name that nobody bears may be, misread: a scanner, or who copies a handwritten form, makes OHARLIE of CHARLIE, and nobody finds
Charles by it.

One letter of the name meant was taken for another that has its shape, wherever it stands or at some places: NUHANNAD is Muhammad, and so
Mohammed. Where more than three names could be meant, the letters say nothing.
"""

from collections import defaultdict
from functools import cache, lru_cache
from itertools import chain, product, zip_longest

from identity.person.look import ALIKE
from identity.person.name_rarity import known_given_names
from identity.person.name_standard import full_forms, usual_spelling, variants

SHORTEST, MOST_PLACES, MOST_MEANINGS, MOST_ALIASES = 3, 4, 3, 4
_CONFUSED = (*ALIKE, "CDGOQU", "BDPR", "UVY", "EF")
"""Beside the shapes of `look`: round letters, letters with a bowl, forks, and letters with bars."""
_CACHED = 20_000


@lru_cache(_CACHED)
def misread_as(given: str) -> tuple[str, ...]:
    """The names that a standardised given name may be meant to be, each followed by the full names it is short for; none where people bear the
    name as it is written."""
    if len(given) < SHORTEST or given in _known():
        return ()
    meant = sorted(_read_otherwise(given) & _known())
    if len(meant) > MOST_MEANINGS:
        return ()
    forms = (form for name in meant for form in (usual_spelling(name), *full_forms(name)))
    return tuple(dict.fromkeys(forms))[:MOST_ALIASES]


def _read_otherwise(written: str) -> set[str]:
    """The name with one letter read as another, at any of its places; a letter that stands at more than `MOST_PLACES` stays."""
    found = set[str]()
    for letter in {*written}:
        pieces = written.split(letter)
        if len(pieces) - 1 <= MOST_PLACES:
            for other in _taken_for()[letter]:
                reads = product((letter, other), repeat=len(pieces) - 1)
                found |= {"".join(chain.from_iterable(zip_longest(pieces, read, fillvalue=""))) for read in reads}
    return found


@cache
def _taken_for() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for group in _CONFUSED:
        for letter in group:
            found[letter] |= {*group} - {letter}
    return defaultdict(frozenset, {letter: frozenset(others) for letter, others in found.items()})


@cache
def _known() -> frozenset[str]:
    return known_given_names() | variants()
