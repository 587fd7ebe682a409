"""The budget of candidates."""

from hypothesis import given
from hypothesis import strategies as st

from identity.person.blocking import BUDGET, MOST_PER_KEY, choose

ids = st.lists(st.integers(1, 500), max_size=80, unique=True)


@given(st.lists(ids, max_size=4), st.lists(ids, max_size=20), st.integers(1, 500))
def test_never_more_than_the_budget_never_twice_never_itself(
    numbered: list[list[int]], keyed: list[list[int]], me: int
) -> None:
    chosen = choose(numbered, keyed, me)
    assert len(chosen) == len(set(chosen)) <= BUDGET
    assert me not in chosen
    assert set(chosen) <= {record for found in (*numbered, *keyed) for record in found}


@given(st.lists(ids, max_size=10))
def test_the_order_in_which_a_store_answers_makes_no_difference(keyed: list[list[int]]) -> None:
    assert choose([], keyed) == choose([], [found[::-1] for found in reversed(keyed)])


def test_identifiers_come_first_then_the_rarest_key() -> None:
    assert choose([[9]], [[1, 2, 3], [4]]) == [9, 4, 1, 2, 3]


def test_several_keys_count_for_more_than_one_that_is_rarer() -> None:
    """The same surname and birth date, place and year: rather the same person than whoever alone sounds alike."""
    common = [[7, other, other + 100] for other in (20, 30, 40)]
    assert choose([], [[5], *common])[:2] == [7, 5]


def test_a_very_common_key_is_passed_over() -> None:
    care_home = list(range(MOST_PER_KEY + 1))
    assert choose([], [care_home, [999]]) == [999]
