"""How a connector is doing: what the register counts of it, and the judgement in one of four lights."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mappings.canonical.identifiers import ConnectorId


class Light(StrEnum):
    """`OFF`: nothing is expected of it any more."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the register knows of one connector's traffic. `accepted` and `refused` count a stretch of time up to now;
    everything else stands as it is now. None: never, or nothing.

    `last_message` and `last_request`: the last message it is proven to have sent, and its last signed HTTP request (as far as they are
    still remembered). `unprocessed_since` is known for the embedded queue alone.
    """

    connector: ConnectorId
    last_message: datetime | None = None
    last_request: datetime | None = None
    last_accepted: datetime | None = None
    accepted: int = 0
    refused: int = 0
    dead_letters: int = 0
    unacknowledged: int = 0
    unacknowledged_since: datetime | None = None
    unprocessed_since: datetime | None = None
    certificate_until: datetime | None = None

    @property
    def last_seen(self) -> datetime | None:
        """The last sign of life."""
        signs = [each for each in (self.last_message, self.last_request, self.last_accepted) if each is not None]
        return max(signs, default=None)

    @property
    def refused_percent(self) -> float | None:
        """Of what it handed in, to one decimal; None where it handed in nothing."""
        handed_in = self.accepted + self.refused
        return round(100 * self.refused / handed_in, 1) if handed_in else None


@dataclass(frozen=True, slots=True)
class Cover:
    """`until` is the last day on which every agency of the connector is a party to an agreement in force, as far as is known today; None
    where one of them is already without (`uncovered`)."""

    until: date | None
    uncovered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason for a light that is not green, in words."""

    light: Light
    text: str
