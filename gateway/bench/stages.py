"""CPU time by stage, measured around the stages' own functions in whatever thread runs them.

* A stage is paid for its own time only: what an inner stage takes is taken off the outer one.
* Thread CPU time does not count waiting for the database, the broker or the interpreter's lock; the process's total
  does count what no stage claims, which is told as `other`.
"""

import functools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class _Open:
    """A stage that has begun in some thread, and the seconds that stages inside it took."""

    name: str
    inner: float = 0.0


class Meter:
    """Adds up CPU seconds by stage over all threads, from `reset` to `read`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._local = threading.local()
        self._spent: dict[str, float] = {}
        self._start = time.process_time()

    def reset(self) -> None:
        """Begin anew."""
        with self._lock:
            self._spent = {}
            self._start = time.process_time()

    def read(self) -> dict[str, float]:
        """CPU seconds by stage, `other`, and `total`: what the process used, which is the sum of them."""
        with self._lock:
            total = time.process_time() - self._start
            return {**self._spent, "other": max(0.0, total - sum(self._spent.values())), "total": total}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside for `name`. Within the relay a decision is counted as the second one it is."""
        stack = self._stack()
        if name == "decide" and stack and stack[0].name == "relay":
            name = "decide_again"
        entry = _Open(name)
        began = time.thread_time()
        stack.append(entry)
        try:
            yield
        finally:
            spent = time.thread_time() - began
            stack.pop()
            if stack:
                stack[-1].inner += spent
            with self._lock:
                self._spent[name] = self._spent.get(name, 0.0) + spent - entry.inner

    def watch(self, owner: Any, function: str, name: str, after: Callable[[Any], None] | None = None) -> None:
        """Have every call of `owner.function` counted for `name`, and its result told to `after`."""
        measured = getattr(owner, function)

        @functools.wraps(measured)
        def counted(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                result = measured(*arguments, **named)
            if after is not None:
                after(result)
            return result

        setattr(owner, function, counted)

    def _stack(self) -> list[_Open]:
        if not hasattr(self._local, "stack"):
            self._local.stack = []
        stack: list[_Open] = self._local.stack
        return stack
