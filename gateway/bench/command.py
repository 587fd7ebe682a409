"""`patchwork bench`: reads the options, starts the private servers, measures, prints.

Exit status 0 measured, 1 a server is missing or something did not add up, 2 wrong usage or no source tree.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence

from gateway.bench.failed import BenchFailed
from gateway.bench.report import as_text, summary
from gateway.bench.run import PACE, Plan, measure

_NO_TREE = (
    "the bench starts private servers with the project's own deploy folder, which an installed package does not have: run it in a "
    "checkout, with make bench"
)


def run(arguments: Sequence[str]) -> int:
    """Measure as `arguments` ask, and print: the result on standard output, progress and conditions on standard
    error. Returns the exit status."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as done:
        return int(done.code or 0)
    if options.audit:
        return _audit(options.audit, options.engine, options.json)
    plan = Plan(options.notices, options.rounds, options.batch, options.tick)
    try:
        from deploy.servers.missing import ServerFailed, ServerMissing
        from deploy.servers.postgresql import PostgreSQL
        from deploy.servers.rabbitmq import RabbitMQ
    except ImportError:
        return _failed(_NO_TREE, options.json, 2)
    try:
        _tell("starting a private RabbitMQ and PostgreSQL")
        with PostgreSQL() as postgresql, RabbitMQ() as rabbitmq:
            result = summary(measure(plan, rabbitmq, postgresql, _tell))
    except (ServerMissing, ServerFailed, BenchFailed) as fault:
        return _failed(str(fault), options.json, 1)
    _tell(conditions(plan))
    print(json.dumps(result, indent=2) if options.json else as_text(result))
    return 0


def _audit(events: int, engine: str, as_json: bool) -> int:
    try:
        from deploy.servers.missing import ServerFailed, ServerMissing
        from deploy.servers.postgresql import PostgreSQL
        from gateway.bench.audit_walk import ENGINES
        from gateway.bench.audit_walk import measure as walk
    except ImportError:
        return _failed(_NO_TREE, as_json, 2)
    try:
        with PostgreSQL() as postgresql:
            walked = walk(events, postgresql, _tell, ENGINES if engine == "both" else (engine,))
    except (ServerMissing, ServerFailed, BenchFailed) as fault:
        return _failed(str(fault), as_json, 1)
    lines = [
        f"{each['engine']}: {each['events']} events verified in {each['seconds']} s, {each['cpu_seconds']} s of it work here and "
        f"{'an unknown time' if each['server_cpu_seconds'] is None else each['server_cpu_seconds']} s at the server "
        f"({each['events_per_second']} a second), "
        f"peak {each['peak_mebibytes']} MiB, {each['idle_mebibytes']} MiB before"
        for each in walked
    ]
    print(json.dumps({"audit": walked}, indent=2) if as_json else "\n".join(lines))
    return 0


def conditions(plan: Plan) -> str:
    """Under which the numbers were made, in one line: they mean little without."""
    return (
        f"relay tick {plan.tick:g} s (part of every latency), {plan.rounds} rounds of {plan.notices} notices in batches"
        f" of up to {plan.batch}, latency at {PACE:.0%} of the pipeline's throughput, {plan.agencies} agencies,"
        f" Python {platform.python_version()}, {os.cpu_count()} processors"
    )


def _parser() -> argparse.ArgumentParser:
    usual = Plan()
    parser = argparse.ArgumentParser(
        prog="patchwork bench",
        description="Measure the pipeline against the leanest honest one, on a private broker and database.",
        allow_abbrev=False,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--notices", type=_even, default=usual.notices, help="notices in a backlog (%(default)s)")
    parser.add_argument("--rounds", type=_count, default=usual.rounds, help="alternating rounds (%(default)s)")
    parser.add_argument("--batch", type=_count, default=usual.batch, help="most notices in a transaction (%(default)s)")
    parser.add_argument("--tick", type=_tick, default=usual.tick, help="the relay's tick in seconds (%(default)s)")
    parser.add_argument("--audit", type=_events, metavar="EVENTS", help="verify an audit of so many events instead")
    parser.add_argument(
        "--engine",
        choices=("both", "sqlite", "postgresql"),
        default="both",
        help="on which that audit is (%(default)s)",
    )
    return parser


def _events(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000_000:
        raise argparse.ArgumentTypeError("give a whole number from 1 to 100000000")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 5_000:
        raise argparse.ArgumentTypeError("give a whole number from 1 to 5000")
    return int(text)


def _even(text: str) -> int:
    if not text.isdecimal() or not 2 <= int(text) <= 100_000 or int(text) % 2:
        raise argparse.ArgumentTypeError("give an even number from 2 to 100000: two notices make a pair")
    return int(text)


def _tick(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.05 <= seconds <= 60:
        raise argparse.ArgumentTypeError("give seconds from 0.05 to 60")
    return seconds


def _failed(sentence: str, as_json: bool, status: int) -> int:
    print(json.dumps({"error": sentence}) if as_json else sentence, file=sys.stderr)
    return status


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
