"""How long verifying a long audit takes, and in how much memory: on SQLite and on PostgreSQL, each walk in a process of its own.

The events are what a gateway writes most of: an accepted notice and an alert that was sent, with their commitments and salts.
"""

import multiprocessing
import resource
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from deploy.servers.postgresql import PostgreSQL
from gateway.audit.recording import Entry, entry
from gateway.audit.verification import verify
from gateway.bench.failed import BenchFailed
from gateway.store.migration import upgrade
from gateway.store.sql_store import open_store

UNIT = 1_000
SQLITE, POSTGRESQL = "sqlite", "postgresql"
ENGINES = (SQLITE, POSTGRESQL)
_DATA_KEY = bytes(32)
_START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Walked:
    """`seconds` is the walk alone, and `cpu_seconds` what its process worked meanwhile: on a machine with other work they are far apart.
    `server_cpu_seconds` is what the database server worked from the moment the walk's process began (0 for a file; None where the system does
    not say).
    `peak_mebibytes` is the most memory its process ever had, the interpreter and its libraries included; `idle_mebibytes` is what it had
    before the walk."""

    engine: str
    events: int
    seconds: float
    cpu_seconds: float
    events_per_second: int
    idle_mebibytes: int
    peak_mebibytes: int
    server_cpu_seconds: float | None = 0.0


def measure(
    events: int, postgresql: PostgreSQL, tell: Callable[[str], None], engines: Sequence[str] = ENGINES
) -> list[dict[str, Any]]:
    """Fill a register on each of the engines and walk its audit. Raises `BenchFailed` where a chain does not hold."""
    with tempfile.TemporaryDirectory(prefix="patchwork-audit-") as folder:
        walked = []
        for engine in engines:
            served = engine == POSTGRESQL
            url = postgresql.fresh_database() if served else f"sqlite:///{Path(folder) / 'register.db'}"
            tell(f"writing {events} events on {engine}")
            fill(url, events)
            tell(f"verifying them on {engine}")
            before = postgresql.cpu_seconds()
            found = _apart(engine, url, events)
            if served:
                after = postgresql.cpu_seconds()
                worked = None if before is None or after is None else round(after - before, 1)
                found = replace(found, server_cpu_seconds=worked)
            walked.append(asdict(found))
    return walked


def fill(url: str, events: int) -> None:
    """A register with an audit of so many events."""
    upgrade(url)
    store = open_store(url, _DATA_KEY)
    try:
        for begun in range(0, events, UNIT):
            with store.write() as unit:
                for number in range(begun, min(begun + UNIT, events)):
                    said = _event(number)
                    unit.audit.append(_START + timedelta(seconds=number), said.code, said.actor, said.fields)
    finally:
        store.close()


def _event(number: int) -> Entry:
    name = str(uuid.UUID(int=number))
    if number % 2:
        return entry(
            "alert-sent",
            "relay",
            alert=name,
            connection=name,
            event="connection-made",
            level="full",
            agency="urn:patchwork:seaton:school",
            about_agency="urn:patchwork:seaton:housing",
            rules="basis-in-force age-band-covered",
            agreement="seaton-children",
            agreement_version=1,
            attempt=1,
        )
    return entry(
        "notice-accepted",
        "school",
        connector="school",
        message=name,
        digest="0" * 64,
        agency="urn:patchwork:seaton:school",
        event="involvement-started",
        link="new",
        possibles=0,
        alerts=1,
    )


def _apart(engine: str, url: str, events: int) -> Walked:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_walk, args=(engine, url, there))
    process.start()
    there.close()
    try:
        walked: Walked = here.recv()
    except EOFError:
        raise BenchFailed(f"the walk on {engine} ended without a result") from None
    finally:
        process.join()
    if walked.events != events:
        raise BenchFailed(f"the audit on {engine} does not hold: {walked.events} of {events} events fit")
    return walked


def _walk(engine: str, url: str, answer: Connection) -> None:
    store = open_store(url, _DATA_KEY)
    idle = _peak_mebibytes()
    begun, worked = time.perf_counter(), time.process_time()
    found = verify(store)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - worked
    store.close()
    fitting = found.events if found.intact else -1
    rate, peak = round(fitting / seconds), _peak_mebibytes()
    answer.send(Walked(engine, fitting, round(seconds, 1), round(cpu, 1), rate, idle, peak))


def _peak_mebibytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
