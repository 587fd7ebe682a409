"""One measurement: the pipeline against the floor, in alternating rounds on the same broker and database.

What is measured, and why so:

* Throughput: a backlog waits in the queue, the process is started, and the clock runs until the last alert is in its
  inbox (confirmed by the broker) and every notice is acknowledged. Publishing is off the clock: it is the agencies'
  work, and would only slow the floor down. On the pipeline's clock also stands taking in the receipts that come back
  for its alerts, though not the counterparts' work of writing them. One notice in two finds its partner, so that there
  are as many alerts as notices.
* Latency: notices are published evenly at half the rate at which the pipeline worked off its backlog in the same round;
  both sides get the same pace. From the instant before a pair's second notice is published to the alert in the hand of
  whoever takes it from the inbox, one value an alert. The relay's tick is part of it: on average half a tick. The
  receipts for these alerts are worked off afterwards, so that the counterparts' own work disturbs neither side.
* CPU: of the measured process, while working off the backlog, by stage. The servers' own is not in it.
* Everything is checked: every notice receipted, every pair told on both sides once, every alert settled, and the
  register's own counts. What does not add up is a failure, not a number.
* Every notice tells of a new client, the dearest kind: a record, a link and an involvement are made each time.
* The register grows with every round, on both sides; a first, small round that is not counted warms both up.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.bench.floor import FloorSide
from gateway.bench.load import Town
from gateway.bench.pipeline import PipelineSide
from gateway.bench.report import Measured, Round
from gateway.bench.rig import Rig
from gateway.bench.sides import Side
from gateway.clock import SystemClock

if TYPE_CHECKING:
    from deploy.servers.postgresql import PostgreSQL
    from deploy.servers.rabbitmq import RabbitMQ

PACE = 0.5
PACED_SECONDS = 10.0
WARM_UP = 40


@dataclass(frozen=True, slots=True)
class Plan:
    """`notices` in a backlog (even), `rounds`, at most `batch` notices in one transaction, `tick` of the relay in
    seconds, number of agencies. The floor's backlog is `floor_times` as long."""

    notices: int = 400
    rounds: int = 3
    batch: int = 200
    tick: float = 1.0
    agencies: int = 4
    floor_times: int = 10
    warm_up: int = WARM_UP


def measure(
    plan: Plan, rabbitmq: "RabbitMQ", postgresql: "PostgreSQL", told: Callable[[str], None] = lambda _: None
) -> list[Round]:
    """Every round, in order; `told` hears a line at each step. Raises `BenchFailed`."""
    with ExitStack() as stack:
        today = SystemClock().now().date()
        floor: Side = FloorSide(
            stack.enter_context(_rig(rabbitmq, postgresql)), Town(today), plan.agencies, plan.batch, plan.floor_times
        )
        stack.callback(floor.close)
        pipeline: Side = PipelineSide(
            stack.enter_context(_rig(rabbitmq, postgresql)), Town(today), plan.agencies, plan.batch, plan.tick
        )
        stack.callback(pipeline.close)
        told("warming up")
        for side in (floor, pipeline):
            side.drain(plan.warm_up)
        return [_round(plan, number, floor, pipeline, told) for number in range(1, plan.rounds + 1)]


def _round(plan: Plan, number: int, floor: Side, pipeline: Side, told: Callable[[str], None]) -> Round:
    # Who goes first changes from round to round.
    order = (floor, pipeline) if number % 2 else (pipeline, floor)
    told(f"round {number} of {plan.rounds}: working off a backlog")
    drained = {side: side.drain(plan.notices) for side in order}
    pace = PACE * drained[pipeline].notices / drained[pipeline].seconds
    count = min(plan.notices, max(2, int(pace * PACED_SECONDS) // 2 * 2))
    told(f"round {number} of {plan.rounds}: {count} notices at {pace:.0f} a second")
    latencies = {side: side.paced(count, pace) for side in order}
    return Round(Measured(drained[floor], latencies[floor]), Measured(drained[pipeline], latencies[pipeline]))


@contextmanager
def _rig(rabbitmq: "RabbitMQ", postgresql: "PostgreSQL") -> Iterator[Rig]:
    with tempfile.TemporaryDirectory(prefix="patchwork-bench-") as folder:
        rig = Rig(rabbitmq, postgresql, Path(folder))
        try:
            yield rig
        finally:
            rig.close()
