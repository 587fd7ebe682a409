"""What the gateway told this agency of its audit, day by day, so that it can be shown later whether the audit was rewritten.

Of one day there is one row, as everybody is told the same all day. More than one, or one that goes back behind a day before, is a finding: it is
kept, and stops nothing.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from mappings.canonical.witness import ToldCheckpoint

KEPT = timedelta(days=400)
AHEAD = timedelta(days=1)
"""How far the gateway's clock may be before ours."""
MOST_A_DAY = 4


@dataclass(frozen=True, slots=True)
class ToldOn:
    """What was told on one day (UTC, by the gateway's clock)."""

    told_on: date
    told: ToldCheckpoint


@dataclass(frozen=True, slots=True)
class WitnessFinding:
    """What is wrong with what was told on a day, as a sentence with days in it and nothing else."""

    told_on: date
    text: str


_SELECT = "SELECT told_on, made_on, digest FROM witness"


class Witnesses:
    """Reads and writes `witness`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def note(self, told_on: date, told: ToldCheckpoint, today: date) -> bool:
        """The gateway said so; True where that is new and can be kept: within `KEPT` of `today` (UTC), and up to `MOST_A_DAY` of one day."""
        if not today - KEPT <= told_on <= today + AHEAD:
            return False
        row = (told_on.isoformat(), told.made_on.isoformat(), told.digest)
        known = self._db.execute("SELECT made_on, digest FROM witness WHERE told_on = ?", row[:1]).fetchall()
        if row[1:] in known or len(known) >= MOST_A_DAY:
            return False
        self._db.execute("INSERT INTO witness (told_on, made_on, digest) VALUES (?, ?, ?)", row)
        self._db.execute("DELETE FROM witness WHERE told_on < ?", ((today - KEPT).isoformat(),))
        return True

    def all(self) -> list[ToldOn]:
        """Every one, by day."""
        return [_told(row) for row in self._db.execute(_SELECT + " ORDER BY told_on, made_on, digest")]

    def findings(self) -> list[WitnessFinding]:
        """What is wrong with them, by day."""
        found, day, latest = [], date.min, date.min
        for each in self.all():
            if each.told_on == day:
                found.append(WitnessFinding(each.told_on, _TWO.format(day=each.told_on)))
            elif each.told.made_on < latest:
                found.append(WitnessFinding(each.told_on, _BACK.format(day=each.told_on, made=each.told.made_on)))
            if each.told.made_on >= each.told_on:
                found.append(WitnessFinding(each.told_on, _EARLY.format(day=each.told_on, made=each.told.made_on)))
            day, latest = each.told_on, max(latest, each.told.made_on)
        return found


_TWO = "on {day} the gateway told of two different checkpoints of its audit; each day has one"
_BACK = "on {day} the gateway told of a checkpoint made on {made}, and had told of a later one before: was its audit put back or cut off?"
_EARLY = "on {day} the gateway told of a checkpoint made on {made}; one that is told is of a day before"


def _told(row: tuple[str, str, str]) -> ToldOn:
    told_on, made_on, digest = row
    return ToldOn(date.fromisoformat(told_on), ToldCheckpoint(date.fromisoformat(made_on), digest))
