"""Names in the form in which they are compared: capital letters, no accents, no spaces, no titles, no filler.

* `O'Brien`, `O Brien` and `OBrien` are one name; so are `Mc Donald` and `McDonald`, `van der Berg` and `Vanderberg`.
* A double-barrelled name is one name, and each part is an alias: people use one half, or change the order.
* "Baby", "Infant", "Twin 2", "Unknown" and the like are no names: they are dropped, also when they stand beside a real
  one.
* What stands in brackets, in quotes or after "aka" is an alias.
* The twenty spellings of Mohammed become one; a nickname's usual full form is an alias (`tables/name_variants.json`).
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from identity.person import word_lists

MAX_NAME = 60
_CACHED = 20_000
"""Most people share their names with others: what was made of the names met last is kept, in memory only."""
_LETTERS = str.maketrans(
    {
        "Ø": "O",
        "Ł": "L",
        "Đ": "D",
        "Ð": "D",
        "Þ": "TH",
        "Æ": "AE",
        "Œ": "OE",
        "ẞ": "SS",
        "ı": "I",
        "İ": "I",
        "Ħ": "H",
        "Ŧ": "T",
        "Ə": "E",
    }
)
_TITLES, _SUFFIXES, _FILLERS = (word_lists.words(kind) for kind in ("titles", "suffixes", "fillers"))
_FILLER_PHRASES = re.compile(
    r"\b(?:NOT\s+(?:YET\s+)?(?:KNOWN|NAMED|STATED|GIVEN|RECORDED)|N\s*/\s*K(?:A\b)?|N\s*/\s*A|(?:BABY|INFANT|B\s*/\s*O)\s+OF\b.*|B\s*/\s*O\b.*|"
    r"(?:BABY|INFANT|TWIN|TRIPLET)\s*[-#]?\s*(?:NO\.?\s*)?(?:[0-9]+|[ABC12]|ONE|TWO|THREE|I{1,3})\b)"
)
_ASIDE = re.compile(r"\(([^()]*)\)|\"([^\"]*)\"|“([^”]*)”|\b(?:A\.?K\.?A\.?|KNOWN AS|NEE|NÉE)\b(.*)$")
# "Male" and "Boy" say nothing as a given name and are, unlike "Baby", what families are called.
_NO_SURNAMES = _FILLERS - word_lists.words("filler_surnames")
_PARTICLES = word_lists.words("particles")


@dataclass(frozen=True, slots=True, repr=False)
class Names:
    """The whole name first, then its parts as they stood, then further names from brackets and the like."""

    parts: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Upper case without accents; letters of other alphabets stay as they are."""
    upper = unicodedata.normalize("NFKD", text[:400]).upper().translate(_LETTERS)
    parted = unicodedata.normalize("NFKD", upper)
    return "".join(letter for letter in parted if not unicodedata.combining(letter)).translate(_LETTERS)


@lru_cache(_CACHED)
def given_names(text: str) -> Names:
    """The given names in one field, in order, each standardised; hyphenated ones stay one name here."""
    rest, asides = _without_asides(fold(text))
    words = [word for word in _words(_FILLER_PHRASES.sub(" ", rest)) if _letters(word) not in _FILLERS]
    while words and _letters(words[0]) in _TITLES:
        words = words[1:]
    names = tuple(filter(None, map(_letters, words)))
    spoken = tuple(name for aside in asides for name in given_names(aside).parts)
    return Names(names, spoken)


@lru_cache(_CACHED)
def family_name(text: str) -> tuple[str, tuple[str, ...]]:
    """The family name as one word, and its aliases: the halves of a double name, the name without its particle, a
    former name in brackets."""
    rest, asides = _without_asides(fold(text))
    words = [word for word in _words(_FILLER_PHRASES.sub(" ", rest)) if _letters(word) not in _NO_SURNAMES]
    while len(words) > 1 and _letters(words[-1]) in _SUFFIXES:
        words = words[:-1]
    while len(words) > 1 and _letters(words[0]) in {"MR", "MRS", "MS", "MISS", "DR"}:
        words = words[1:]
    halves = _joined_particles([half for word in words for half in word.split("-")])
    whole = "".join(name for name, _ in halves)[:MAX_NAME]
    aliases = [name for name, _ in halves] if len(halves) > 1 else []
    aliases += [bare for _, bare in halves if bare]
    for aside in asides:
        other, more = family_name(aside)
        aliases += [other, *more]
    return whole, tuple(dict.fromkeys(alias for alias in aliases if len(alias) > 1 and alias != whole))


@lru_cache(_CACHED)
def hyphen_parts(text: str) -> tuple[str, ...]:
    """The halves of each hyphenated given name in a field ("Mary-Jane" gives MARY and JANE)."""
    words = [word for word in _words(_without_asides(fold(text))[0]) if "-" in word]
    halves = (_letters(half) for word in words for half in word.split("-"))
    return tuple(half for half in halves if len(half) > 1 and half not in _FILLERS)


def usual_spelling(given: str) -> str:
    """One spelling for a given name that is written in many ways from another alphabet."""
    return _variants()[0].get(given, given)


def full_forms(given: str) -> tuple[str, ...]:
    """The full given names for which this one is a usual short form."""
    return _variants()[1].get(given, ())


@cache
def variants() -> frozenset[str]:
    """Every given name of which `usual_spelling` or `full_forms` knows another form."""
    spellings, forms = _variants()
    return frozenset(spellings) | frozenset(forms)


@cache
def _variants() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    table = json.loads(resources.files("identity.person").joinpath("tables/name_variants.json").read_text("utf-8"))
    spellings = {other: usual for usual, others in table["spellings"].items() for other in others.split()}
    forms: dict[str, list[str]] = {}
    for full, shorts in table["short_forms"].items():
        for short in shorts.split():
            forms.setdefault(short, []).append(full)
    return spellings, {short: tuple(full[:3]) for short, full in forms.items()}


def _without_asides(text: str) -> tuple[str, list[str]]:
    asides = [next(filter(None, match.groups()), "") for match in _ASIDE.finditer(text)]
    return _ASIDE.sub(" ", text), [aside for aside in asides if aside.strip()][:3]


def _words(text: str) -> list[str]:
    # A slash, a comma or an ampersand parts two names as a space does.
    return re.split(r"[\s,;/&+_]+", re.sub(r"\s*[-‐‑–—]\s*", "-", text).strip())


def _letters(word: str) -> str:
    return "".join(letter for letter in word if letter.isalpha())[:MAX_NAME]


def _joined_particles(words: list[str]) -> list[tuple[str, str]]:
    """(name with the particles before it, the bare name where there were any) for each name among the words."""
    names: list[tuple[str, str]] = []
    before = ""
    for word in words:
        # "D'Souza" and "O'Brien": an apostrophe is no parting.
        letters = _letters(word)
        if not letters:
            continue
        if letters in _PARTICLES:
            before += letters
            continue
        # O and Mc never stand apart from their name, so the bare half is no name of its own.
        names.append((before + letters, letters if before and before not in {"O", "MC", "MAC"} else ""))
        before = ""
    if before:
        names.append((before, ""))
    return names
