"""What an agreement is worth: Fellegi-Sunter with three classes, and the parameters as data.

A pair of records is of the same person, of two people of one household, or of strangers. Each class gives each level of
each field a probability (`parameters/*.json`, versioned); an exact name is worth what its rarity says. A missing field
(level 0) says nothing. Families are a class of their own because they share the surname and the place, and nearly every
false link is between relatives.

Prior: .5/N for the same person and 1/N for the household, N people in the register.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from identity.person.comparison import Levels
from identity.person.name_rarity import RAREST

FIELDS = ("given", "middle", "family", "birth_date", "location", "town", "gender", "number")
_RARE_FIELDS = ("given", "family")
_SIZES = {"given": 4, "middle": 4, "family": 4, "birth_date": 4, "location": 5, "town": 4, "gender": 4, "number": 5}
_CLASSES = ("same", "household", "stranger")


class InvalidParameters(ValueError):
    """A parameters file does not hold what it must; the message names the entry."""


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """What one field said: its level, and its bits for (positive) or against the same person. Never a value."""

    field: str
    level: int
    bits: float


@dataclass(frozen=True, slots=True)
class Score:
    """`posterior` that both records are of one person; `log_odds` the same on the natural-log scale, for margins."""

    posterior: float
    log_odds: float
    findings: tuple[FieldFinding, ...]

    @property
    def bits(self) -> float:
        """The sum of all evidence, without the prior."""
        return sum(finding.bits for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Natural logs of P(level | class). `logs[class][field][level]`, level 0 being 0; `exact[field][rarity]` for
    strangers' exact names."""

    version: str
    least_population: int
    logs: dict[str, dict[str, tuple[float, ...]]]
    exact: dict[str, tuple[float, ...]]

    def score(self, levels: Levels, rarity: tuple[int, int], population: int) -> Score:
        """The score of a pair at these levels. `rarity` is that of the given and the family name, where they agree
        exactly."""
        people = max(population, self.least_population)
        named = dict(zip(_RARE_FIELDS, rarity, strict=True))
        same = {field: self.logs["same"][field][getattr(levels, field)] for field in FIELDS}
        rivals = [("stranger", math.log(max(1 - 1.5 / people, 0.1)))]
        if levels.location in {1, 2}:
            rivals.append(("household", math.log(1 / people)))
        against: list[tuple[float, dict[str, float]]] = []
        for name, prior in rivals:
            logs = {field: self._rival(name, field, getattr(levels, field), named) for field in FIELDS}
            against.append((prior + sum(logs.values()), logs))
        total = math.log(0.5 / people) + sum(same.values())
        most = max(value for value, _ in against)
        log_odds = total - most - math.log(sum(math.exp(value - most) for value, _ in against))
        nearest = max(against, key=lambda rival: rival[0])[1]
        findings = tuple(
            FieldFinding(field, getattr(levels, field), (same[field] - nearest[field]) / math.log(2))
            for field in FIELDS
            if getattr(levels, field)
        )
        return Score(1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0, log_odds, findings)

    def _rival(self, name: str, field: str, level: int, rarity: dict[str, int]) -> float:
        # Relatives' given names are as strangers' are; their surname is the same for another reason than its frequency.
        if level == 1 and (field == "given" or (field == "family" and name == "stranger")):
            return self.exact[field][rarity[field]]
        return self.logs[name][field][level]


@cache
def default_parameters() -> Parameters:
    """The parameters that ship with the program."""
    return read_parameters(resources.files("identity.person").joinpath("parameters/default.json").read_text("utf-8"))


def read_parameters(text: str) -> Parameters:
    """Parameters from their JSON form. Raises `InvalidParameters`."""
    try:
        document = json.loads(text)
        logs = {name: {field: _logs(document, name, field) for field in FIELDS} for name in _CLASSES}
        exact = {field: _row(document, "exact_by_rarity", field, RAREST + 1) for field in _RARE_FIELDS}
        return Parameters(str(document["version"]), int(document["least_population"]), logs, exact)
    except InvalidParameters:
        raise
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        raise InvalidParameters(
            f"linkage parameters must have version, least_population and each class ({problem})"
        ) from None


def _logs(document: dict[str, Any], name: str, field: str) -> tuple[float, ...]:
    return (0.0, *_row(document, name, field, _SIZES[field]))


def _row(document: dict[str, Any], name: str, field: str, size: int) -> tuple[float, ...]:
    row = document.get(name, {}).get(field)
    if not isinstance(row, list) or len(row) != size or not all(isinstance(p, int | float) and 0 < p <= 1 for p in row):
        raise InvalidParameters(f"linkage parameters: {name}.{field} must be {size} probabilities above 0")
    return tuple(math.log(p) for p in row)
