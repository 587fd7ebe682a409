"""The parameters are learnt from levels alone: what made the pairs is found again (as far as the starting values, which
count as 15 % more pairs, let it), and no round makes things worse."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from identity.person.comparison import Levels
from identity.person.learning import Population, learn, observe
from identity.person.parameter_tables import InvalidParameters, ParameterTables, read_tables, write_tables
from identity.person.pepper import Pepper
from identity.person.weights import Parameters, default_parameters, starting_tables
from tests.identity.person.people import ELSEWHERE, SEATON, evidence, person

TRUE_GIVEN, TRUE_BORN = (0.6, 0.2, 0.15, 0.05), (0.7, 0.15, 0.05, 0.1)
STRANGERS = {
    "given": (0.01, 0.01, 0.03, 0.95),
    "family": (0.01, 0.01, 0.03, 0.95),
    "birth_date": (1e-4, 4e-3, 0.02, 0.9759),
}


def _drawn(seed: int, matches: int = 4_000, strangers: int = 40_000) -> Population:
    """Pairs drawn from known probabilities; the sample of strangers stands for a hundred times as many."""
    draw, pairs = Random(seed), dict[tuple[Levels, tuple[int, int]], float]()
    same = {"given": TRUE_GIVEN, "family": (0.8, 0.1, 0.05, 0.05), "birth_date": TRUE_BORN}
    for count, rows, weight in ((matches, same, 1.0), (strangers, STRANGERS, 100.0)):
        for _ in range(count):
            given, family, born = (draw.choices((1, 2, 3, 4), row)[0] for row in rows.values())
            seen = Levels(given=given, family=family, birth_date=born), (4, 4)
            pairs[seen] = pairs.get(seen, 0.0) + weight
    return Population(3_000, pairs)


@pytest.fixture(scope="module")
def populations() -> list[Population]:
    return [_drawn(1), _drawn(2, matches=1_500)]


def test_the_log_likelihood_never_falls(populations: list[Population]) -> None:
    course = learn(populations, starting_tables(), rounds=40).log_likelihoods
    assert len(course) > 5
    assert all(later >= earlier - 1e-6 for earlier, later in pairwise(course))


def test_known_parameters_are_found_again(populations: list[Population]) -> None:
    learnt = learn(populations, starting_tables())
    assert learnt.tables.levels["same"]["given"] == pytest.approx(TRUE_GIVEN, abs=0.05)
    assert learnt.tables.levels["same"]["birth_date"] == pytest.approx(TRUE_BORN, abs=0.06)
    assert learnt.tables.levels["stranger"]["given"][3] == pytest.approx(0.95, abs=0.02)
    assert learnt.shares[0][0] == pytest.approx(4_000 / 4_004_000, rel=0.2)


def test_what_no_invented_file_knows_is_held(populations: list[Population]) -> None:
    start = starting_tables()
    learnt = learn(populations, start).tables
    assert learnt.levels["same"]["gender"] == start.levels["same"]["gender"]
    assert learnt.levels["household"]["birth_date"] == start.levels["household"]["birth_date"]
    assert all(learnt.exact["family"][band] >= start.exact["family"][band] for band in range(4))


def test_pairs_are_observed_with_the_rest_standing_for_all() -> None:
    people = [person(), person("Jasmin"), person("Robert", "Patel", "1971-12-30", addresses=(ELSEWHERE,))] * 5
    made = [evidence(each) for each in people]
    pepper = Pepper(bytes(range(32)), SEATON)
    seen = observe(made, [pepper.index_keys(each) for each in made], sample=2_000, seed=3)
    assert seen.records == 15
    assert sum(seen.pairs.values()) == pytest.approx(15 * 14 / 2)
    assert observe(made, [pepper.index_keys(each) for each in made], sample=2_000, seed=3) == seen


def test_the_parameters_that_ship_are_learnt_and_written_as_they_are_read() -> None:
    assert default_parameters().version != starting_tables().version
    tables = starting_tables()
    assert read_tables(write_tables(tables)) == tables
    assert Parameters(replace(tables, version="x")).version == "x"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": "1", "least_population": 5}'])
def test_what_are_no_parameters_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidParameters):
        read_tables(text)


def test_a_probability_of_nothing_is_refused() -> None:
    text = write_tables(starting_tables())
    with pytest.raises(InvalidParameters, match=r"same\.gender"):
        read_tables(text.replace("0.98, 0.01, 0.01, 0.02", "0.98, 0, 0.01, 0.02"))
    assert isinstance(starting_tables(), ParameterTables)
