"""Telling how far a long reading is, in counts."""

from collections.abc import Callable

Tell = Callable[[str, int, int], None]
"""Stage, how many are done, and of how many (0 where nobody knows)."""

READING, COMPARING, QUEUEING, SENDING = "reading", "comparing", "queueing", "accepted"


def silent(_stage: str, _done: int, _of: int) -> None:
    """Nobody is listening."""
