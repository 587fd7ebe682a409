"""The parameters as data: what stands in `parameters/*.json`, checked.

`levels[class][field]` are P(level 1, 2, ... | class), `exact[field]` P(another person has exactly this name) by the
rarity band of the name.
"""

import json
from dataclasses import dataclass
from typing import Any

from identity.person.name_rarity import RAREST

FIELDS = ("given", "middle", "family", "birth_date", "location", "town", "gender", "number")
RARE_FIELDS = ("given", "family")
CLASSES = ("same", "household", "stranger")
SIZES = {"given": 4, "middle": 4, "family": 4, "birth_date": 4, "location": 5, "town": 4, "gender": 4, "number": 5}

Row = tuple[float, ...]


class InvalidParameters(ValueError):
    """A parameters file does not hold what it must; the message names the entry."""


@dataclass(frozen=True, slots=True)
class ParameterTables:
    """One version of the parameters. `least_population`: a smaller register counts as one of that many people, because
    a register that has just begun knows nothing yet of how many people there are."""

    version: str
    source: str
    least_population: int
    levels: dict[str, dict[str, Row]]
    exact: dict[str, Row]


def read_tables(text: str) -> ParameterTables:
    """Tables from their JSON form. Raises `InvalidParameters`."""
    try:
        document = json.loads(text)
        levels = {name: {field: _row(document, name, field, SIZES[field]) for field in FIELDS} for name in CLASSES}
        exact = {field: _row(document, "exact_by_rarity", field, RAREST + 1) for field in RARE_FIELDS}
        people = max(int(document["least_population"]), 10)
        return ParameterTables(str(document["version"]), str(document.get("source", "")), people, levels, exact)
    except InvalidParameters:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise InvalidParameters(
            f"linkage parameters must have version, least_population and each class ({problem})"
        ) from None


def write_tables(tables: ParameterTables) -> str:
    """The JSON form, one line a field, probabilities to four significant digits."""
    groups = {**tables.levels, "exact_by_rarity": tables.exact}
    head = {"version": tables.version, "source": tables.source, "least_population": tables.least_population}
    lines = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    for name, rows in groups.items():
        body = ",\n".join(
            f"  {json.dumps(field)}: [{', '.join(f'{p:.4g}' for p in row)}]" for field, row in rows.items()
        )
        lines.append(f" {json.dumps(name)}: {{\n{body}\n }}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _row(document: dict[str, Any], name: str, field: str, size: int) -> Row:
    row = document.get(name, {}).get(field)
    if not isinstance(row, list) or len(row) != size or not all(isinstance(p, int | float) and 0 < p <= 1 for p in row):
        raise InvalidParameters(f"linkage parameters: {name}.{field} must be {size} probabilities above 0")
    return tuple(float(p) for p in row)
