"""How long to wait before trying again: doubling, with jitter, up to a ceiling, so that a thousand waiting messages do not all knock at once."""

import random
from datetime import timedelta

FIRST = timedelta(seconds=1)
CEILING = timedelta(minutes=5)


def pause_after(attempts: int) -> timedelta:
    """The pause after so many failed attempts (1 or more): between half and the whole of min(1 s x 2^(attempts-1), 5 min)."""
    doublings = min(max(attempts, 1) - 1, 20)
    whole = min(FIRST * 2.0**doublings, CEILING)
    return whole * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
