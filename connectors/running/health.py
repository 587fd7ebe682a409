"""Whether a running connector is well, for whatever watches services on this machine: two addresses on the loopback, and nothing but counts.

`/healthz` says that the process answers. `/readyz` says whether its last round reached the gateway, and how much waits. No name, no agency, no
sentence of a problem: those are in the log.
"""

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from connectors.ledger.ledger import Ledger
from connectors.settings import SettingsFault

LOOPBACK = "127.0.0.1"
COUNT_EVERY_SECONDS = 30.0
_SECONDS_FOR_A_REQUEST = 5.0


class Vitals:
    """What the rounds left behind, read by another thread. `clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._at: float | None = None
        self._well = False
        self._counts: dict[str, int] = {}
        self._answers_refused = 0
        self._counted_at: float | None = None

    def round_ended(self, ledgers: list[Ledger], *, well: bool, answers_refused: int = 0) -> None:
        """One round is over, in which so many answers to alerts could not be used. Now and then the ledgers are counted; only the thread of the
        rounds may open them."""
        now = self._clock()
        counts = (
            _counted(ledgers) if self._counted_at is None or now >= self._counted_at + COUNT_EVERY_SECONDS else None
        )
        with self._lock:
            self._at, self._well = now, well
            self._answers_refused += answers_refused
            if counts is not None:
                self._counts, self._counted_at = counts, now

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether the last round reached the gateway, and the counts."""
        with self._lock:
            since = None if self._at is None else int(self._clock() - self._at)
            said = {"ready": self._well, "seconds_since_last_round": since, **self._counts}
            return self._well, {**said, "answers_refused": self._answers_refused}


def _counted(ledgers: list[Ledger]) -> dict[str, int]:
    counts = {"to_send": 0, "refused": 0, "held_readings": 0, "to_deliver": 0, "dead_letters": 0, "audit_doubts": 0}
    for ledger in ledgers:
        with ledger.read() as unit:
            outbox, deliveries = unit.outbox.counts(), unit.deliveries.counts()
            counts["to_send"] += outbox.get("pending", 0) + outbox.get("sent", 0)
            counts["refused"] += outbox.get("refused", 0)
            counts["held_readings"] += len(unit.snapshots.held())
            counts["to_deliver"] += deliveries.get("pending", 0)
            counts["dead_letters"] += len(unit.dead_letters.list(10_000))
            counts["audit_doubts"] += len(unit.witnesses.findings())
    return counts


class HealthDoor:
    """`with HealthDoor(vitals, port):` answers until the end of the block. Raises `SettingsFault` where the port is taken. Port 0: any free one."""

    def __init__(self, vitals: Vitals, port: int) -> None:
        handler = type("_Bound", (_Handler,), {"vitals": vitals})
        try:
            self._server = HTTPServer((LOOPBACK, port), handler)
        except OSError as problem:
            raise SettingsFault(
                f"service.health_port: {port} cannot be listened on: {problem.strerror}; choose another"
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request, within bounds, from this machine alone."""

    vitals: ClassVar[Vitals]
    server_version, sys_version = "patchwork-connector", ""
    timeout = _SECONDS_FOR_A_REQUEST

    def do_GET(self) -> None:
        """The two addresses. A page of somewhere else that a browser here was led to may not read them."""
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in (LOOPBACK, "localhost"):
            self._answer(403, {"error": "ask by 127.0.0.1"})
        elif self.path == "/healthz":
            self._answer(200, {"alive": True})
        elif self.path == "/readyz":
            well, said = self.vitals.ready()
            self._answer(200 if well else 503, said)
        else:
            self._answer(404, {"error": "there are /healthz and /readyz"})

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Whoever asks is not written down."""
