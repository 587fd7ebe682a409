"""How far two evidences agree, field by field: levels, never values.

0 is "nothing to compare" and no evidence either way.

* given, family, middle: `identity.person.name_agreement`.
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
from identity.person.name_agreement import CLOSE, HARDLY_CLOSE, name_level, name_levels
from mappings.canonical.codes import Gender, Strength
from mappings.canonical.evidence import BirthDateTokens, Evidence, LocationTokens

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
    given, family = name_levels(one, other)
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
