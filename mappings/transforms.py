"""Text as sources write it into text as the rest reads it: cells, names, postcodes. Pure functions, total on every
string."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from mappings.concept_map import fold

SPACES = re.compile(r"\s+")
BLANKS = re.compile(r"[^\S\r\n]+")
# Control characters but tab and line ends, and half surrogates: never part of a name, and not encodable or printable.
UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
CURLY = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"'})
POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?)\s*([0-9][ABD-HJLNP-UW-Z]{2})\b", re.IGNORECASE)
NICKNAME = re.compile(r"[(\"\[]([^()\"\[\]]{1,60})[)\"\]]")
TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "master", "dr", "prof", "professor", "sir", "dame", "lady", "lord", "rev", "cllr"}
)
# What people write into a name column that has to be filled.
NO_NAMES = frozenset(
    {"unknown", "notknown", "notrecorded", "nkn", "unnamed", "anonymous", "anon", "withheld", "notgiven", "unborn"}
)
LONGEST_NO_NAME = max(map(len, NO_NAMES))
PSEUDO_POSTCODE = re.compile(r"ZZ99", re.IGNORECASE)


def one_line(text: str) -> str:
    """`text` without unprintable characters, with straight quotes, runs of white space as one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return SPACES.sub(" ", UNPRINTABLE.sub("", text)).translate(CURLY).strip()


def lines(text: str) -> tuple[str, ...]:
    """The lines of an address cell: split at line ends or else at commas."""
    clean = BLANKS.sub(" ", UNPRINTABLE.sub("", text)).translate(CURLY)
    parts = re.split(r"[\r\n]+", clean.strip()) if re.search(r"[\r\n]", clean.strip()) else clean.split(",")
    return tuple(part.strip(" ,") for part in parts if part.strip(" ,"))


@lru_cache(maxsize=16_384)
def postcode(text: str) -> str:
    """The UK postcode in `text` as `ZZ2 4XY`; empty where there is none, or only a pseudo one (ZZ99: no fixed abode and
    the like)."""
    found = POSTCODE.search(text)
    if not found or PSEUDO_POSTCODE.match(found[1]):
        return ""
    return f"{found[1]} {found[2]}".upper()


def without_title(text: str) -> str:
    """A name without the titles before it."""
    words = text.split()
    while len(words) > 1 and words[0].casefold().rstrip(".") in TITLES:
        words.pop(0)
    return " ".join(words)


def surname_first(text: str) -> str:
    """`Adeyemi, Folake` as `Folake Adeyemi`; a name without a comma, or with more than one, stays as it is."""
    family, comma, given = text.partition(",")
    if not comma or "," in given or not family.strip() or not given.strip():
        return text.strip()
    return f"{given.strip()} {family.strip()}"


def split_name(text: str) -> tuple[tuple[str, ...], str]:
    """Given names and family name of a full name, `Surname, First Second` or `First Second Surname`. One word is a
    family name."""
    family, comma, given = text.partition(",")
    if comma and family.strip():
        return tuple(without_title(given).split()), without_title(family.strip())
    words = without_title(text.replace(",", " ")).split()
    return tuple(words[:-1]), words[-1] if words else ""


def nicknames(text: str) -> tuple[str, tuple[str, ...]]:
    """A name without the nicknames in brackets or quotation marks inside it, and those."""
    if not any(sign in text for sign in '("['):
        return " ".join(text.split()), ()
    found = tuple(name.strip() for name in NICKNAME.findall(text) if name.strip())
    return " ".join(NICKNAME.sub(" ", text).split()), found


@lru_cache(maxsize=16_384)
def is_name(text: str) -> bool:
    """Whether `text` has a letter and is more than a word for not knowing."""
    if text.isalpha() and len(text) > LONGEST_NO_NAME:
        return True
    return any(letter.isalpha() for letter in text) and fold(text) not in NO_NAMES


def no_separators(text: str) -> str:
    """A number without the spaces and hyphens people group it by."""
    return re.sub(r"[\s-]", "", text)


def ten_digits(text: str) -> str:
    """A ten-digit number as spreadsheets leave it: without spaces, hyphens and `.0`, with the leading zeros they lost."""
    number = no_separators(text).removesuffix(".0")
    return number.zfill(10) if number.isascii() and number.isdigit() and len(number) >= 8 else number


def whole_number(text: str) -> str:
    """An id as spreadsheets leave it: `1002301.0` as `1002301`."""
    return text.removesuffix(".0") if text.removesuffix(".0").isdigit() else text


def name_case(text: str) -> str:
    """A name in capitals, as hospital systems send it, as people write it: `O'NEILL-SMITH` as `O'Neill-Smith`."""
    return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), text) if text.isupper() else text


TEXT_TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "surname_first": surname_first,
    "without_title": without_title,
    "no_separators": no_separators,
    "postcode": postcode,
    "ten_digits": ten_digits,
    "whole_number": whole_number,
    "name_case": name_case,
    "upper": str.upper,
}
"""The transforms a preset may name for a field, applied in the order it lists them."""
