"""National person numbers from a source: checked, given a strength, and kept apart by mode.

The 999 range is never given to a real person, so it is proof of an invented one: refused in live mode. In trial mode a
number outside that range is left out, so that no number a real person may have ever enters a trial (NHS Data Dictionary;
the two modes never mix).
"""

import re

from mappings.canonical.codes import IdentifierSystem, Mode, Strength
from mappings.canonical.identifiers import NHSNumber
from mappings.canonical.person import PersonIdentifier

# DfE guide to unique pupil numbers: the letter checks digits 2 to 13, weights 2 to 13, modulus 23; no I, O or S.
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN = re.compile(r"[A-HJ-NP-RT-Z][0-9]{12}")


class WrongMode(ValueError):
    """A test number in live mode. The message names the rule, never the number."""


def ten_digits(system: IdentifierSystem, text: str, strength: Strength, mode: Mode | None) -> PersonIdentifier | None:
    """An NHS, CHI or H&C number (one format, one check digit); None where the check digit does not agree, or where a
    trial may not use it. `mode` None is a dry run, which leaves nothing that could be used out. Raises `WrongMode` for
    a test number in live mode: its row is about nobody."""
    number = NHSNumber.parse(text)
    if number is None:
        return None
    if system is IdentifierSystem.NHS_NUMBER:
        if number.is_test and mode is Mode.LIVE:
            raise WrongMode(
                "is in the 999 test range, which no real person has; in live mode such rows are not published"
            )
        if not number.is_test and mode is Mode.TRIAL:
            return None
    return PersonIdentifier(system, number.value, strength)


def pupil_number(text: str) -> PersonIdentifier | None:
    """A permanent UPN whose check letter agrees, as medium evidence; None for temporary and wrong ones."""
    value = re.sub(r"[\s-]", "", text).upper()
    if not UPN.fullmatch(value):
        return None
    total = sum(int(digit) * weight for weight, digit in enumerate(value[1:], 2))
    return (
        PersonIdentifier(IdentifierSystem.UPN, value, Strength.MEDIUM) if UPN_LETTERS[total % 23] == value[0] else None
    )
