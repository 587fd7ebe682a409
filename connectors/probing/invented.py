"""Somebody who does not exist, for a test of this connector: every part drawn at random, used once, kept and told nowhere.

Random, not a fixed name: the gateway would know what a fixed name's tokens stand for, and find the same tokens in real people's evidence.
The number is of the range that is never given out.
"""

import secrets
import string

from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.identifiers import NHSNumber
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

_EARLIEST, _YEARS = 1930, 90
_DAYS = 28
_DIGITS = "0123456789"


def invented_person(local_id: str) -> Person:
    """A person with something in every item that evidence is made from."""
    return Person(
        local_id=local_id,
        given=(_letters(8), _letters(8)),
        family=_letters(10),
        birth_date=PartialDate(_EARLIEST + _up_to(_YEARS), 1 + _up_to(12), 1 + _up_to(_DAYS)),
        gender=secrets.choice((Gender.FEMALE, Gender.MALE)),
        addresses=(Address((f"{1 + _up_to(99)} {_letters(9)} Road",), _letters(9), _postcode()),),
        identifiers=(PersonIdentifier(IdentifierSystem.NHS_NUMBER, _test_number(), Strength.STRONG),),
    )


def _letters(count: int) -> str:
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(count)).capitalize()


def _postcode() -> str:
    return f"{_letters(2).upper()}{1 + _up_to(9)} {_up_to(10)}{_letters(2).upper()}"


def _test_number() -> str:
    """One serial in eleven has no check digit: then another is drawn."""
    while True:
        serial = "999" + "".join(secrets.choice(_DIGITS) for _ in range(6))
        for digit in _DIGITS:
            found = NHSNumber.parse(serial + digit)
            if found is not None:
                return found.value


def _up_to(bound: int) -> int:
    return secrets.randbelow(bound)
