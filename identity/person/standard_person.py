"""A person after standardising: what the tokens are made from, and what the ledger keeps (encrypted) to tokenise again.

Lives only inside a connector. The JSON form is versioned and carries everything, because an event-fed source cannot be
read again when a new linkage epoch comes.
"""

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from mappings import compact_json
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import PartialDate, PersonIdentifier

_VERSION: Final = 1


class InvalidStandardPerson(ValueError):
    """The text is not a standardised person of a version this program knows. The message never repeats the text."""


@dataclass(frozen=True, slots=True, repr=False)
class StandardLocation:
    """One place. `postcode` as in PAF ("SW1A 1AA") or bare letters and digits of another country; empty = not known."""

    postcode: str = ""
    sector: str = ""
    area: str = ""
    address: str = ""
    town: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class StandardPerson:
    """Names are capital letters only, without spaces. `given_aliases` and `family_aliases` are scored as alternatives.

    `nickname_only` marks a given name that is only what somebody is called; `filler_only` one that was left out because
    it is none ("Baby"). `default_day` marks a birth date whose day looks filled in.
    """

    given: str = ""
    middle: str = ""
    family: str = ""
    given_aliases: tuple[str, ...] = ()
    family_aliases: tuple[str, ...] = ()
    nickname_only: bool = False
    filler_only: bool = False
    birth_date: PartialDate | None = None
    default_day: bool = False
    gender: Gender = Gender.UNKNOWN
    locations: tuple[StandardLocation, ...] = ()
    identifiers: tuple[PersonIdentifier, ...] = ()
    superseded: tuple[PersonIdentifier, ...] = ()


class _Version(msgspec.Struct):
    v: int


class _Person(msgspec.Struct):
    """What stands in the ledger, each member of its kind."""

    v: Literal[1]
    given: str
    middle: str
    family: str
    given_aliases: tuple[str, ...]
    family_aliases: tuple[str, ...]
    nickname_only: bool
    birth_date: tuple[int | None, int | None, int | None] | None
    filler_only: bool
    default_day: bool
    gender: Gender
    locations: tuple[tuple[str, str, str, str, str], ...]
    identifiers: tuple[tuple[IdentifierSystem, str, Strength], ...]
    superseded: tuple[tuple[IdentifierSystem, str, Strength], ...] = ()


_VERSION_READER: Final = msgspec.json.Decoder(_Version)
_READER: Final = msgspec.json.Decoder(_Person)


def to_json(person: StandardPerson) -> str:
    """The person as one line of JSON, members in a fixed order, so that equal persons give equal text."""
    born = person.birth_date
    return compact_json.write(
        {
            "v": _VERSION,
            "given": person.given,
            "middle": person.middle,
            "family": person.family,
            "given_aliases": person.given_aliases,
            "family_aliases": person.family_aliases,
            "nickname_only": person.nickname_only,
            "birth_date": [born.year, born.month, born.day] if born else None,
            "filler_only": person.filler_only,
            "default_day": person.default_day,
            "gender": person.gender,
            "locations": [[p.postcode, p.sector, p.area, p.address, p.town] for p in person.locations],
            "identifiers": _rows(person.identifiers),
        }
        # Left out where there are none, so that a person of before still gives the text of before.
        | ({"superseded": _rows(person.superseded)} if person.superseded else {})
    ).decode()


def from_json(text: str | bytes) -> StandardPerson:
    """The reverse of `to_json`. Raises `InvalidStandardPerson`."""
    try:
        return _person(_READER.decode(text))
    except (ValueError, RecursionError):
        raise InvalidStandardPerson(_what_is_wrong_with(text)) from None


def _what_is_wrong_with(text: str | bytes) -> str:
    try:
        of_another_version = _VERSION_READER.decode(text).v != _VERSION
    except (ValueError, RecursionError):
        of_another_version = False
    if of_another_version:
        return "a standardised person of another version; publish the source again with this program"
    return "not a standardised person; the ledger's entry is damaged"


def _person(read: _Person) -> StandardPerson:
    return StandardPerson(
        read.given,
        read.middle,
        read.family,
        read.given_aliases,
        read.family_aliases,
        read.nickname_only,
        read.filler_only,
        PartialDate(*read.birth_date) if read.birth_date else None,
        read.default_day,
        read.gender,
        tuple(StandardLocation(*place) for place in read.locations),
        tuple(PersonIdentifier(*number) for number in read.identifiers),
        tuple(PersonIdentifier(*number) for number in read.superseded),
    )


def _rows(numbers: tuple[PersonIdentifier, ...]) -> list[list[str]]:
    return [[each.system, each.value, each.strength] for each in numbers]
