"""How the parts of a running gateway are doing: what `/readyz` answers from, and what `/metrics` shows of the
workers."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

ON_TRIAL = "trial-"
"""How the names of the workers of a trial side beside a live one begin."""


def hinders(faults: Mapping[str, str]) -> bool:
    """Whether the gateway is not ready with these faults. Those of a trial side are told, but a trial that is down must not take those
    who are told of real people down with it."""
    return any(not name.startswith(ON_TRIAL) for name in faults)


@dataclass(frozen=True, slots=True)
class WorkerState:
    """`fault` is the kind of the last failure, empty while all is well. `idle_seconds`: since the last round that went
    well."""

    name: str
    fault: str
    rounds: int
    idle_seconds: float


class Health:
    """What the workers report, safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rounds: dict[str, int] = {}
        self._faults: dict[str, str] = {}
        self._last: dict[str, float] = {}
        self._stopping = False

    def expect(self, name: str) -> None:
        """This worker exists and has not finished a round yet."""
        with self._lock:
            self._rounds.setdefault(name, 0)
            self._faults.setdefault(name, "starting")
            self._last.setdefault(name, time.monotonic())

    def went_well(self, name: str) -> None:
        """The worker finished a round."""
        with self._lock:
            self._rounds[name] = self._rounds.get(name, 0) + 1
            self._faults[name] = ""
            self._last[name] = time.monotonic()

    def failed(self, name: str, fault: str) -> None:
        """The worker's round failed; `fault` is the kind of it, no more."""
        with self._lock:
            self._faults[name] = fault

    def stop(self) -> None:
        """The gateway is stopping: nothing new should be sent to it."""
        with self._lock:
            self._stopping = True

    def faults(self) -> dict[str, str]:
        """Worker -> kind of fault, for those that are not well."""
        with self._lock:
            stopping = {"gateway": "stopping"} if self._stopping else {}
            return stopping | {name: fault for name, fault in self._faults.items() if fault}

    def workers(self) -> list[WorkerState]:
        """Every worker, by name."""
        now = time.monotonic()
        with self._lock:
            return [
                WorkerState(name, self._faults[name], self._rounds[name], now - self._last[name])
                for name in sorted(self._faults)
            ]
