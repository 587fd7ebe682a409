"""Where the ledger stands: its own sequence, and the best it has seen of the gateway's."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime

from connectors.ledger import moment
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Sequence


@dataclass(frozen=True, slots=True)
class Seen:
    """The receipt with the highest `last_accepted` so far: when the gateway issued it, and which gateway that was."""

    last_accepted: Sequence
    issued_at: datetime
    gateway_incarnation: str


@dataclass(frozen=True, slots=True)
class Paced:
    """How fast notices are sent: how many in the minute named, what the gateway was seen to grant a minute and when, and until when none is."""

    minute: str = ""
    sent: int = 0
    granted: int | None = None
    learned_at: datetime | None = None
    held_until: datetime | None = None


class Positions:
    """Single values, each under its name."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def begin(self, incarnation: str, key_mark: str, mode: Mode) -> None:
        """A new ledger."""
        self._set("key mark", key_mark)
        self._set("mode", mode.value)
        self.begin_incarnation(incarnation)

    @property
    def key_mark(self) -> str:
        """A keyed mark that only the right ledger key makes."""
        return self._get("key mark") or ""

    @property
    def mode(self) -> Mode:
        """What it was begun in, for good. A ledger that does not say is of the time when there were only trials."""
        return Mode(self._get("mode") or Mode.TRIAL)

    @property
    def incarnation(self) -> str:
        """This life of the ledger; it changes when a restored ledger notices that it was restored."""
        return self._get("incarnation") or ""

    @property
    def issued(self) -> int:
        """The highest count given to a notice in this incarnation; 0 before the first."""
        return int(self._get("n") or 0)

    def begin_incarnation(self, incarnation: str) -> None:
        """Start to count anew."""
        self._set("incarnation", incarnation)
        self._set("n", "0")

    def next(self, now: datetime) -> Sequence:
        """Take the next count."""
        return self.take(1, now)[0]

    def take(self, count: int, now: datetime) -> list[Sequence]:
        """Take the next counts, in a row: from the microsecond of the clock on, or from one more than the last where that is greater.

        Counting by ones would, after a restore from a backup, give the same counts to other notices, and the gateway would take those for
        late ones and change nothing.
        """
        first, incarnation = max(self.issued + 1, int(now.timestamp() * 1_000_000)), self.incarnation
        if count:
            self._set("n", str(first + count - 1))
        return [Sequence(incarnation, n) for n in range(first, first + count)]

    @property
    def active_at(self) -> datetime | None:
        """When the ledger was last known to be in use."""
        text = self._get("active at")
        return moment.read(text) if text else None

    def note_active(self, now: datetime) -> None:
        """It is in use now."""
        self._set("active at", moment.write(now))

    @property
    def accepted(self) -> Sequence | None:
        """The highest sequence of our own that a receipt said was accepted."""
        return _sequence(self._get("accepted"))

    def note_accepted(self, sequence: Sequence) -> None:
        """A receipt accepted this one."""
        if self.accepted is None or sequence > self.accepted:
            self._set("accepted", f"{sequence.n} {sequence.incarnation}")

    @property
    def seen(self) -> Seen | None:
        """The best receipt so far."""
        last, issued_at = _sequence(self._get("seen")), self._get("seen issued at")
        if last is None or issued_at is None:
            return None
        return Seen(last, moment.read(issued_at), self._get("gateway") or "")

    def note_seen(self, seen: Seen) -> None:
        """This receipt is the best so far."""
        self._set("seen", f"{seen.last_accepted.n} {seen.last_accepted.incarnation}")
        self._set("seen issued at", moment.write(seen.issued_at))
        self._set("gateway", seen.gateway_incarnation)

    @property
    def stated_at(self) -> datetime | None:
        """When the last statements were queued."""
        text = self._get("stated at")
        return moment.read(text) if text else None

    def note_stated(self, now: datetime) -> None:
        """Statements were queued now."""
        self._set("stated at", moment.write(now))

    @property
    def exclusion_mark(self) -> str:
        """A keyed mark of the exclusion list that the ledger was last looked through for."""
        return self._get("exclusion") or ""

    def note_exclusion(self, mark: str) -> None:
        """The ledger was looked through for this list."""
        self._set("exclusion", mark)

    @property
    def display_mark(self) -> str:
        """A keyed mark of the display names that the ledger was last looked through for."""
        return self._get("display") or ""

    def note_display(self, mark: str) -> None:
        """The ledger was looked through for these."""
        self._set("display", mark)

    @property
    def participation(self) -> tuple[tuple[str, ...], date] | None:
        """Which agencies take part, as of when, as the latest alert said."""
        text = self._get("participation")
        if not text:
            return None
        day, *agencies = text.split("\n")
        return tuple(agencies), date.fromisoformat(day)

    def note_participation(self, agencies: tuple[str, ...], as_of: date) -> None:
        """An alert said so; an older one changes nothing."""
        known = self.participation
        if known is None or as_of >= known[1]:
            self._set("participation", "\n".join([as_of.isoformat(), *(name.replace("\n", " ") for name in agencies)]))

    def access_list(self, agency: AgencyId) -> bytes | None:
        """The latest list of this agency's own records that somebody may ask to see, as it came."""
        text = self._get(f"access list of {agency}")
        return text.encode() if text else None

    def keep_access_list(self, agency: AgencyId, listed: bytes) -> None:
        """In place of the one before."""
        self._set(f"access list of {agency}", listed.decode())

    def check_list(self, agency: AgencyId) -> bytes | None:
        """The latest list of this agency's own records to look at again, as it came."""
        text = self._get(f"check list of {agency}")
        return text.encode() if text else None

    def keep_check_list(self, agency: AgencyId, listed: bytes) -> None:
        """In place of the one before."""
        self._set(f"check list of {agency}", listed.decode())

    def watermark(self, source: str) -> str | None:
        """How far a source was read, in the words of `connectors.sources.watermark`."""
        return self._get(f"watermark of {source}")

    def note_watermark(self, source: str, reached: str) -> None:
        """What was read up to here is published."""
        self._set(f"watermark of {source}", reached)

    def looked_for_care_teams(self, sink: str) -> bool:
        """Whether it was looked, in this incarnation, which care teams a sink keeps already."""
        return self._get(f"care teams of {sink}") == self.incarnation

    def note_care_teams(self, sink: str) -> None:
        """It was looked now."""
        self._set(f"care teams of {sink}", self.incarnation)

    @property
    def paced(self) -> Paced:
        """How fast notices are sent."""
        text = self._get("pace")
        if not text:
            return Paced()
        minute, sent, granted, learned_at, held_until = json.loads(text)
        return Paced(minute, sent, granted, _instant(learned_at), _instant(held_until))

    def keep_paced(self, paced: Paced) -> None:
        """In place of what was known."""
        instants = [moment.write(at) if at else None for at in (paced.learned_at, paced.held_until)]
        self._set("pace", json.dumps([paced.minute, paced.sent, paced.granted, *instants]))

    def _get(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM position WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def _set(self, name: str, value: str) -> None:
        self._db.execute(
            "INSERT INTO position VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )


def _instant(text: str | None) -> datetime | None:
    return moment.read(text) if text else None


def _sequence(text: str | None) -> Sequence | None:
    if not text:
        return None
    n, _, incarnation = text.partition(" ")
    return Sequence(incarnation, int(n))
