"""A person after standardising: what the tokens are made from, and what the ledger keeps (encrypted) to tokenise again.

Lives only inside a connector. The JSON form is versioned and carries everything, because an event-fed source cannot be
read again when a new linkage epoch comes.
"""

from dataclasses import dataclass
from typing import Any

from mappings import compact_json
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.person import PartialDate, PersonIdentifier

_VERSION = 1


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
            "gender": person.gender.value,
            "locations": [[p.postcode, p.sector, p.area, p.address, p.town] for p in person.locations],
            "identifiers": _rows(person.identifiers),
        }
        # Left out where there are none, so that a person of before still gives the text of before.
        | ({"superseded": _rows(person.superseded)} if person.superseded else {})
    ).decode()


def from_json(text: str | bytes) -> StandardPerson:
    """The reverse of `to_json`. Raises `InvalidStandardPerson`."""
    try:
        document = compact_json.read(text)
        if document["v"] != _VERSION:
            raise InvalidStandardPerson(
                "a standardised person of another version; publish the source again with this program"
            )
        return _read(document)
    except InvalidStandardPerson:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidStandardPerson("not a standardised person; the ledger's entry is damaged") from None


def _read(document: dict[str, Any]) -> StandardPerson:
    born = document["birth_date"]
    return StandardPerson(
        given=_text(document["given"]),
        middle=_text(document["middle"]),
        family=_text(document["family"]),
        given_aliases=tuple(_text(name) for name in document["given_aliases"]),
        family_aliases=tuple(_text(name) for name in document["family_aliases"]),
        nickname_only=document["nickname_only"] is True,
        filler_only=document["filler_only"] is True,
        birth_date=PartialDate(*born) if born else None,
        default_day=document["default_day"] is True,
        gender=Gender(document["gender"]),
        locations=tuple(StandardLocation(*(_text(part) for part in place)) for place in document["locations"]),
        identifiers=_numbers(document["identifiers"]),
        superseded=_numbers(document.get("superseded", [])),
    )


def _rows(numbers: tuple[PersonIdentifier, ...]) -> list[list[str]]:
    return [[each.system.value, each.value, each.strength.value] for each in numbers]


def _numbers(rows: list[list[str]]) -> tuple[PersonIdentifier, ...]:
    return tuple(
        PersonIdentifier(IdentifierSystem(system), _text(value), Strength(strength)) for system, value, strength in rows
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidStandardPerson("not a standardised person; the ledger's entry is damaged")
    return value
