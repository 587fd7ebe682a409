"""How far two evidences agree, field by field: levels, never values.

0 is "nothing to compare" and no evidence either way.

* given, family, middle: 1 exact; 2 close, or sounding or looking alike and rather close, or an alias, or given and family
  swapped, or the only name of one side in the other field; 3 rather close, or sounding or looking alike, or close to an
  alias, or a lone initial that agrees with a name or an alias; 4 differ. Two given names that people bear differ also where they are close, unless
  they sound alike as well.
* birth_date: 1 exact; 2 two parts agree (day and month in years that are near, or where one side has no year), or day and month swapped; 3 the year
  alone, or the day (or the month, where a day is unknown) in years that are near or unknown, or day and month in years that are
  not; 4 differ. A day that looks filled in is never exact.
* location: 1 postcode and address agree (the address may be close), or the postcode where only one side has an
  address, or address and town where only one side has a postcode; 2 postcode, or address with sector or town, or the
  address where nothing else can be compared; 3 address or sector; 4 area, town or close address; 5 differ.
  Where both sides have nothing but a town: 0.
* town, only where location says nothing: 1 exact; 2 close; 4 differ.
* gender: 1 agree; 4 differ. Other and unknown are 0.
* A number that one side bore before (`superseded`) counts as the number that the other still has: then two different
  ones of that system are no conflict.
* number: 1 the same strong number; 2 the same, medium at best; 3 the same, weak; 4 two different strong numbers of one
  system; 5 two different ones of which neither is weak.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from identity.person.minhash import dice
from identity.person.name_rarity import RAREST
from mappings.canonical.codes import Gender, Strength
from mappings.canonical.evidence import BirthDateTokens, Evidence, LocationTokens, NameTokens

CLOSE, RATHER_CLOSE, HARDLY_CLOSE, SAME_WORDS = 0.7, 0.42, 0.36, 0.85
_ALIKE = frozenset({1, 2})
_UNTOLD = frozenset({Gender.UNKNOWN, Gender.OTHER})
_RANK = {strength: rank for rank, strength in enumerate(Strength)}


class Levels(NamedTuple):
    """The level of each field. `conflict`: two different strong numbers of one system, whatever else agrees."""

    given: int = 0
    middle: int = 0
    family: int = 0
    birth_date: int = 0
    location: int = 0
    town: int = 0
    gender: int = 0
    number: int = 0
    conflict: bool = False


def compare(one: Evidence, other: Evidence) -> Levels:
    """The levels of two evidences of one epoch; the same whichever comes first."""
    given = _with_aliases(one.given, one.given_aliases, other.given, other.given_aliases)
    if given in {2, 3} and _are_two_names(one, other):
        given = 4
    family = _with_aliases(one.family, one.family_aliases, other.family, other.family_aliases)
    across, back = (
        (name_level(one.given, other.family), name_level(one.family, other.given)) if 4 in (given, family) else (0, 0)
    )
    if across in _ALIKE and back in _ALIKE:
        given = family = 2
    elif {given, family} == {0, 4} and _lone(one, other) and (across in _ALIKE or back in _ALIKE):
        given, family = (2, 0) if given else (0, 2)
    elif _in_another_field(one, other, given) or (given == family == 4 and (across in _ALIKE or back in _ALIKE)):
        given = 2
    elif {given, family} <= {0, 4} and _same_words(one, other):
        given = family = 3
    location = min((level for level in _locations(one, other) if level), default=0)
    number, conflict = _number(one, other)
    return Levels(
        given=given,
        middle=name_level(one.middle, other.middle),
        family=family,
        birth_date=_birth_date(one.birth_date, other.birth_date),
        location=location,
        town=0 if location else min((level for level in _towns(one, other) if level), default=0),
        gender=0 if _UNTOLD & {one.gender, other.gender} else 1 if one.gender is other.gender else 4,
        number=number,
        conflict=conflict,
    )


def name_level(one: NameTokens | None, other: NameTokens | None) -> int:
    """The level of two names, without aliases."""
    if one is None or other is None:
        return 0
    if _is_initial(one) or _is_initial(other):
        return 3 if one.initial == other.initial else 4
    if one.exact == other.exact:
        return 1
    alike = dice(one.signature, other.signature)
    confused = one.phonetic == other.phonetic or _agree(one.looks, other.looks)
    if alike >= CLOSE or (confused and alike >= HARDLY_CLOSE):
        return 2
    return 3 if alike >= RATHER_CLOSE or confused else 4


def _are_two_names(one: Evidence, other: Evidence) -> bool:
    # Molly and Holly, Hassan and Hussain are borne by people, and by twins: a misspelling seldom makes another name. Two
    # spellings of one name (Ann and Anne) sound the same and are close, or stand in the table of spellings.
    mine, theirs = one.given, other.given
    if mine is None or theirs is None or max(mine.rarity, theirs.rarity) >= RAREST or _share_a_name(one, other):
        return False
    return mine.phonetic != theirs.phonetic or dice(mine.signature, theirs.signature) < RATHER_CLOSE


def _share_a_name(one: Evidence, other: Evidence) -> bool:
    mine, theirs = (
        {name.exact for name in (side.given, *side.given_aliases) if name is not None} for side in (one, other)
    )
    return not mine.isdisjoint(theirs)


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
    if {name.exact for name in mine} & {name.exact for name in theirs}:
        return 2
    return 3 if any(_nearly(name, their) for name in mine for their in theirs) else level


def _nearly(one: NameTokens, other: NameTokens) -> bool:
    level = name_level(one, other)
    return level == 2 or (level == 3 and (_is_initial(one) or _is_initial(other)))


def _is_initial(name: NameTokens) -> bool:
    return name.exact == name.initial


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


def _birth_date(one: BirthDateTokens | None, other: BirthDateTokens | None) -> int:
    if one is None or other is None:
        return 0
    if _agree(one.full, other.full):
        return 2 if one.default_day else 1
    pairs = ((one.year_month, other.year_month), (one.year_day, other.year_day), (one.swapped, other.full))
    near, same_day = not {*one.near}.isdisjoint(other.near), _agree(one.month_day, other.month_day)
    unplaced = one.year is None or other.year is None
    if any(_agree(mine, theirs) for mine, theirs in pairs) or (same_day and (near or unplaced)):
        return 2
    part = _agree(one.day, other.day) if one.day and other.day else _agree(one.month, other.month)
    return 3 if _agree(one.year, other.year) or same_day or ((near or unplaced) and part) else 4


def _locations(one: Evidence, other: Evidence) -> Iterable[int]:
    return (_location(mine, theirs) for mine in one.locations for theirs in other.locations)


def _location(one: LocationTokens, other: LocationTokens) -> int:
    postcodes, addresses = (
        one.postcode is not None and other.postcode is not None,
        one.address is not None and other.address is not None,
    )
    if not postcodes and not addresses:
        return 0
    postcode, address = _agree(one.postcode, other.postcode), _agree(one.address, other.address)
    alike = dice(one.signature, other.signature) if addresses and one.signature and other.signature else 0.0
    sector, town = _agree(one.sector, other.sector), _agree(one.town, other.town)
    if (postcode and (alike >= CLOSE or not addresses)) or (address and town and not postcodes):
        return 1
    if postcode or (address and (sector or town or not postcodes)):
        return 2
    if address or sector:
        return 3
    return 4 if _agree(one.area, other.area) or town or alike >= CLOSE else 5


def _towns(one: Evidence, other: Evidence) -> Iterable[int]:
    for mine in one.locations:
        for theirs in other.locations:
            if mine.town is None or theirs.town is None:
                continue
            # The signature is of the town only where the place has nothing else.
            bare = not (mine.address or mine.postcode or theirs.address or theirs.postcode)
            alike = dice(mine.signature, theirs.signature) if bare and mine.signature and theirs.signature else 0.0
            yield 1 if mine.town == theirs.town else 2 if alike >= HARDLY_CLOSE else 4


def _number(one: Evidence, other: Evidence) -> tuple[int, bool]:
    level, conflict = 0, False
    if one.superseded or other.superseded:
        one, other = _brought_together(one, other), _brought_together(other, one)
    for mine in one.identifiers:
        for theirs in other.identifiers:
            if mine.system is not theirs.system:
                continue
            weaker = max(mine.strength, theirs.strength, key=_RANK.__getitem__)
            if mine.token == theirs.token:
                level = min(level or 9, 1 + _RANK[weaker])
            elif weaker is Strength.STRONG:
                conflict, level = True, level or 4
            elif weaker is Strength.MEDIUM:
                level = level or 5
    return level, conflict


def _brought_together(one: Evidence, other: Evidence) -> Evidence:
    """With its numbers of before in place of those of today, as far as the other side still has them."""
    there = {each.token for each in other.identifiers}
    same = tuple(each for each in one.superseded if each.token in there)
    systems = {each.system for each in same}
    return replace(one, identifiers=(*same, *(each for each in one.identifiers if each.system not in systems)))


def _agree(one: bytes | None, other: bytes | None) -> bool:
    return one is not None and one == other
