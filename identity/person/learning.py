"""Learning the parameters from evidence alone: expectation maximisation over pairs of records of which nobody says
whether they are of one person.

* What is seen are pairs' levels: all candidate pairs, and a seeded sample of all other pairs, each standing for many.
* Each pair is of one person, of two people of a household (only where the place agrees), or of strangers. How often
  each occurs, and how many strangers share a name, is a matter of the population; all else is shared by all. Each
  population counts by its records, so that one large file does not drown the others.
* How many strangers share a name comes out as the geometric mean of the populations, and for names that the public
  table knows never below what that table says.
* The starting values weigh in as a Dirichlet prior of max(30, 15 % of what is expected at first) pairs, so that what
  was never seen stays possible. Names, birth date and gender within a household are held: hardly any file tells a
  sister from the same woman under another name. So are the place and gender of one person,
  because people move house and some change gender, and hardly anybody in an invented file does; and numbers.
* The log-likelihood (with the prior) never falls from one round to the next.

Fellegi and Sunter 1969; Winkler 1988; Dempster, Laird and Rubin 1977.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from identity.person.candidate import Candidate
from identity.person.case import rarity_of
from identity.person.comparison import Levels, compare
from identity.person.memory_index import MemoryIndex
from identity.person.name_rarity import RAREST
from identity.person.parameter_tables import CLASSES, FIELDS, RARE_FIELDS, SIZES, ParameterTables, Row
from identity.person.pepper import IndexKeys
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId

LEAST_WEIGHT, SHARE, LEAST_P = 30.0, 0.15, 1e-6
ROUNDS, STILL = 200, 1e-9
_HELD = {
    *(("household", field) for field in ("given", "family", "birth_date", "gender")),
    *(("same", field) for field in ("location", "gender")),
    *((name, "number") for name in CLASSES),
}
_PLACE = AgencyId("urn:learning:any")

Seen = tuple[Levels, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Population:
    """How often each combination of levels (and rarities) was seen among all pairs of one file's records."""

    records: int
    pairs: Mapping[Seen, float]


@dataclass(frozen=True, slots=True)
class Learnt:
    """The tables, the log-likelihood (with the prior) after each round, and for each population the shares of pairs
    that are of one person and of one household."""

    tables: ParameterTables
    log_likelihoods: tuple[float, ...]
    shares: tuple[tuple[float, float], ...]


def observe(
    evidence: Sequence[Evidence], keys: Sequence[IndexKeys], sample: int = 200_000, seed: int = 1
) -> Population:
    """The levels of all candidate pairs, and of `sample` random pairs of the rest, which stand for all of it."""
    pairs: Counter[Seen] = Counter()
    index, compared = MemoryIndex(), set()
    for number, (each, its) in enumerate(zip(evidence, keys, strict=True)):
        for other in [*index.candidates(its, None), *index.band_candidates(its, None)]:
            if (number, other.record_id) not in compared:
                compared.add((number, other.record_id))
                pairs[_seen(each, other.evidence)] += 1
        index.add(Candidate(number, number, _PLACE, each), its)
    rest = len(evidence) * (len(evidence) - 1) // 2 - len(compared)
    drawn = [pair for pair in _random_pairs(len(evidence), sample, seed) if pair not in compared]
    weighed: dict[Seen, float] = dict(pairs)
    for first, second in drawn:
        seen = _seen(evidence[first], evidence[second])
        weighed[seen] = weighed.get(seen, 0.0) + rest / len(drawn)
    return Population(len(evidence), weighed)


def learn(populations: Sequence[Population], start: ParameterTables, rounds: int = ROUNDS) -> Learnt:
    """The tables under which what was seen is likeliest, given the starting values as a prior."""
    records = sum(population.records for population in populations) / len(populations)
    weights = [records / population.records for population in populations]
    shares = [(0.5 / population.records, 1 / population.records) for population in populations]
    tables, names = start, [start.exact for _ in populations]
    prior: dict[tuple[str, str], list[float]] | None = None
    course: list[float] = []
    for _ in range(rounds):
        counts, fit = _no_counts(), 0.0
        for place, (population, weight) in enumerate(zip(populations, weights, strict=True)):
            believed = replace(tables, exact=names[place])
            expected = _expect(population, believed, shares[place], weight, counts)
            fit += expected.log_likelihood + _log_prior_of_names(names[place], start.exact)
            shares[place], names[place] = expected.shares, _names(expected.exact, start.exact)
        prior = prior or _prior(counts, start)
        course.append(fit + _log_prior(tables, prior))
        tables = _maximised(counts, prior, tables)
        if len(course) > 1 and course[-1] - course[-2] < STILL * abs(course[-1]):
            break
    return Learnt(replace(tables, exact=_together(names, start.exact)), tuple(course), tuple(shares))


def _random_pairs(records: int, sample: int, seed: int) -> Iterable[tuple[int, int]]:
    draw = Random(seed)  # noqa: S311 - a sample, not a secret
    for _ in range(sample):
        one, other = draw.randrange(records), draw.randrange(records)
        if one != other:
            yield max(one, other), min(one, other)


def _seen(one: Evidence, other: Evidence) -> Seen:
    return compare(one, other), rarity_of(one, other)


_Levels = dict[tuple[str, str], list[float]]
_Exact = dict[tuple[str, int], list[float]]


