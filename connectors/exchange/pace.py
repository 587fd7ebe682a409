"""No more notices a minute than the gateway grants: as many as the settings say, fewer once receipts have said that it was too much.

The gateway answers a notice beyond a limit with a receipt that names it. From then on the ledger sends, for an hour, no more a minute than were
accepted in the minute before; where the day is used up it tries again hourly. What waits is due all the while, and nothing is lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.ledger.ledger import Unit
from connectors.ledger.positions import Paced
from mappings.canonical.codes import MessageKind

PER_MINUTE = 6_000
"""What a gateway grants a connector unless its people say otherwise."""

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Pace:
    """`per_minute` is what the settings say."""

    per_minute: int = PER_MINUTE

    def room(self, unit: Unit, now: datetime) -> int:
        """How many notices may be sent now."""
        paced = unit.positions.paced
        if paced.held_until and now < paced.held_until:
            return 0
        granted = min(self.per_minute, paced.granted) if paced.granted and _fresh(paced, now) else self.per_minute
        return max(0, granted - (paced.sent if paced.minute == _minute(now) else 0))

    def note_sent(self, unit: Unit, count: int, now: datetime) -> None:
        """So many were claimed for sending."""
        paced = unit.positions.paced
        before = paced.sent if paced.minute == _minute(now) else 0
        unit.positions.keep_paced(
            Paced(_minute(now), before + count, paced.granted, paced.learned_at, paced.held_until)
        )


def note_limit(unit: Unit, code: str, now: datetime) -> None:
    """A receipt said that a limit was reached: `limit-per-minute` or `limit-per-day`."""
    paced = unit.positions.paced
    if paced.held_until and now < paced.held_until:
        return
    if code == "limit-per-day":
        unit.positions.keep_paced(Paced(paced.minute, paced.sent, paced.granted, paced.learned_at, now + _HOUR))
    elif code == "limit-per-minute":
        accepted = unit.outbox.settled_since(MessageKind.NOTICE, now - _MINUTE)
        unit.positions.keep_paced(Paced(paced.minute, paced.sent, max(_FEWEST, accepted), now, now + _MINUTE))


def _fresh(paced: Paced, now: datetime) -> bool:
    return paced.learned_at is not None and now < paced.learned_at + _HOUR


def _minute(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M")
