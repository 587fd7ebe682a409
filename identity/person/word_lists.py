"""Lists of words that standardising knows: titles, fillers, name particles, street types (`tables/words.json`)."""

import json
from functools import cache
from importlib import resources
from typing import Any


def words(kind: str) -> frozenset[str]:
    """The words of a kind: "titles", "suffixes", "fillers" (of which "filler_surnames" are family names too), "particles" or "streets"; all in
    capital letters."""
    return frozenset(_document()["words"][kind].split())


def street_abbreviations() -> dict[str, str]:
    """Abbreviation -> the word written out."""
    return dict(_document()["street_abbreviations"])


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        resources.files("identity.person").joinpath("tables/words.json").read_text("utf-8")
    )
    return document
