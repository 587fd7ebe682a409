"""Circles of objects are looked for less often, not never."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from connectors.running.collecting import collect_rarely


@pytest.fixture
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


class Link:
    """May be one of a circle."""

    def __init__(self) -> None:
        self.next: object = None


@pytest.mark.usefixtures("usual")
def test_a_circle_that_nobody_uses_is_still_found() -> None:
    collect_rarely()
    one, other = Link(), Link()
    one.next, other.next = other, one
    gone = weakref.ref(one)
    del one, other
    kept = [[] for _ in range(120_000)]  # type: ignore[var-annotated]
    assert gone() is None
    assert len(kept) == 120_000
