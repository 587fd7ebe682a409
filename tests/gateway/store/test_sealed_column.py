"""Sealed columns open with the right key, in the right place, unchanged, and not otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store.data_keys import DataKeys, key_id
from gateway.store.faults import StoreRefused
from gateway.store.sealed_column import SealedColumn

KEY = bytes(range(32))
COLUMN = SealedColumn(DataKeys(KEY), "worker")


@given(st.binary(max_size=200), st.lists(st.text(max_size=8), max_size=3))
def test_what_is_sealed_opens(plain: bytes, row: list[str]) -> None:
    assert COLUMN.open(COLUMN.seal(plain, *row), *row) == plain


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert COLUMN.seal(b"x", "a") != COLUMN.seal(b"x", "a")


@pytest.mark.parametrize("row", [(), ("b",), ("a", ""), ("", "a"), ("a", "b")])
def test_it_opens_in_its_own_row_only(row: tuple[str, ...]) -> None:
    with pytest.raises(StoreRefused, match="moved to another row"):
        COLUMN.open(COLUMN.seal(b"x", "a"), *row)


def test_the_parts_of_a_row_do_not_run_together() -> None:
    with pytest.raises(StoreRefused):
        COLUMN.open(COLUMN.seal(b"x", "ab", "c"), "a", "bc")


def test_it_opens_with_its_own_key_and_purpose_only() -> None:
    sealed = COLUMN.seal(b"x", "a")
    with pytest.raises(StoreRefused, match="another data key"):
        SealedColumn(DataKeys(bytes(32)), "worker").open(sealed, "a")
    with pytest.raises(StoreRefused, match="moved"):
        SealedColumn(DataKeys(KEY), "evidence").open(sealed, "a")


@given(st.data())
def test_no_changed_or_shortened_value_opens(data: st.DataObject) -> None:
    sealed = bytearray(COLUMN.seal(b"something", "a"))
    if data.draw(st.booleans()):
        sealed = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    else:
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreRefused):
        COLUMN.open(bytes(sealed), "a")


def test_a_key_id_tells_keys_apart_and_nothing_else() -> None:
    assert len(key_id(KEY)) == 4
    assert key_id(KEY) != key_id(bytes(32))
    assert key_id(KEY) not in KEY


def test_while_a_key_is_rotated_values_of_both_open_and_the_next_one_seals() -> None:
    keys = DataKeys(KEY, lambda: [bytes(32)])
    column = SealedColumn(keys, "worker")
    before = column.seal(b"x", "a")
    keys.seal_with(key_id(bytes(32)))
    after = column.seal(b"x", "a")
    assert (column.open(before, "a"), column.open(after, "a")) == (b"x", b"x")
    assert (column.is_current(before), column.is_current(after)) == (False, True)
    assert SealedColumn(DataKeys(bytes(32)), "worker").open(after, "a") == b"x"


def test_a_key_that_is_on_no_disk_here_seals_nothing() -> None:
    with pytest.raises(StoreRefused, match="another data key"):
        DataKeys(KEY).seal_with(key_id(bytes(32)))
