"""The real gateway as one process: the loops of `patchwork gateway run` on a real broker and database.

What runs is what an installation runs: settings from a file, keys and secrets from theirs, the receiving workers, the
relay on its tick. Left out are the two HTTP servers, which carry nothing here, and the daily sweep.
"""

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from connectors.channel.amqp import AmqpGatewayEnd
from gateway import logs, relay
from gateway.alerts.alerting import Alerting
from gateway.app import open_register
from gateway.bench.stages import Meter
from gateway.bench.subject import PATIENCE_SECONDS, Progress, serve
from gateway.broker_settings import broker_settings
from gateway.clock import SystemClock
from gateway.intake import Intake
from gateway.linkage import linking
from gateway.notices import letter
from gateway.notices.letter import LetterOpener
from gateway.receive import Receiver
from gateway.relay import Relay
from gateway.running.health import Health
from gateway.running.late_store import LateStore
from gateway.running.loops import Loops
from gateway.running.workers import Step, Worker
from gateway.settings import load_settings

Build = Callable[[], tuple[Step, Step]]


def run(connection: Connection, settings_file: Path) -> None:
    """The process."""
    serve(connection, lambda progress, meter: GatewayProcess(settings_file, progress, meter))


class GatewayProcess:
    """The gateway's workers, started afresh for every phase on one register."""

    def __init__(self, settings_file: Path, progress: Progress, meter: Meter) -> None:
        self._settings = load_settings(settings_file, {})
        logs.configure(self._settings.log_level)
        self._store = LateStore(lambda: open_register(self._settings))
        self._store.opened()
        _measure(progress, meter)

    def ready(self) -> None:
        """See `Measured`."""
        health, self._stopping, self._going = Health(), threading.Event(), threading.Event()
        loops = Loops(self._settings, self._store, SystemClock(), broker_settings(self._settings), self._stopping)
        builds = {
            "receive-broker": loops.receive_from_broker,
            "receive-queue": loops.receive_from_queue,
            "relay": loops.relay,
        }
        self._built = threading.Barrier(len(builds) + 1)
        self._workers = [Worker(name, self._held(each), health, self._stopping) for name, each in builds.items()]
        for worker in self._workers:
            worker.start()
        self._built.wait(PATIENCE_SECONDS)

    def go(self) -> None:
        """See `Measured`."""
        self._going.set()

    def halt(self) -> None:
        """See `Measured`."""
        self._stopping.set()
        stopped = [worker.join(PATIENCE_SECONDS) for worker in self._workers]
        if not all(stopped):
            raise RuntimeError("a worker did not stop")

    def _held(self, build: Build) -> Build:
        """The worker's parts are built before the clock starts, as they are long since when a notice comes in life."""

        def held() -> tuple[Step, Step]:
            parts = build()
            if not self._going.is_set():
                self._built.wait(PATIENCE_SECONDS)
                self._going.wait()
            return parts

        return held


def _measure(progress: Progress, meter: Meter) -> None:
    """Put the meter around the stages. What a receiver returns has been acknowledged; what is sent was confirmed."""
    meter.watch(AmqpGatewayEnd, "take", "take")
    meter.watch(AmqpGatewayEnd, "acknowledge", "take")
    meter.watch(Receiver, "run_once", "take", progress.took)
    meter.watch(LetterOpener, "open", "open")
    meter.watch(letter, "read_body", "read")
    meter.watch(Intake, "take_in", "write")
    meter.watch(linking, "place", "link")
    meter.watch(Alerting, "reconcile_person", "decide")
    meter.watch(Alerting, "reconcile_unlinked", "decide")
    meter.watch(Relay, "send_replies", "relay")
    meter.watch(Relay, "send_alerts", "relay")
    meter.watch(relay, "seal", "seal")
    meter.watch(AmqpGatewayEnd, "send", "send", lambda _: progress.sent(1))
