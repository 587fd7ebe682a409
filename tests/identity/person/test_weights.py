"""What an agreement is worth."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.person.comparison import Levels
from identity.person.weights import InvalidParameters, default_parameters, read_parameters

DEFAULT = default_parameters()
TEXT = resources.files("identity.person").joinpath("parameters/default.json").read_text()
FULL = Levels(given=1, family=1, birth_date=1, location=1, gender=1)


def _posterior(levels: Levels, rarity: tuple[int, int] = (2, 2), population: int = 20_000) -> float:
    return DEFAULT.score(levels, rarity, population).posterior


def test_nothing_to_compare_leaves_the_prior() -> None:
    assert _posterior(Levels()) < 0.001


def test_everything_agreeing_is_nearly_sure() -> None:
    assert _posterior(FULL) > 0.999


def test_a_rare_name_says_more_than_a_common_one() -> None:
    some = Levels(given=1, family=1, birth_date=3)
    assert _posterior(some, (4, 4)) > _posterior(some, (0, 0))


def test_a_larger_register_makes_the_same_agreement_less_sure() -> None:
    some = Levels(given=1, family=1, birth_date=2, gender=1)
    assert _posterior(some, population=1_000_000) < _posterior(some, population=1_000)


def test_a_small_register_does_not_make_anybody_sure() -> None:
    assert _posterior(Levels(given=1, family=1), (0, 0), population=1) < 0.5


def test_a_sibling_at_the_same_place_is_not_the_same_person() -> None:
    assert _posterior(Levels(given=4, family=1, birth_date=4, location=1, gender=1)) < 0.05


def test_another_place_says_little_against_and_the_same_says_much_for() -> None:
    found = {level: DEFAULT.score(Levels(location=level), (2, 2), 20_000).findings[0].bits for level in (2, 5)}
    assert found[2] > 0 > found[5] > -3


def test_gender_is_never_a_veto() -> None:
    assert _posterior(FULL._replace(gender=4)) > 0.95


levels = st.builds(
    Levels,
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 5),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 5),
)


@given(levels, st.tuples(st.integers(0, 4), st.integers(0, 4)), st.integers(0, 10**9))
def test_every_combination_has_a_posterior_and_findings_without_values(
    found: Levels, rarity: tuple[int, int], people: int
) -> None:
    score = DEFAULT.score(found, rarity, people)
    assert 0 <= score.posterior <= 1
    assert {finding.field for finding in score.findings} == {
        name for name in Levels._fields[:-1] if getattr(found, name)
    }


@pytest.mark.parametrize(
    "change",
    [{"version": None, "least_population": "x"}, {"same": {}}, {"exact_by_rarity": {"given": [0, 0, 0, 0, 0]}}],
)
def test_damaged_parameters_are_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(InvalidParameters, match="linkage parameters"):
        read_parameters(json.dumps({**json.loads(TEXT), **change}))


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(InvalidParameters):
        read_parameters("{")
