"""The people of a soak and every agency's caseload: drawn from a seed, changed a little at every step, and known in truth.

The truth is what the worklists must show once everything is quiet: for every involvement the other involvements with the same person that
the agreements let it know of. Nobody else's name for a person is their number here; `K-7` is how an agency calls person 7.
"""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

from tests.system.children import FAMILY, GIVEN, Row

Known = tuple[str, str, str]
"""The agency's own id of its client, the other agency, the other worker."""

MOST_PEOPLE = 400
MOST_LIVE = 120
# The connectors hold back an export from which a fifth has vanished; one person less among so many is none of that.
LIVE_BEFORE_VANISHING = 25
CONSENT = "consent"


class Residents:
    """`permits(agency, row, agency, row)` says whether the agreements let the two know of each other. Threads may share it."""

    def __init__(self, seed: int, people: int, permits: Callable[[str, Row, str, Row], bool]) -> None:
        assert 0 < people <= MOST_PEOPLE
        self._random = random.Random(f"residents {seed}")
        self._people = people
        self._permits = permits
        self._rows: dict[str, dict[int, Row]] = {}
        self._stated: dict[tuple[str, int], set[str]] = {}
        self._lock = threading.RLock()
        self.changes = 0

    def join(self, agency: str, clients: int, consented: bool = False) -> None:
        """Give an agency its first clients; where `consented`, some of them on a basis that no other agency shares on."""
        with self._lock:
            numbers = self._random.sample(range(self._people), min(clients, self._people))
            bases = [CONSENT if consented and position % 4 == 0 else "" for position, _ in enumerate(numbers)]
            self._rows[agency] = {
                number: Row(number, self._worker(), basis=basis) for number, basis in zip(numbers, bases, strict=True)
            }
            self._note()

    def step(self, agency: str) -> None:
        """Change one thing at one agency: somebody comes, changes worker, ends, comes back, or is no longer stated."""
        with self._lock:
            rows = self._rows[agency]
            live, over = self._split(rows)
            kinds = [self._come] * 4 + [self._change] * 3 + [self._end] * 2 + [self._come_back] + [self._vanish]
            self._random.choice(kinds)(rows, live, over)
            self.changes += 1
            self._note()

    def rows(self, agency: str) -> list[Row]:
        """What the agency's export states now."""
        with self._lock:
            return list(self._rows[agency].values())

    def truth(self, agency: str) -> set[Known]:
        """What its worklist must show."""
        with self._lock:
            return {
                (f"K-{number}", other, theirs.worker)
                for number, row in self._rows[agency].items()
                for other, theirs in self._others(agency, number, row)
            }

    def may_have_been_told(self, agency: str, number: int, other: str) -> bool:
        """Whether the two agencies ever stated an involvement with this person that they may know of each other by. Exports are read one
        after the other, so that the two need not have been stated at one instant."""
        with self._lock:
            ours, theirs = (self._stated.get((name, number), set()) for name in (agency, other))
        sides = [(Row(number, basis=one), Row(number, basis=two)) for one in ours for two in theirs]
        return any(self._permits(agency, one, other, two) for one, two in sides)

    def _others(self, agency: str, number: int, row: Row) -> Iterable[tuple[str, Row]]:
        if row.end is not None:
            return
        for other, rows in self._rows.items():
            theirs = rows.get(number)
            if other != agency and theirs and theirs.end is None and self._permits(agency, row, other, theirs):
                yield other, theirs

    def _note(self) -> None:
        for agency, rows in self._rows.items():
            for number, row in rows.items():
                self._stated.setdefault((agency, number), set()).add(row.basis)

    def _split(self, rows: dict[int, Row]) -> tuple[list[int], list[int]]:
        live = [number for number, row in rows.items() if row.end is None]
        return live, [number for number, row in rows.items() if row.end is not None]

    def _come(self, rows: dict[int, Row], live: list[int], over: list[int]) -> None:
        # Rather somebody whom another agency knows already: connections are what is looked at.
        known = sorted({number for other in self._rows.values() for number in other} - set(rows))
        absent = known or [number for number in range(self._people) if number not in rows]
        if absent and len(live) < MOST_LIVE:
            number = self._random.choice(absent)
            rows[number] = Row(number, self._worker())

    def _change(self, rows: dict[int, Row], live: list[int], over: list[int]) -> None:
        if live:
            number = self._random.choice(live)
            rows[number] = replace(rows[number], worker=self._worker())

    def _end(self, rows: dict[int, Row], live: list[int], over: list[int]) -> None:
        if len(live) > 5:
            number = self._random.choice(live)
            rows[number] = replace(rows[number], end=date.today() - timedelta(days=1))

    def _come_back(self, rows: dict[int, Row], live: list[int], over: list[int]) -> None:
        if over and len(live) < MOST_LIVE:
            number = self._random.choice(over)
            rows[number] = replace(rows[number], end=None)

    def _vanish(self, rows: dict[int, Row], live: list[int], over: list[int]) -> None:
        if len(live) >= LIVE_BEFORE_VANISHING:
            del rows[self._random.choice(live)]

    def _worker(self) -> str:
        return f"{self._random.choice(GIVEN)} {self._random.choice(FAMILY)}"