def _no_counts() -> _Levels:
    return {(name, field): [0.0] * SIZES[field] for name in CLASSES for field in FIELDS}


@dataclass(frozen=True, slots=True)
class _Expected:
    """`exact`: strangers that share a name and that do not, by field and rarity band."""

    shares: tuple[float, float]
    log_likelihood: float
    exact: _Exact


def _expect(
    population: Population, tables: ParameterTables, shares: tuple[float, float], weight: float, counts: _Levels
) -> _Expected:
    """One population's pairs shared out to the classes; their levels are added to `counts`."""
    logs = {(name, field): _logs(tables.levels[name][field]) for name in CLASSES for field in FIELDS}
    names = {field: _logs(tables.exact[field]) for field in RARE_FIELDS}
    classes = tuple(math.log(share) for share in (*shares, 1 - sum(shares)))
    exact: _Exact = {(field, band): [0.0, 0.0] for field in RARE_FIELDS for band in range(RAREST + 1)}
    totals, fit = [0.0, 0.0, 0.0], 0.0
    for seen, count in population.pairs.items():
        likely = _log_likelihoods(seen, logs, names, classes)
        most = max(likely)
        parts = [math.exp(each - most) for each in likely]
        whole = sum(parts)
        fit += weight * count * (most + math.log(whole))
        expected = [weight * count * part / whole for part in parts]
        totals = [total + each for total, each in zip(totals, expected, strict=True)]
        _count(seen, expected, counts, exact)
    pairs = sum(totals)
    return _Expected((max(totals[0] / pairs, 1e-12), max(totals[1] / pairs, 1e-12)), fit, exact)


def _count(seen: Seen, expected: Sequence[float], counts: _Levels, exact: _Exact) -> None:
    levels, rarity = seen
    for field, level in zip(FIELDS, levels, strict=False):
        if level:
            for name, each in zip(CLASSES, expected, strict=True):
                counts[name, field][level - 1] += each
    for field, band, level in zip(RARE_FIELDS, rarity, (levels.given, levels.family), strict=True):
        if level:
            exact[field, band][0 if level == 1 else 1] += expected[2]


def _log_likelihoods(
    seen: Seen, logs: dict[tuple[str, str], Row], exact: dict[str, Row], classes: tuple[float, ...]
) -> tuple[float, float, float]:
    same, household, stranger = classes
    levels, rarity = seen
    for field, level in zip(FIELDS, levels, strict=False):
        if not level:
            continue
        same += logs["same", field][level - 1]
        named = level == 1 and field in RARE_FIELDS
        alone = exact[field][rarity[RARE_FIELDS.index(field)]] if named else logs["stranger", field][level - 1]
        stranger += alone
        # As in `weights`: relatives' given names are as strangers' are, their family name is shared for another reason.
        household += alone if named and field == "given" else logs["household", field][level - 1]
    return same, household if levels.location in {1, 2} else -math.inf, stranger


def _prior(counts: _Levels, start: ParameterTables) -> _Levels:
    """The starting values as so many pairs seen before."""
    prior = {}
    for (name, field), row in counts.items():
        weight = LEAST_WEIGHT if name == "stranger" else max(LEAST_WEIGHT, SHARE * sum(row))
        first = start.levels[name][field]
        prior[name, field] = [weight * p / sum(first) for p in first]
    return prior


def _log_prior(tables: ParameterTables, prior: _Levels) -> float:
    rows = (
        zip(row, tables.levels[name][field], strict=True)
        for (name, field), row in prior.items()
        if (name, field) not in _HELD
    )
    return sum(weight * math.log(p) for row in rows for weight, p in row)


def _maximised(counts: _Levels, prior: _Levels, tables: ParameterTables) -> ParameterTables:
    def row(name: str, field: str) -> Row:
        if (name, field) in _HELD:
            return tables.levels[name][field]
        return _shares(counts[name, field], prior[name, field])

    return replace(tables, levels={name: {field: row(name, field) for field in FIELDS} for name in CLASSES})


def _names(exact: _Exact, start: dict[str, Row]) -> dict[str, Row]:
    return {
        field: tuple(
            _shares(exact[field, band], [LEAST_WEIGHT * p, LEAST_WEIGHT * (1 - p)])[0] for band, p in enumerate(row)
        )
        for field, row in start.items()
    }


def _log_prior_of_names(names: dict[str, Row], start: dict[str, Row]) -> float:
    pairs = ((p, before) for field in RARE_FIELDS for p, before in zip(names[field], start[field], strict=True))
    return sum(LEAST_WEIGHT * (before * math.log(p) + (1 - before) * math.log(1 - p)) for p, before in pairs)


def _together(names: Sequence[dict[str, Row]], start: dict[str, Row]) -> dict[str, Row]:
    def one(field: str, band: int) -> float:
        mean = math.exp(sum(math.log(each[field][band]) for each in names) / len(names))
        return mean if band == RAREST else max(mean, start[field][band])

    return {field: tuple(one(field, band) for band in range(RAREST + 1)) for field in RARE_FIELDS}


def _shares(counts: Sequence[float], prior: Sequence[float]) -> Row:
    together = [max(count + before, LEAST_P) for count, before in zip(counts, prior, strict=True)]
    return tuple(each / sum(together) for each in together)


def _logs(row: Row) -> Row:
    return tuple(math.log(p) for p in row)
