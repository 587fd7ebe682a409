"""What is measured runs as a process of its own, so that neither the load nor the clock shares its interpreter.

The process is told `ready` (connect to everything, take nothing), `go` with a goal, and `halt`. It says by itself when
the goal is reached: so many messages taken and acknowledged, so many put into inboxes and confirmed by the broker.
"""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Protocol

from gateway.bench.failed import BenchFailed
from gateway.bench.stages import Meter

PATIENCE_SECONDS = 60.0
PATIENCE_PER_MESSAGE = 0.25


class Progress:
    """Counts what was taken and sent in the measured process, and tells when the goal is reached."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._began = 0.0
        self._left: list[int] | None = None

    def aim(self, taken: int, sent: int) -> None:
        """The clock starts now."""
        with self._lock:
            self._began, self._left = time.monotonic(), [taken, sent]

    def took(self, count: int) -> None:
        """So many more were taken and acknowledged."""
        self._count(0, count)

    def sent(self, count: int) -> None:
        """So many more were put into inboxes and confirmed."""
        self._count(1, count)

    def _count(self, which: int, count: int) -> None:
        with self._lock:
            if self._left is None:
                return
            self._left[which] -= count
            if max(self._left) <= 0:
                self._left = None
                self._connection.send(time.monotonic() - self._began)


class Measured(Protocol):
    """What the measured process runs."""

    def ready(self) -> None:
        """Connect to everything; take nothing yet."""

    def go(self) -> None:
        """Begin."""

    def halt(self) -> None:
        """Finish what is in hand and let go of everything."""


def serve(connection: Connection, make: Callable[[Progress, Meter], Measured]) -> None:
    """The measured process: obey until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    progress, meter = Progress(connection), Meter()
    measured = make(progress, meter)
    with suppress(EOFError):
        while True:
            word, *goal = connection.recv()
            if word == "ready":
                measured.ready()
                connection.send(None)
            elif word == "go":
                meter.reset()
                progress.aim(*goal)
                measured.go()
            else:
                measured.halt()
                connection.send(meter.read())


class Subject:
    """The measured process as the bench holds it. `entry(connection, *arguments)` calls `serve`."""

    def __init__(self, entry: Callable[..., None], *arguments: Any) -> None:
        # A fresh interpreter, as a gateway has: a fork would inherit our threads' locks and our connections.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=entry, args=(theirs, *arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._patience = 0.0

    def ready(self) -> None:
        """Returns when it is connected to everything."""
        self._say("ready")
        self._hear(PATIENCE_SECONDS)

    def go(self, taken: int, sent: int) -> None:
        """Begin, towards this goal."""
        self._patience = PATIENCE_SECONDS + PATIENCE_PER_MESSAGE * (taken + sent)
        self._say("go", taken, sent)

    def done(self) -> float:
        """Seconds from the beginning to the goal. Raises `BenchFailed` where it is not reached."""
        return float(self._hear(self._patience))

    def halt(self) -> dict[str, float]:
        """CPU seconds by stage since `go`. Returns when it has let go of everything."""
        self._say("halt")
        told: dict[str, float] = self._hear(PATIENCE_SECONDS)
        return told

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _say(self, *words: Any) -> None:
        try:
            self._connection.send(words)
        except OSError:
            raise _ended() from None

    def _hear(self, seconds: float) -> Any:
        try:
            if not self._connection.poll(seconds):
                raise BenchFailed(f"what is measured did not finish within {seconds:.0f} seconds; its log is above")
            return self._connection.recv()
        except (EOFError, OSError):
            raise _ended() from None


def _ended() -> BenchFailed:
    return BenchFailed("what is measured ended before its work was done; its log is above")
