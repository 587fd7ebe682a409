"""How far the names of two evidences agree: levels, never values.

0 is "nothing to compare".

* 1 exact; 2 close, or sounding or looking alike and rather close, or an alias, or given and family name swapped (3 for the
  family name where one of them is misspelt too), or the only name of one side in the other field; 3 rather close, or sounding
  or looking alike, or close to an alias, or a lone initial that agrees with a name or an alias; 4 differ.
* Two given names that people bear differ also where they are close, unless they sound alike as well and are not of the same letters.
"""

from collections.abc import Iterable

from identity.person.minhash import dice
from identity.person.name_rarity import RAREST
from mappings.canonical.evidence import Evidence, NameTokens

CLOSE, RATHER_CLOSE, HARDLY_CLOSE, SAME_WORDS = 0.7, 0.42, 0.36, 0.85
_ALIKE = frozenset({1, 2})


def name_levels(one: Evidence, other: Evidence) -> tuple[int, int]:
    """The levels of the given and the family names of two evidences of one epoch, in whichever field they stand."""
    given = _with_aliases(one.given, one.given_aliases, other.given, other.given_aliases)
    if given in {2, 3} and _are_two_names(one, other):
        given = 4
    family = _with_aliases(one.family, one.family_aliases, other.family, other.family_aliases)
    return _in_either_field(one, other, given, family)


def _in_either_field(one: Evidence, other: Evidence, given: int, family: int) -> tuple[int, int]:
    """The levels, where names that differ in their own field may agree in the other one."""
    crossed = {0}
    if 4 in (given, family):
        crossed = {name_level(one.given, other.family), name_level(one.family, other.given)}
    agrees = not _ALIKE.isdisjoint(crossed)
    if crossed <= _ALIKE:
        return 2, 2
    if agrees and 3 in crossed and {given, family} <= {3, 4} and not _has_initial(one, other):
        return 2, 3
    if agrees and {given, family} == {0, 4} and _lone(one, other):
        return (2, 0) if given else (0, 2)
    if _in_another_field(one, other, given) or (agrees and given == family == 4):
        return 2, family
    if {given, family} <= {0, 4} and _same_words(one, other):
        return 3, 3
    return given, family


def name_level(one: NameTokens | None, other: NameTokens | None) -> int:
    """The level of two names, without aliases."""
    if one is None or other is None:
        return 0
    if _is_initial(one) or _is_initial(other):
        return 3 if one.initial == other.initial else 4
    if one.exact == other.exact:
        return 1
    alike = dice(one.signature, other.signature)
    confused = one.phonetic == other.phonetic or _looks_alike(one, other)
    if alike >= CLOSE or (confused and alike >= HARDLY_CLOSE):
        return 2
    return 3 if alike >= RATHER_CLOSE or confused else 4


def _looks_alike(one: NameTokens, other: NameTokens) -> bool:
    # What is misread or typed out of order is seldom a name that people bear: Smith and Singh, Brown and Roman are two.
    return one.looks is not None and one.looks == other.looks and max(one.rarity, other.rarity) >= RAREST


def _are_two_names(one: Evidence, other: Evidence) -> bool:
    # Molly and Holly, Hassan and Hussain are borne by people, and by twins: a misspelling seldom makes another name. Two
    # spellings of one name (Ann and Anne) sound the same and are close, or stand in the table of spellings.
    mine, theirs = one.given, other.given
    if mine is None or theirs is None or max(mine.rarity, theirs.rarity) >= RAREST:
        return False
    if _meet([mine, *one.given_aliases], [theirs, *other.given_aliases]):
        return False
    if mine.looks is not None and mine.looks == theirs.looks:
        return True
    return mine.phonetic != theirs.phonetic or dice(mine.signature, theirs.signature) < RATHER_CLOSE


def _with_aliases(
    one: NameTokens | None,
    one_aliases: tuple[NameTokens, ...],
    other: NameTokens | None,
    other_aliases: tuple[NameTokens, ...],
) -> int:
    level = name_level(one, other)
    if level < 3 or not (one_aliases or other_aliases):
        return level
    mine, theirs = [n for n in (one, *one_aliases) if n], [n for n in (other, *other_aliases) if n]
    if _meet(mine, theirs):
        return 2
    return 3 if any(_nearly(name, their) for name in mine for their in theirs) else level


def _meet(mine: Iterable[NameTokens], theirs: Iterable[NameTokens]) -> bool:
    return not {name.exact for name in mine}.isdisjoint(name.exact for name in theirs)


def _nearly(one: NameTokens, other: NameTokens) -> bool:
    level = name_level(one, other)
    return level == 2 or (level == 3 and (_is_initial(one) or _is_initial(other)))


def _is_initial(name: NameTokens) -> bool:
    return name.exact == name.initial


def _has_initial(*sides: Evidence) -> bool:
    return any(name is not None and _is_initial(name) for side in sides for name in (side.given, side.family))


def _exact(one: NameTokens | None, other: NameTokens | None) -> bool:
    return one is not None and other is not None and one.exact == other.exact != one.initial


def _in_another_field(one: Evidence, other: Evidence, given: int) -> bool:
    # A given name as the middle name. As the family name, while the second name is another, it is swapped, and married.
    return given in {0, 3, 4} and (_exact(one.given, other.middle) or _exact(one.middle, other.given))


def _lone(one: Evidence, other: Evidence) -> bool:
    # The only name that one side has, in the field where the other has the other name.
    return any((side.given is None) != (side.family is None) for side in (one, other))


def _same_words(one: Evidence, other: Evidence) -> bool:
    # Both names in one field, or parted at another place.
    signatures = one.names_signature, other.names_signature
    return signatures[0] is not None and signatures[1] is not None and dice(signatures[0], signatures[1]) >= SAME_WORDS
