"""Telling the story: a live table in a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.constrain import Constrain
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.demo.agencies import REGISTRATIONS
from deploy.demo.caseloads import Office
from deploy.demo.observing import Sight

INTRODUCTION = (
    "Seaton is an invented town of some 230 people. Five agencies help them and do not know of each other.",
    "Each party below is a program of its own, with keys of its own; nobody but the agencies ever sees a name.",
)
NEWEST = 3
WIDEST = 110
# Where the terminal's own ^C finds room: a line that it broke could not be taken away again.
MARGIN = 3


class Teller:
    """Writes to one console. In a terminal things move; elsewhere every step is one line."""

    def __init__(self, console: Console | None = None) -> None:
        # Names have letters that not every terminal's character set has.
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
        self.console = console or Console(highlight=False)
        self._live: Live | None = None
        self._state = ""
        self._shown: object = None

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
        """One line, as it is; a terminal breaks it between words."""
        self.console.print(text, markup=False, soft_wrap=not self.in_terminal)
        self.console.file.flush()

    @contextmanager
    def doing(self, text: str) -> Iterator[None]:
        """While something is done: in a terminal a line says so."""
        if not self.in_terminal:
            yield
            return
        with self.console.status(Text(f"{text} ...", overflow="ellipsis", no_wrap=True), spinner="line"):
            yield

    def alert(self, office: Office, sentence: str) -> None:
        """What a practitioner of that agency reads."""
        title = f"What a practitioner at {REGISTRATIONS[office].name} reads"
        if self.in_terminal:
            width = min(self.console.width, WIDEST)
            body = Text(sentence.strip())
            self.console.print(Panel(body, title=Text(title), title_align="left", border_style="green", width=width))
            return
        self.line(f"\n{title}:")
        for line in sentence.strip().splitlines():
            self.line(f"    {line}".rstrip())

    @contextmanager
    def moving(self, state: str) -> Iterator[None]:
        """While things move: in a terminal `show` keeps a picture up to date, under the words `state`."""
        if not self.in_terminal:
            yield
            return
        # Drawn only when something changed, so that nothing flickers; taken away at the end, so that it stands once.
        with Live(console=self.console, auto_refresh=False, transient=True, vertical_overflow="crop") as live:
            self._live, self._state, self._shown = live, state, None
            try:
                yield
            finally:
                self._live = None

    def show(self, sight: Sight) -> None:
        """How things stand."""
        shown = (sight, self.console.size)
        if self._live is not None and shown != self._shown:
            self._live.update(picture(sight, self._state, min(self.console.width, WIDEST)), refresh=True)
            self._shown = shown

    def where(self, root: Path) -> None:
        """Where to look further."""
        self.line(f"\nEvery agency's own folder, with its alerts and worklist: {root / 'agencies'}")


def picture(sight: Sight, state: str, width: int) -> RenderableType:
    """The journey: what each agency published and was told, what the gateway made of it, and the newest alerts."""
    newest = ((REGISTRATIONS[office].name, text) for office, text in sight.newest)
    lines = [Text.assemble((f"{name} reads: ", "green"), text) for name, text in newest]
    lines += [Text(" ")] * (NEWEST - len(lines))
    shown = Group(
        *(_one_line(line) for line in (Text(" "), Text(state, style="bold"))),
        agencies(sight, width - MARGIN),
        *(_one_line(line) for line in gateway(sight)),
        *(_one_line(line) for line in lines),
    )
    return Constrain(shown, width - MARGIN)


def agencies(sight: Sight, width: int) -> Table:
    """One row an agency."""
    made = Table(box=box.SIMPLE_HEAD, width=width, pad_edge=False)
    made.add_column("agency", ratio=1, no_wrap=True, overflow="ellipsis")
    for heading in ("notices sent", "answered", "alerts received"):
        made.add_column(heading, justify="right", style="bold")
    for office in Office:
        seen = sight.agencies[office]
        notices = str(seen.notices) if seen.read else "reading"
        made.add_row(REGISTRATIONS[office].name, notices, str(seen.answered), str(seen.alerts))
    return made


def gateway(sight: Sight) -> list[Text]:
    """What the gateway knows: numbers, and not one name."""
    now = sight.outcome()
    counts = f"{now.notices} notices ({now.refused} refused), {now.people} people, {now.connections} connections"
    return [
        Text.assemble(("Gateway: ", "bold"), (counts, "bold cyan"), "; not one name"),
        Text.assemble(("Alerts:  ", "bold"), f"{now.alerts} delivered, {sight.on_their_way} on their way"),
    ]


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
