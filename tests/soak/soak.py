"""One soak: the load, the cycles in a seeded order, the rules looked at all the while and once more when everything is quiet."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.books import Books
from tests.soak.cycles import KINDS, Cycles
from tests.soak.residents import Residents
from tests.soak.rules import Rules
from tests.soak.town import Town, permits
from tests.soak.violation import Violation
from tests.system.site import Site

MOST_UNSETTLED = 15
Tell = Callable[[str, "Report"], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`cycles` or `seconds` ends it, whichever comes first; every kind of cycle is run before the first is repeated. `step_seconds` is the
    pause between two changes in the exports, `patience_seconds` how long quiet may take in the end."""

    seed: int
    cycles: int = 10_000
    seconds: float = 600.0
    people: int = 200
    clients: int = 25
    first_agencies: int = 4
    most_agencies: int = 7
    step_seconds: float = 0.25
    patience_seconds: float = 180.0
    kinds: tuple[str, ...] = KINDS


@dataclass
class Report:
    """What a soak did and found."""

    seed: int
    cycles: dict[str, int] = field(default_factory=dict)
    agencies: int = 0
    changes_stated: int = 0
    notices_accepted: int = 0
    alerts_sealed: int = 0
    alerts_shown: int = 0
    connections_live: int = 0
    under_way_at_suspensions: int = 0
    refused_while_suspended: int = 0
    looks: int = 0
    seconds: int = 0
    violations: list[Violation] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every rule held."""
        return not self.violations

    def note(self, found: list[Violation]) -> None:
        """Each once: what does not hold is seen at every look."""
        self.violations += [each for each in dict.fromkeys(found) if each not in self.violations]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        members = {name: value for name, value in vars(self).items() if name != "violations"}
        shown = [{"rule": each.rule, "about": each.about} for each in self.violations]
        return {"passed": self.passed, **members, "violations": shown}


class Load(threading.Thread):
    """Changes one export after the other until told to stop, as fast as the machine carries it: an agency with many unsettled notices is
    left alone. What went wrong in it is raised by `end`."""

    def __init__(self, town: Town, residents: Residents, plan: Plan) -> None:
        super().__init__(name="load", daemon=True)
        self._town, self._residents, self._pause = town, residents, plan.step_seconds
        self._random = random.Random(f"load {plan.seed}")
        self._stop_asked = threading.Event()
        self._fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stop_asked.wait(self._pause):
                # Not those that are coming on board at this moment.
                site = self._random.choice([site for site in [*self._town.sites.values()] if site.export.exists()])
                if _unsettled(site) > MOST_UNSETTLED:
                    continue
                self._residents.step(site.name)
                site.state(self._residents.rows(site.name))
        except BaseException as fault:
            self._fault = fault

    def end(self) -> None:
        """Stop, and raise what stopped it before."""
        self._stop_asked.set()
        self.join()
        if self._fault is not None:
            raise self._fault


def _unsettled(site: Site) -> int:
    outbox = site.outbox()
    return outbox["pending"] + outbox["sent"]


def soak(plan: Plan, folder: Path, database_url: str, tell: Tell = lambda doing, report: None) -> Report:
    """Run it in `folder`. Never raises for a rule that does not hold: the report says so. Raises `AssertionError` where the town itself
    does not do what it should, and that too is a finding."""
    report, begun = Report(plan.seed), time.monotonic()
    tell("starting the servers and the gateway", report)
    with Town(folder, database_url=database_url) as town:
        residents = Residents(plan.seed, plan.people, permits)
        books = Books(town.store)
        rules = Rules(town, residents, books)
        order = random.Random(f"cycles {plan.seed}")
        cycles = Cycles(town, residents, books, plan.clients, plan.most_agencies, order)
        for _ in range(plan.first_agencies):
            tell("enrol", report)
            cycles.enrol()
        load = Load(town, residents, plan)
        load.start()
        try:
            for kind in _order(order, plan, begun):
                if not cycles.possible(kind):
                    continue
                tell(kind, report)
                report.note(cycles.run(kind))
                _look(report, rules, cycles, begun)
                if report.violations:
                    break
        finally:
            load.end()
        tell("waiting until everything is quiet", report)
        while cycles.suspended:
            report.note(cycles.run("resume"))
        _wait(rules.is_quiet, plan.patience_seconds)
        _look(report, rules, cycles, begun)
        report.note(rules.when_quiet())
    return report


def _order(order: random.Random, plan: Plan, begun: float) -> Iterator[str]:
    """Decks of every kind, each shuffled anew, until time or number is up."""
    run = 0
    while True:
        deck = [*plan.kinds]
        order.shuffle(deck)
        for kind in deck:
            if run >= plan.cycles or time.monotonic() - begun > plan.seconds:
                return
            yield kind
            run += 1


def _look(report: Report, rules: Rules, cycles: Cycles, begun: float) -> None:
    report.note(rules.at_any_moment() + cycles.check())
    books = rules.books
    report.looks += 1
    report.cycles = dict(sorted(cycles.done.items()))
    report.agencies = len(rules.town.sites)
    report.changes_stated = rules.residents.changes
    report.notices_accepted = sum(books.accepted.values())
    report.alerts_sealed = books.codes["alert-sent"]
    report.alerts_shown = sum(len(list(site.shown.glob("*-*.json"))) for site in rules.sites)
    report.connections_live = rules.town.register.count("SELECT count(*) FROM connection WHERE state = 'live'")
    report.under_way_at_suspensions = cycles.under_way
    report.refused_while_suspended = sum(books.refused.values())
    report.seconds = int(time.monotonic() - begun)


def _wait(reached: Callable[[], bool], seconds: float) -> None:
    """Until then, or until patience is at an end: what is not as it should be is told afterwards, rule by rule."""
    deadline = time.monotonic() + seconds
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.5)
