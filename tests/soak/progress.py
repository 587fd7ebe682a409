"""How a soak shows how far it is: a bar in a terminal, a line a step elsewhere. Both on standard error."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.soak.soak import Report


class Lines:
    """One line a step."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def tell(self, doing: str, report: Report) -> None:
        """What is done next."""
        print(f"{time.monotonic() - self._begun:6.0f} s  {doing}: {_so_far(report)}", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class Bar:
    """The share of the `seconds` that are over. What follows them, waiting until everything is quiet, keeps it full."""

    def __init__(self, seconds: float) -> None:
        columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task("", total=seconds)
        self._begun = time.monotonic()

    def tell(self, doing: str, report: Report) -> None:
        """What is done next."""
        over = time.monotonic() - self._begun
        self._progress.update(self._task, completed=over, description=f"{doing}: {_so_far(report)}")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


def _so_far(report: Report) -> str:
    held = "every rule holds" if report.passed else f"{len(report.violations)} RULES DO NOT HOLD"
    return (
        f"{sum(report.cycles.values())} cycles, {report.notices_accepted} notices, {report.alerts_shown} alerts, {held}"
    )
