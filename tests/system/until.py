"""Waiting for a state, generously: a test never asks how long something took."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 90.0


def until(reached: Callable[[], object], what: str, more: Callable[[], object] = str) -> None:
    """Until `reached()` is true. Raises `AssertionError` with `what`, and whatever `more()` then says."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}\n{more()}")
        time.sleep(0.05)
