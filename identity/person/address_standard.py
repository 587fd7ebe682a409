"""Places in the form in which they are compared: postcodes in PAF form, one line of address, one word of town.

* ZZ99 postcodes are pseudo-postcodes (ZZ99 3VZ: no fixed abode; ZZ99 3WZ: not known; others: countries): missing, never
  evidence. Other invented ones, such as ZZ2 4XY, are kept: they stand for a place in made-up data.
* A protected address (`withheld`) leaves nothing at all, not even the town.
* The letter O in a place for a digit, and the digit 0 in one for a letter, are put right.

Sources: NHS Postcode Directory user guide (pseudo-postcodes); Royal Mail Programmers' Guide to PAF (postcode form).
"""

import re
from functools import lru_cache

from identity.person import word_lists
from identity.person.name_standard import fold
from identity.person.standard_person import StandardLocation
from mappings.canonical.person import Address

MAX_ADDRESS = 100
_CACHED = 20_000
_UK = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)([0-9][A-Z]{2})")
_OTHER = re.compile(r"(?=.*[0-9])[A-Z0-9]{3,10}")
_DIGITS = str.maketrans("OIL", "011")
_LETTERS = str.maketrans("01", "OI")
_FILLER = re.compile(
    r"\b(?:NO FIXED (?:ABODE|ADDRESS)|NFA|NOT KNOWN|UNKNOWN|WITHHELD|PROTECTED|CONFIDENTIAL|N/?K|N/?A|NONE)\b"
)
_EXPANDED = word_lists.street_abbreviations()
_STREETS = word_lists.words("streets")


def standard_postcode(text: str) -> str:
    """The postcode as in PAF, one space before the last three; another country's without spaces; empty where there is
    none."""
    compact = re.sub(r"[^A-Z0-9]", "", fold(text))
    if compact.startswith("ZZ99") or not 3 <= len(compact) <= 10:
        return ""
    if 5 <= len(compact) <= 7:
        # The outward part is taken as it stands but for its first letter, the inward part is always digit, letter,
        # letter.
        mended = (
            compact[0].translate(_LETTERS)
            + compact[1:-3]
            + compact[-3].translate(_DIGITS)
            + compact[-2:].translate(_LETTERS)
        )
        for candidate in (compact, mended):
            if match := _UK.fullmatch(candidate):
                return f"{match[1]} {match[2]}"
    return compact if _OTHER.fullmatch(compact) else ""


def standard_town(text: str) -> str:
    """The town as capital letters without spaces; empty where there is none."""
    folded = fold(text)
    return "" if _FILLER.search(folded) else "".join(letter for letter in folded if letter.isalpha())[:40]


def standard_address(lines: tuple[str, ...], town: str = "", postcode: str = "") -> str:
    """House and street in one line: abbreviations written out; what follows the street (locality, town, county,
    postcode) cut off.

    Empty where there is no address, or where it says that there is none ("no fixed abode").
    """
    folded = fold(" , ".join(lines[:8]))
    if _FILLER.search(folded):
        return ""
    words = [
        word
        for word in re.sub(r"[^\w,]+", " ", folded.replace("'", "").replace("’", "")).replace(",", " , ").split()
        if word
    ]
    known = {standard_town(town), re.sub(r"\W", "", postcode.upper())} - {""}
    words = [_written_out(words, place) for place in range(len(words)) if words[place] not in known]
    words = words[: _end_of_street(words)]
    return " ".join(word.lstrip("0") or "0" for word in words if word != ",")[:MAX_ADDRESS]


@lru_cache(_CACHED)
def standard_location(address: Address) -> StandardLocation | None:
    """The place, or None where it is withheld or nothing is known of it."""
    if address.withheld:
        return None
    postcode = standard_postcode(address.postcode)
    sector, area = _sector(postcode), _area(postcode)
    line = standard_address(address.lines, address.town, address.postcode)
    town = standard_town(address.town)
    return StandardLocation(postcode, sector, area, line, town) if postcode or line or town else None


def _sector(postcode: str) -> str:
    return postcode[:-2] if " " in postcode else ""


def _area(postcode: str) -> str:
    if " " not in postcode:
        return postcode[:2]
    return postcode[:2] if postcode[1].isalpha() else postcode[:1]


def _end_of_street(words: list[str]) -> int:
    """Where the street ends: at the first street that ends its line after a number was seen, else at the last street,
    else at the end."""
    streets = [place for place, word in enumerate(words) if word in _STREETS]
    for place in streets:
        ends_line = place + 1 == len(words) or words[place + 1] == ","
        if ends_line and any(word[0].isdigit() for word in words[:place]):
            return place + 1
    return streets[-1] + 1 if streets else len(words)


def _written_out(words: list[str], place: int) -> str:
    word = words[place]
    if word in {"ST", "STREET"}:
        # "St Johns Road" is a saint, "12 High St" a street.
        before = place > 0 and words[place - 1] != "," and not words[place - 1][0].isdigit()
        return "STREET" if word == "STREET" or before else "SAINT"
    return _EXPANDED.get(word, word)
