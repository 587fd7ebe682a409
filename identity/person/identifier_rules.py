"""Which person numbers count as evidence, and how far. The gateway sees tokens only, so all of this is checked at the
connector.

* NHS, CHI and H&C numbers share one form and one check digit; the system travels with the value, so they never meet one
  another.
* One random number in eleven passes the check: passing never raises a strength. Failing, or one digit ten times, drops
  the number.
* The 999 range is never given to a real person: no evidence in live mode, accepted in trial mode.
* A permanent unique pupil number must have its check letter; a temporary one (last character a letter) is weak whatever
  the source says.
* NHS number status 01 is strong, 02 and 06 medium, others weak.

Sources: NHS Data Dictionary, NHS NUMBER and NHS NUMBER STATUS INDICATOR CODE; DfE, Unique pupil numbers: a guide.
"""

import re

from mappings.canonical.codes import IdentifierSystem, Mode, Strength
from mappings.canonical.evidence import MAX_IDENTIFIERS
from mappings.canonical.identifiers import NHSNumber
from mappings.canonical.person import PersonIdentifier

_NUMBER_SYSTEMS = frozenset({IdentifierSystem.NHS_NUMBER, IdentifierSystem.CHI_NUMBER, IdentifierSystem.HSC_NUMBER})
_UPN = re.compile(r"[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_STATUS = {"01": Strength.STRONG, "02": Strength.MEDIUM, "06": Strength.MEDIUM}


def strength_of_status(status: str) -> Strength:
    """How far an NHS number of this status indicator code ("01" verified, "02" present but not traced, ...) is to be
    believed."""
    return _STATUS.get(status.strip().zfill(2), Strength.WEAK)


def standard_identifiers(identifiers: tuple[PersonIdentifier, ...]) -> tuple[PersonIdentifier, ...]:
    """The numbers that can be evidence, compact, each once, the strongest first."""
    if not identifiers:
        return ()
    order = list(Strength)
    kept: dict[tuple[IdentifierSystem, str], PersonIdentifier] = {}
    for item in sorted(filter(None, map(_standard, identifiers)), key=lambda item: order.index(item.strength)):
        kept.setdefault((item.system, item.value), item)
    return tuple(kept.values())[:MAX_IDENTIFIERS]


def counts_in(item: PersonIdentifier, mode: Mode) -> bool:
    """Whether a standardised number may become evidence under a linkage key of this mode."""
    return mode is Mode.TRIAL or item.system not in _NUMBER_SYSTEMS or not item.value.startswith("999")


def _standard(item: PersonIdentifier) -> PersonIdentifier | None:
    if item.system in _NUMBER_SYSTEMS:
        number = NHSNumber.parse(item.value)
        if number is None or len(set(number.value)) == 1:
            return None
        return PersonIdentifier(item.system, number.value, item.strength)
    value = re.sub(r"\s", "", item.value).upper()
    if not _UPN.fullmatch(value) or value[0] != _upn_letter(value):
        return None
    return PersonIdentifier(item.system, value, item.strength if value[-1].isdigit() else Strength.WEAK)


def _upn_letter(value: str) -> str:
    digits = (int(sign) if sign.isdigit() else _UPN_LETTERS.index(sign) for sign in value[1:])
    return _UPN_LETTERS[sum(digit * weight for digit, weight in zip(digits, range(2, 14), strict=True)) % 23]
