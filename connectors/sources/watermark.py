"""How far a source that is asked again and again has been read: kept in the ledger, in the transaction that publishes what was read."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Watermark:
    """`reached` is where the next partial reading begins, in the source's own words; `full_at` when everything was last read (aware, UTC).
    `of` names what was read how: another one begins anew."""

    of: str
    reached: str
    full_at: datetime

    def write(self) -> str:
        """As one line of text."""
        return f"{self.of}\n{self.full_at.isoformat()}\n{self.reached}"


def read(text: str | None) -> Watermark | None:
    """What `write` wrote; None for nothing."""
    if not text:
        return None
    of, full_at, reached = text.split("\n", 2)
    return Watermark(of, reached, datetime.fromisoformat(full_at))


def full_is_due(since: Watermark | None, of: str, now: datetime, every: timedelta) -> bool:
    """Whether everything is to be read: at first, after a change of what is read, and whenever `every` has passed."""
    return since is None or since.of != of or now - since.full_at >= every
