"""Lets a thread that waits for a parcel hear at once of one that another thread of the same process put there."""

import threading


class WakeUp:
    """Counts what was put; whoever waits says which count it has seen, so that nothing put in between is missed."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def count(self) -> int:
        """How often `ring` was called; ask before looking into the queue."""
        with self._changed:
            return self._count

    def ring(self) -> None:
        """Something was put into a queue."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Return as soon as the count differs from `seen`, after `seconds` at the latest."""
        with self._changed:
            self._changed.wait_for(lambda: self._count != seen, timeout=seconds)
