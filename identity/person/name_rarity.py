"""How common a name is, as a coarse band from a public table: two people called Smith are less likely one than two
called Featherstonehaugh.

The table ships with the program and is versioned (`tables/name_rarity.json`, which names its sources): both sides of a
comparison must use one table, and the gateway must never count names itself, because such a count is what a
rank-alignment attack needs.
"""

import json
from functools import cache
from importlib import resources

RAREST = 4


def given_rarity(name: str) -> int:
    """0 (0.5 % of people or more) to 4 (rarer than 0.004 %, or not in the table)."""
    return _table()["given"].get(name, RAREST)


def family_rarity(name: str) -> int:
    """0 (0.5 % of people or more) to 4 (rarer than 0.004 %, or not in the table)."""
    return _table()["family"].get(name, RAREST)


@cache
def known_given_names() -> frozenset[str]:
    """The given names in the table, in capital letters."""
    return frozenset(_table()["given"])


@cache
def table_version() -> str:
    """The version of the table that is in use."""
    return str(_document()["version"])


@cache
def _table() -> dict[str, dict[str, int]]:
    document = _document()
    return {
        kind: {name: int(band) for band, names in document[kind].items() for name in names.split()}
        for kind in ("given", "family")
    }


def _document() -> dict[str, dict[str, str]]:
    document: dict[str, dict[str, str]] = json.loads(
        resources.files("identity.person").joinpath("tables/name_rarity.json").read_text("utf-8")
    )
    return document
