"""What happens to the partnership while the load goes on: agencies come, keys rotate, connectors are suspended and resumed, programs are
killed. Each cycle leaves everything running again, except that a suspended connector stays suspended until it is resumed."""

import json
import random
import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway.trust.lifecycle import RESUME_CONNECTOR, SUSPEND_CONNECTOR, move_content
from tests.soak.books import Books
from tests.soak.newcomer import come
from tests.soak.residents import Residents
from tests.soak.suspension import Suspension
from tests.soak.town import CARRIERS, YOUTH, Town
from tests.soak.violation import Violation
from tests.system.site import BIN, Site
from tests.system.until import until

KINDS = (
    "suspend", "rotate-connector", "kill-connector", "enrol", "kill-gateway", "resume", "rotate-gateway",
)  # fmt: skip
# The gateway keeps at most 20 of its own successions.
MOST_GATEWAY_ROTATIONS = 15


@dataclass
class Cycles:
    """`most_agencies` bounds who comes. `check` is called with what a suspension that ends has to show."""

    town: Town
    residents: Residents
    books: Books
    clients: int
    most_agencies: int
    random: random.Random
    done: Counter[str] = field(default_factory=Counter)
    suspended: dict[str, Suspension] = field(default_factory=dict)
    under_way: int = 0

    def possible(self, kind: str) -> bool:
        """Whether that cycle can be run as things stand. Most connectors stay up: a town that stands still shows nothing."""
        match kind:
            case "enrol":
                return len(self.town.sites) < min(self.most_agencies, len(CARRIERS))
            case "resume":
                return bool(self.suspended)
            case "suspend":
                return len(self.suspended) < 2 and bool(self._speaking())
            case "rotate-gateway":
                return self.done[kind] < MOST_GATEWAY_ROTATIONS
        return bool(self._speaking())

    def run(self, kind: str) -> list[Violation]:
        """One cycle. Answers what it found wrong."""
        steps: dict[str, Callable[[], list[Violation]]] = {
            "enrol": self.enrol,
            "suspend": self.suspend,
            "resume": self.resume,
            "rotate-connector": self.rotate_connector,
            "rotate-gateway": self.rotate_gateway,
            "kill-connector": self.kill_connector,
            "kill-gateway": self.kill_gateway,
        }
        found = steps[kind]()
        self.done[kind] += 1
        return found

    def enrol(self) -> list[Violation]:
        """The next agency is invited, enrols, is approved, goes live and begins."""
        name = next(name for name in CARRIERS if name not in self.town.sites)
        site = come(self.town, name)
        self.residents.join(name, self.clients, consented=name == YOUTH)
        site.state(self.residents.rows(name))
        _start(site)
        return []

    def suspend(self) -> list[Violation]:
        """A connector is suspended where it stands, in the middle of what it does."""
        site = self.random.choice(self._speaking())
        self.town.sign(SUSPEND_CONNECTOR, move_content(site.name, "until something is cleared up"))
        log_length = site.program.log.stat().st_size
        found = self.books.read()
        suspension = self.suspended[site.name] = Suspension.fenced(site, self.books, log_length)
        self.under_way += suspension.under_way
        return found + suspension.check(self.books)

    def resume(self) -> list[Violation]:
        """The one that has been suspended longest is let in again."""
        name, suspension = next(iter(self.suspended.items()))
        found = self.books.read() + suspension.check(self.books)
        self.town.sign(RESUME_CONNECTOR, move_content(name, "it is cleared up"))
        del self.suspended[name]
        return found

    def rotate_connector(self) -> list[Violation]:
        """A connector's own keys, as deploy/docs/key-rotation.md has it."""
        site = self.random.choice(self._speaking())
        _command("patchwork-connector", "keys", "rotate", "--folder", site.folder)
        _restart(site)
        _command("patchwork-connector", "keys", "rotate", "--hand-over", "--folder", site.folder)
        _restart(site)
        _command("patchwork-connector", "enrol", "--resume", "--folder", site.folder)
        return []

    def rotate_gateway(self) -> list[Violation]:
        """The gateway's own keys. Connectors ask for the next ones every hour and at their start; restarted, they ask now."""
        at = ("--settings", self.town.settings_file)
        _command("patchwork", "keys", "rotate", "--begin", *at)
        self._restart_gateway()
        _restart(*self.town.sites.values())
        _command("patchwork", "keys", "rotate", "--finish", "--early", *at)
        self._restart_gateway()
        return []

    def kill_connector(self) -> list[Violation]:
        """kill -9 wherever it happens to be; a suspended one too."""
        site = self.random.choice([*self.town.sites.values()])
        site.program.kill()
        _start(site)
        return []

    def kill_gateway(self) -> list[Violation]:
        """kill -9 wherever it happens to be."""
        self.town.gateway.kill()
        self.town.start_gateway()
        return []

    def check(self) -> list[Violation]:
        """Of everybody who is suspended at this moment."""
        return [violation for each in self.suspended.values() for violation in each.check(self.books)]

    def _speaking(self) -> list[Site]:
        return [site for name, site in self.town.sites.items() if name not in self.suspended]

    def _restart_gateway(self) -> None:
        self.town.gateway.stop()
        self.town.start_gateway()


def _restart(*sites: Site) -> None:
    for site in sites:
        site.program.stop()
    _start(*sites)


def _start(*sites: Site) -> None:
    """Until they say that they have: a program that is told to stop before that knows no orderly end yet."""
    lengths = [site.program.log.stat().st_size if site.program.log.exists() else 0 for site in sites]
    for site in sites:
        site.program.start()
    for site, length in zip(sites, lengths, strict=True):
        until(partial(_has_started, site, length), f"{site.name} to start", site.describe)


def _has_started(site: Site, log_length: int) -> bool:
    return any(line.get("event") == "started" for line in site.said(log_length))


def _command(program: str, *arguments: object) -> Any:
    ran = subprocess.run(
        [str(BIN / program), *map(str, arguments), "--json"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{program} {arguments[:3]}: {ran.stdout}{ran.stderr}"
    return json.loads(ran.stdout)
