"""What an agreement is worth: Fellegi-Sunter with three classes, and the parameters as data.

A pair of records is of the same person, of two people of one household, or of strangers. Each class gives each level of
each field a probability (`parameters/*.json`, versioned); an exact name is worth what its rarity says. A missing field
(level 0) says nothing. Families are a class of their own because they share the surname and the place, and nearly every
false link is between relatives.

Prior: .5/N for the same person and 1/N for the household, N people in the register.
"""

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from identity.person.comparison import Levels
from identity.person.parameter_tables import FIELDS, RARE_FIELDS, InvalidParameters, ParameterTables, Row, read_tables

__all__ = [
    "FieldFinding",
    "InvalidParameters",
    "Parameters",
    "Score",
    "default_parameters",
    "read_parameters",
    "starting_tables",
]

_LEAST = 700  # exp() of more overflows


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


class _Weighed(NamedTuple):
    """ln P(levels | class) of each class, and what each field said against either rival class. `household` is None
    where the place does not agree."""

    same: float
    stranger: float
    household: float | None
    against_stranger: tuple[FieldFinding, ...]
    against_household: tuple[FieldFinding, ...]


class Parameters:
    """Scores pairs of records by `ParameterTables`. Keeps what it has weighed, because few combinations of levels
    occur."""

    def __init__(self, tables: ParameterTables) -> None:
        self.version = tables.version
        self.least_population = tables.least_population
        self._logs = {
            name: {field: (0.0, *_logs(row)) for field, row in rows.items()} for name, rows in tables.levels.items()
        }
        self._exact = {field: _logs(row) for field, row in tables.exact.items()}
        self._weighed = lru_cache(8_192)(self._weigh)

    def score(self, levels: Levels, rarity: tuple[int, int], population: int) -> Score:
        """The score of a pair at these levels. `rarity` is that of the given and the family name, where they agree
        exactly; `population` how many people the register holds."""
        people = max(population, self.least_population)
        weighed = self._weighed(levels, rarity)
        stranger = weighed.stranger + math.log(1 - 1.5 / people)
        against, findings = stranger, weighed.against_stranger
        if weighed.household is not None:
            household = weighed.household - math.log(people)
            most = max(stranger, household)
            against = most + math.log(math.exp(stranger - most) + math.exp(household - most))
            findings = weighed.against_household if household > stranger else findings
        log_odds = math.log(0.5 / people) + weighed.same - against
        posterior = 1 / (1 + math.exp(-log_odds)) if log_odds > -_LEAST else 0.0
        return Score(posterior, log_odds, findings)

    def _weigh(self, levels: Levels, rarity: tuple[int, int]) -> _Weighed:
        told = [(field, level) for field in FIELDS if (level := getattr(levels, field))]
        named = dict(zip(RARE_FIELDS, rarity, strict=True))
        same = [self._logs["same"][field][level] for field, level in told]
        rivals = {name: [self._rival(name, *each, named) for each in told] for name in ("stranger", "household")}
        findings = {
            name: tuple(
                FieldFinding(field, level, (mine - theirs) / math.log(2))
                for (field, level), mine, theirs in zip(told, same, logs, strict=True)
            )
            for name, logs in rivals.items()
        }
        household = sum(rivals["household"]) if levels.location in {1, 2} else None
        return _Weighed(sum(same), sum(rivals["stranger"]), household, findings["stranger"], findings["household"])

    def _rival(self, name: str, field: str, level: int, rarity: dict[str, int]) -> float:
        # Relatives' given names are as strangers' are; their surname is the same for another reason than its frequency.
        if level == 1 and (field == "given" or (field == "family" and name == "stranger")):
            return self._exact[field][rarity[field]]
        return self._logs[name][field][level]


@cache
def default_parameters() -> Parameters:
    """The parameters that ship with the program."""
    return read_parameters(resources.files("identity.person").joinpath("parameters/default.json").read_text("utf-8"))


def starting_tables() -> ParameterTables:
    """Where learning starts from: hand-set values, what the public name table says included."""
    return read_tables(resources.files("identity.person").joinpath("parameters/starting.json").read_text("utf-8"))


def read_parameters(text: str) -> Parameters:
    """Parameters from their JSON form. Raises `InvalidParameters`."""
    return Parameters(read_tables(text))


def _logs(row: Row) -> Row:
    return tuple(math.log(p) for p in row)
