"""What stands beside a record says how each of its numbers begins, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.store.key_heads import NUMBER_BITS, TAIL_BITS, first_numbers, heads

NUMBERS = st.lists(st.one_of(st.integers(0, 2**NUMBER_BITS - 1), st.integers(0, 3 << TAIL_BITS)), max_size=60)


@given(NUMBERS)
def test_of_every_number_its_beginning_is_told_once_and_in_order(numbers: list[int]) -> None:
    begun = first_numbers(heads(numbers))
    assert begun == sorted({number >> TAIL_BITS << TAIL_BITS for number in numbers})
    assert heads(begun) == heads(numbers)


@given(NUMBERS)
def test_neither_order_nor_endings_of_the_numbers_show(numbers: list[int]) -> None:
    ending = (1 << TAIL_BITS) - 1
    assert heads(numbers) == heads(number | ending for number in reversed(numbers))


def test_thirty_numbers_take_about_two_bytes_each() -> None:
    # As far apart as those of a record are when nothing is known of them.
    spread = [(number * 2654435761) % 2**NUMBER_BITS for number in range(30)]
    assert len(heads(spread)) <= 30 * 2
    assert heads([]) == b""
    assert first_numbers(b"") == []
