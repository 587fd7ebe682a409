"""`patchwork gateway run`: two HTTP servers and the worker threads, until somebody says stop.

Stop (SIGTERM, Ctrl-C) is graceful: nothing new is taken, the batch in hand is finished, waiting connectors are
answered.
"""

import asyncio
import fcntl
import os
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from connectors.channel.port import ChannelDown
from gateway.api.application import create_app, create_internal_app
from gateway.api.late_queue import LateQueue
from gateway.api.parts import Parts
from gateway.app import build_certifying, build_days_left, build_facts, build_intake, open_register
from gateway.broker.keeper import broker_keeper
from gateway.broker_settings import broker_settings
from gateway.clock import SystemClock
from gateway.health import Health
from gateway.late_store import LateStore
from gateway.logs import operations
from gateway.loops import Loops
from gateway.metrics import Metrics
from gateway.ports import StoreDown
from gateway.refused import Refused
from gateway.secrets_on_disk import database_url
from gateway.settings import Settings
from gateway.version import software_version
from gateway.workers import Worker

GRACE_SECONDS = 10
MAX_CONNECTIONS = 500


def run_gateway(settings: Settings) -> None:
    """Serve until told to stop. Raises `Refused`, `KeyFault`, `StoreRefused` where it cannot begin."""
    with _only_one(settings), _listening(settings) as sockets:
        store = LateStore(lambda: open_register(settings))
        clock, health, stopping = SystemClock(), Health(), threading.Event()
        keeper = broker_keeper(settings, store, clock)
        loops = Loops(settings, store, clock, broker_settings(settings), stopping, keeper)
        _try_out(settings, store)
        _try_broker(loops)
        parts = Parts(
            store,
            clock,
            LateQueue(loops.queue),
            health.faults,
            stopping.is_set,
            software_version(),
            build_facts(settings),
            build_certifying(settings, store, clock),
        )
        metrics = Metrics(store, lambda: _depths(loops), health, build_days_left(settings, clock))
        apps = (create_app(parts), create_internal_app(parts, metrics.text))
        workers = _workers(loops, health, stopping, bool(settings.broker_url), keeper is not None)
        for worker in workers:
            worker.start()
        try:
            asyncio.run(_serve(apps, sockets, health, stopping))
        finally:
            stopping.set()
            late = [worker for worker in workers if not worker.join(GRACE_SECONDS * 3)]
            if late:
                operations().error("workers-did-not-stop", count=len(late))
            store.close()
            operations().info("stopped")


def _try_out(settings: Settings, store: LateStore) -> None:
    """What will never come right by waiting is told now; a database that is merely away is waited for."""
    build_intake(settings, store, SystemClock())
    try:
        store.opened()
    except StoreDown:
        operations().warning("store-away", fault="StoreDown")


def _try_broker(loops: Loops) -> None:
    """A broker that would allow what it must refuse ends it here; one that is away is looked at as soon as it is there, and nothing is
    taken from it until then."""
    try:
        loops.look_at_broker()
    except (StoreDown, ChannelDown) as fault:
        operations().warning("broker-not-checked", fault=type(fault).__name__)


def _workers(loops: Loops, health: Health, stopping: threading.Event, broker: bool, kept: bool) -> list[Worker]:
    steps = {
        "receive-queue": loops.receive_from_queue,
        "relay": loops.relay,
        "sweep": loops.sweep,
        "review": loops.review,
    }
    if broker:
        steps["receive-broker"] = loops.receive_from_broker
    if kept:
        steps["keep-broker"] = loops.keep_broker
    return [Worker(name, build, health, stopping) for name, build in steps.items()]


def _depths(loops: Loops) -> Mapping[str, int]:
    return {"intake": loops.queue().waiting()}


class _Server(uvicorn.Server):
    """Leaves signals to `_serve`, which stops both servers and the workers together."""

    def capture_signals(self) -> Any:
        """See uvicorn."""
        return nullcontext()


async def _serve(
    apps: tuple[FastAPI, FastAPI], sockets: list[socket.socket], health: Health, stopping: threading.Event
) -> None:
    servers = [
        _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                lifespan="off",
                limit_concurrency=MAX_CONNECTIONS,
                timeout_graceful_shutdown=GRACE_SECONDS,
                h11_max_incomplete_event_size=64 * 1024,
                http="h11",
                ws="none",
            )
        )
        for app in apps
    ]

    def stop(received: int) -> None:
        operations().info("stopping", signal=signal.Signals(received).name)
        health.stop()
        stopping.set()
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, stop, wanted)
    for bound, name in zip(sockets, ("public", "internal"), strict=True):
        host, port = bound.getsockname()[:2]
        operations().info("listening", channel=name, host=host, port=port)
    await asyncio.gather(*(server.serve([bound]) for server, bound in zip(servers, sockets, strict=True)))


@contextmanager
def _listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """Both ports, bound before anything starts, so that a busy one is told in one sentence."""
    wanted = [("listen", settings.listen_host, settings.listen_port)]
    wanted.append(("internal", settings.internal_host, settings.internal_port))
    bound: list[socket.socket] = []
    try:
        for name, host, port in wanted:
            bound.append(_bind(name, host, port))
        yield bound
    finally:
        for each in bound:
            each.close()


def _bind(name: str, host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(256)
    except OSError as problem:
        reason = problem.strerror or "the address is not one of this machine's"
        raise Refused(
            f"cannot listen on {host} port {port}: {reason}; set {name}_host and {name}_port to others"
        ) from None
    return made


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """On SQLite one gateway at a time works on a register: a lock file beside it, which the system lets go of with the
    process."""
    url = database_url(settings)
    if not url.startswith("sqlite"):
        yield
        return
    path = Path(url.split("///", 1)[1] + ".lock")
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Refused(
            f"{path} cannot be made: {problem.strerror}; the gateway must be able to write beside its database"
        ) from None
    with os.fdopen(descriptor, "r+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another gateway works on this register already (it holds {path}); stop it first") from None
        yield
