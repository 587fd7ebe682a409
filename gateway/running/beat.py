"""A fixed beat for what a loop does less often than it turns."""

import time
from collections.abc import Callable


def every(seconds: float, clock: Callable[[], float] = time.monotonic) -> Callable[[], bool]:
    """True at the first call and then once in every span of `seconds`, on a fixed beat: a late call does not shift the
    next."""
    start, last = clock(), -1

    def due() -> bool:
        nonlocal last
        beat = int((clock() - start) / seconds)
        if beat == last:
            return False
        last = beat
        return True

    return due
