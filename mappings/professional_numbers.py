"""Registration numbers of practitioners, as their own professional registers give them: by them one person is known again at several agencies.

Sources: GMC reference numbers are seven digits; NMC PINs are two digits, a letter, four digits and a letter; Social Work England numbers are
SW and digits. A number of any other form, or of one digit all through, is not one: it counts as not stated.
"""

import re
from enum import StrEnum


class ProfessionalRegister(StrEnum):
    """Who registers practitioners."""

    GMC = "gmc"
    NMC = "nmc"
    SWE = "swe"


_FORMS = {
    ProfessionalRegister.GMC: re.compile(r"[0-9]{7}"),
    ProfessionalRegister.NMC: re.compile(r"[0-9]{2}[A-Z][0-9]{4}[A-Z]"),
    ProfessionalRegister.SWE: re.compile(r"SW[0-9]{1,10}"),
}
_LEFT_OUT = re.compile(r"[\s./-]")


def registration(register: ProfessionalRegister, text: str) -> str:
    """The register and the number in one form; empty where it is none of that register."""
    if not text:
        return ""
    number = _LEFT_OUT.sub("", text[:40]).upper()
    digits = {sign for sign in number if sign.isdigit()}
    if not _FORMS[register].fullmatch(number) or len(digits) < 2:
        return ""
    return f"{register.value}|{number}"
