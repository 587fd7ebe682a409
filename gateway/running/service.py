"""`patchwork gateway run`: two HTTP servers and the worker threads of each side, until somebody says stop.

Stop (SIGTERM, Ctrl-C) is graceful: nothing new is taken, the batch in hand is finished, waiting connectors are
answered.
"""

import asyncio
import fcntl
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from connectors.channel.port import ChannelDown
from gateway.api.application import create_app, create_internal_app
from gateway.api.late_queue import LateQueue
from gateway.api.parts import Parts
from gateway.api.proxy import ProxyDoor
from gateway.app import build_certifying, build_days_left, build_facts, build_intake, open_register
from gateway.broker.keeper import BrokerKeeper, broker_keeper
from gateway.broker_settings import broker_settings
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import database_url
from gateway.logs import operations
from gateway.ports import Clock, StoreDown
from gateway.refused import Refused
from gateway.running.health import ON_TRIAL, Health
from gateway.running.late_store import LateStore
from gateway.running.loops import Loops
from gateway.running.metrics import Metrics, Shown
from gateway.running.proxy_socket import proxy_socket
from gateway.running.workers import Step, Worker
from gateway.settings import Settings
from gateway.sides import check_apart
from gateway.version import software_version

GRACE_SECONDS = 10
MAX_CONNECTIONS = 500


def run_gateway(settings: Settings) -> None:
    """Serve until told to stop. Raises `Refused`, `KeyFault`, `StoreRefused` where it cannot begin."""
    with _only_one(settings), _listening(settings) as sockets:
        clock, health, stopping = SystemClock(), Health(), threading.Event()
        stores = _stores(settings)
        store, keeper = stores[0], broker_keeper(settings, stores[0], clock)
        loops = _loops(settings, stores, clock, stopping, keeper)
        check_apart(settings)
        for side, its_store in zip(settings.sides, stores, strict=True):
            _try_out(side, its_store)
            _tell_restored(side, its_store)
        _try_broker(loops[0])
        parts = Parts(
            store,
            clock,
            LateQueue(loops[0].queue),
            health.faults,
            stopping.is_set,
            software_version(),
            build_facts(settings),
            build_certifying(settings, store, clock),
            settings.require_client_certificate,
            loops[0].claims.note,
            LateQueue(loops[1].queue) if len(loops) > 1 else None,
        )
        sides = [
            Shown(each.side.mode, its, _depths(its_loops))
            for each, its, its_loops in zip(settings.sides, stores, loops, strict=True)
        ]
        metrics = Metrics(sides, health, build_days_left(settings, clock))
        public = create_app(parts)
        apps: list[ASGIApp] = [public, create_internal_app(parts, metrics.text)]
        if settings.proxy_socket is not None:
            apps.append(ProxyDoor(public))
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
            # The register of trust last: the other side reads it.
            for each in reversed(stores):
                each.close()
            operations().info("stopped")


def _stores(settings: Settings) -> list[LateStore]:
    """Of each side, the one with the register of trust first."""
    first = LateStore(lambda: open_register(settings))
    return [first, *(LateStore(partial(open_register, side, first)) for side in settings.sides[1:])]


def _loops(
    settings: Settings, stores: list[LateStore], clock: Clock, stopping: threading.Event, keeper: BrokerKeeper | None
) -> list[Loops]:
    """Of each side. One keeper looks after the broker for both."""
    broker = broker_settings(settings)
    first = Loops(settings, stores[0], clock, broker, stopping, keeper)
    others = zip(settings.sides[1:], stores[1:], strict=True)
    return [first, *(Loops(side, its, clock, broker, stopping, trusted=first.trusted) for side, its in others)]


def _try_out(settings: Settings, store: LateStore) -> None:
    """What will never come right by waiting is told now; a database that is merely away is waited for."""
    try:
        build_intake(settings, store, SystemClock())
    except StoreDown:
        operations().warning("store-away", fault="StoreDown")


def _tell_restored(settings: Settings, store: LateStore) -> None:
    """A register that was put back from a backup works on: what was erased since is unreadable in it, the next housekeeping ends it there too, and
    connectors notice by their receipts and state again what it lacks."""
    try:
        with store.read() as unit:
            lost = unit.housekeeping.lost_keys()
    except StoreDown:
        # `_try_out` has told of it.
        return
    if lost:
        operations().warning("register-restored", mode=settings.side.mode.value, count=lost)


def _try_broker(loops: Loops) -> None:
    """A broker that would allow what it must refuse ends it here; one that is away is looked at as soon as it is there, and nothing is
    taken from it until then."""
    try:
        loops.look_at_broker()
    except (StoreDown, ChannelDown) as fault:
        operations().warning("broker-not-checked", fault=type(fault).__name__)


def _workers(loops: list[Loops], health: Health, stopping: threading.Event, broker: bool, kept: bool) -> list[Worker]:
    steps = dict(_steps_of(loops[0], "", broker))
    if kept:
        steps["keep-broker"] = loops[0].keep_broker
    for trial in loops[1:]:
        steps |= _steps_of(trial, ON_TRIAL, broker) | {f"{ON_TRIAL}leave": trial.leave}
    return [Worker(name, build, health, stopping) for name, build in steps.items()]


def _steps_of(loops: Loops, before: str, broker: bool) -> dict[str, Callable[[], tuple[Step, Step]]]:
    steps = {
        "receive-queue": loops.receive_from_queue,
        "relay": loops.relay,
        "sweep": loops.sweep,
        "watch": loops.watch,
        "renew": loops.renew,
        "review": loops.review,
        "checkpoint": loops.checkpoint,
    }
    if broker:
        steps["receive-broker"] = loops.receive_from_broker
    return {before + name: build for name, build in steps.items()}


def _depths(loops: Loops) -> Callable[[], Mapping[str, int]]:
    return lambda: {"intake": loops.queue().waiting()}


class _Server(uvicorn.Server):
    """Leaves signals to `_serve`, which stops both servers and the workers together."""

    def capture_signals(self) -> Any:
        """See uvicorn."""
        return nullcontext()


async def _serve(apps: list[ASGIApp], sockets: list[socket.socket], health: Health, stopping: threading.Event) -> None:
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
    for bound, name in zip(sockets, ("public", "internal", "proxy"), strict=False):
        _log_listening(bound, name)
    await asyncio.gather(*(server.serve([bound]) for server, bound in zip(servers, sockets, strict=True)))


def _log_listening(bound: socket.socket, name: str) -> None:
    address = bound.getsockname()
    where = {"host": address[0], "port": address[1]} if isinstance(address, tuple) else {}
    operations().info("listening", channel=name, **where)


@contextmanager
def _listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """Both ports, and the proxy's socket where there is one, bound before anything starts, so that a busy one is told in one sentence."""
    wanted = [("listen", settings.listen_host, settings.listen_port)]
    wanted.append(("internal", settings.internal_host, settings.internal_port))
    with ExitStack() as opened:
        bound = [opened.enter_context(closing(_bind(name, host, port))) for name, host, port in wanted]
        if settings.proxy_socket is not None:
            bound.append(opened.enter_context(proxy_socket(settings.proxy_socket)))
        yield bound


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
    """On SQLite one gateway at a time works on a register: a lock file beside each, which the system lets go of with the
    process."""
    with ExitStack() as held:
        for side in settings.sides:
            url = database_url(side)
            if url.startswith("sqlite"):
                held.enter_context(_locked(Path(url.split("///", 1)[1] + ".lock")))
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
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
