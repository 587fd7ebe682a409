"""When to try to connect again: at once after a loss, then ever later up to a bound, with jitter so that many do not
come together."""

import random
from collections.abc import Callable


class Backoff:
    """Counts failures. `clock` is monotonic seconds; the jitter halves a delay at most."""

    def __init__(self, first: float, longest: float, clock: Callable[[], float]) -> None:
        self._first = first
        self._longest = longest
        self._clock = clock
        self._failures = 0
        self._not_before = 0.0

    @property
    def remaining(self) -> float:
        """Seconds until the next attempt; 0 where it may be made now."""
        return max(0.0, self._not_before - self._clock())

    def failed(self) -> None:
        """Note a failed attempt."""
        delay = min(self._longest, self._first * 2 ** min(self._failures, 30))
        self._failures += 1
        self._not_before = self._clock() + delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing

    def succeeded(self) -> None:
        """Start anew."""
        self._failures = 0
        self._not_before = 0.0
