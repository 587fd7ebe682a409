"""Telling the story: a live table in a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

from deploy.demo.agencies import REGISTRATIONS
from deploy.demo.caseloads import Office
from deploy.demo.observing import Sight

INTRODUCTION = (
    "Seaton is an invented town of some 230 people. Five agencies help them and do not know of each other.",
    "Each party below is a program of its own, with keys of its own; nobody but the agencies ever sees a name.",
)


class Teller:
    """Writes to one console. In a terminal things move; elsewhere every step is one line."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._live: Live | None = None

    @property
    def in_terminal(self) -> bool:
        """Whether somebody watches."""
        return self.console.is_terminal

    def introduce(self) -> None:
        """The first lines."""
        for line in INTRODUCTION:
            self.line(line)

    def step(self, text: str) -> None:
        """One thing that was done."""
        self.line(f"  - {text}")

    def line(self, text: str) -> None:
        """One line, as it is."""
        self.console.print(text, markup=False, soft_wrap=True)

    def alert(self, office: Office, sentence: str) -> None:
        """What a practitioner of that agency reads."""
        title = f"What a practitioner at {REGISTRATIONS[office].name} reads"
        if self.in_terminal:
            self.console.print(Panel(sentence.strip(), title=title, border_style="green"))
            return
        self.line(f"\n{title}:")
        for line in sentence.strip().splitlines():
            self.line(f"    {line}")

    @contextmanager
    def moving(self) -> Iterator[None]:
        """While things move: in a terminal the table is kept up to date."""
        if not self.in_terminal:
            yield
            return
        with Live(console=self.console, refresh_per_second=4) as live:
            self._live = live
            yield
        self._live = None

    def show(self, sight: Sight) -> None:
        """How things stand."""
        if self._live is not None:
            self._live.update(table(sight))

    def where(self, root: Path) -> None:
        """Where to look further."""
        self.line(f"\nEvery agency's own folder, with its alerts and worklist: {root / 'agencies'}")


def table(sight: Sight) -> Table:
    """The agencies, and what the gateway knows of it all."""
    outcome = sight.outcome()
    made = Table(
        title=f"{outcome.notices} notices, {outcome.people} people, {outcome.connections} connections",
        title_justify="left",
    )
    made.add_column("agency")
    made.add_column("published")
    made.add_column("alerts in its own folder", justify="right")
    for office in Office:
        made.add_row(
            REGISTRATIONS[office].name, "yes" if office in sight.published else "reading", str(sight.alerts[office])
        )
    return made
