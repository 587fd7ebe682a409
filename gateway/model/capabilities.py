"""What one connector may say and be told, whatever the agreements would allow: the limits that its registrars set."""

from dataclasses import dataclass, fields
from typing import Any

from mappings.canonical.codes import AgeBand, AlertLevel, NoticeEvent, ServiceLine, Strength

MOST_PER_MINUTE = 1_000_000
MOST_PER_DAY = 100_000_000
TAKING_BACK = frozenset({NoticeEvent.ENDED, NoticeEvent.WITHDRAWN})
KNOWN_BANDS = frozenset(AgeBand) - {AgeBand.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`strongest` caps how far its identifiers are believed, `aliases` says whether further names it asserts are believed,
    `number_aliases` whether superseded numbers are (nobody's, until it is granted), `level` how much its agencies are told. `per_minute`
    and `per_day` count its notices. `minimum_version` is a dotted number; empty: any.

    Ended and withdrawn are always among `events`: what was said can be taken back. `relay` is for a peer gateway, which is not built.
    """

    events: frozenset[NoticeEvent] = frozenset(NoticeEvent)
    services: frozenset[ServiceLine] = frozenset(ServiceLine)
    age_bands: frozenset[AgeBand] = KNOWN_BANDS
    level: AlertLevel = AlertLevel.FULL
    strongest: Strength = Strength.STRONG
    aliases: bool = True
    number_aliases: bool = False
    per_minute: int = 6_000
    per_day: int = 200_000
    minimum_version: str = ""
    relay: bool = False

    def __post_init__(self) -> None:
        if not self.events >= TAKING_BACK:
            raise ValueError(
                "events must hold involvement-ended and involvement-withdrawn: what was said can be taken back"
            )
        if AgeBand.UNKNOWN in self.age_bands:
            raise ValueError("age_bands may not name 'unknown', which permits nothing anyhow")
        if not 1 <= self.per_minute <= MOST_PER_MINUTE or not 1 <= self.per_day <= MOST_PER_DAY:
            raise ValueError(f"per_minute must be 1 to {MOST_PER_MINUTE} and per_day 1 to {MOST_PER_DAY}")
        if self.relay:
            raise ValueError("relay cannot be given to anybody: peer gateways are not built yet")


def described(capabilities: Capabilities) -> dict[str, Any]:
    """As plain JSON values: codes in order."""
    values = {each.name: getattr(capabilities, each.name) for each in fields(capabilities)}
    return {
        name: sorted(code.value for code in value) if isinstance(value, frozenset) else value
        for name, value in values.items()
    }
