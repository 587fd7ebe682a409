"""publish --launch: everything an agency has, loaded once, with a bar, until the gateway has accepted it. Stopped at any moment, by kill -9 too,
it goes on where it was when it is called again: what was queued is in the ledger."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.reading.progress import Tell
    from connectors.running.assembly import Connector

PATIENCE_SECONDS = 300.0
_WAIT_SECONDS = 2.0


@dataclass(slots=True)
class Loaded:
    """How many notices were accepted meanwhile, how many still wait, and what is in the way, if anything is."""

    accepted: int = 0
    waiting: int = 0
    problem: str = ""


@contextmanager
def bar() -> "Iterator[Tell]":
    """A line a stage on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:>15}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as shown:

        def tell(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=of or None)
            shown.update(tasks[stage], completed=done, total=of or None)

        yield tell


def load(
    connector: "Connector",
    tell: "Tell",
    clock: Callable[[], float] = time.monotonic,
    patience: float = PATIENCE_SECONDS,
) -> Loaded:
    """Send, and take what comes back, until nothing waits or nothing has moved for `patience` seconds."""
    from connectors.deliver import deliver
    from connectors.reading.progress import SENDING
    from connectors.running.assembly import post_due

    before = left = _waiting(connector)
    moved, loaded = clock(), Loaded()
    while left and clock() < moved + patience:
        posted = post_due(connector)
        done = deliver(connector.receptions, connector.channel, _WAIT_SECONDS)
        loaded.problem = posted.problem or done.problem
        if loaded.problem:
            time.sleep(_WAIT_SECONDS)
        now_left = _waiting(connector)
        moved = clock() if now_left != left or posted.sent else moved
        left = now_left
        tell(SENDING, max(0, before - left), before)
    return Loaded(max(0, before - left), left, loaded.problem if left else "")


def _waiting(connector: "Connector") -> int:
    from mappings.canonical.codes import MessageKind

    waiting = 0
    for agency in connector.agencies:
        with agency.ledger.read() as unit:
            waiting += unit.outbox.waiting(MessageKind.NOTICE)
    return waiting
