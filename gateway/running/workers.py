"""The threads of a running gateway. Each repeats one step until it is told to stop, and survives whatever its surroundings do.

* A step that fails because the database or a channel is away is tried again after a growing pause with jitter; it lost nothing.
* A step that fails otherwise is our own mistake: it is logged by kind, its parts are built afresh, and the pause grows the same.
* Told to stop, a worker finishes the step it is in.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from connectors.channel.port import ChannelDown
from gateway.logs import operations
from gateway.ports import StoreDown
from gateway.running.health import Health
from gateway.running.pauses import pause_after

Step = Callable[[], None]
AWAY = (StoreDown, ChannelDown)
LONGEST_PAUSE_SECONDS = 15.0


class Worker:
    """`build` makes the step and what ends it, inside the worker's own thread: a broker connection belongs to one
    thread."""

    def __init__(
        self, name: str, build: Callable[[], tuple[Step, Step]], health: Health, stopping: threading.Event
    ) -> None:
        self._name, self._build, self._health, self._stopping = name, build, health, stopping
        self._step: Step | None = None
        self._end: Step = _nothing
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        health.expect(name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self._round()
                failures = 0
            except AWAY as fault:
                failures += 1
                self._pause(failures, fault)
            except Exception as fault:
                failures += 1
                self._let_go()
                self._pause(failures, fault)
        self._let_go()

    def _round(self) -> None:
        if self._step is None:
            self._step, self._end = self._build()
        self._step()
        self._health.went_well(self._name)

    def _pause(self, failures: int, fault: Exception) -> None:
        kind = type(fault).__name__
        wait = min(pause_after(failures).total_seconds(), LONGEST_PAUSE_SECONDS)
        self._health.failed(self._name, kind)
        level = operations().warning if isinstance(fault, AWAY) else operations().error
        level("worker-failed", worker=self._name, fault=kind, wait_seconds=round(wait, 2))
        self._stopping.wait(wait)

    def _let_go(self) -> None:
        # Whatever closing does, the step is built afresh or the program ends.
        with suppress(Exception):
            self._end()
        self._step, self._end = None, _nothing


def _nothing() -> None:
    return None
