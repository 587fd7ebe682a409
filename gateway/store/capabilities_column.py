"""What a connector may do, as JSON in one column: codes in order; a member that is missing has its default."""

from typing import Any

from gateway.model.capabilities import Capabilities, described
from mappings.canonical.codes import AgeBand, AlertLevel, NoticeEvent, ServiceLine, Strength


def from_row(row: dict[str, Any]) -> Capabilities:
    """The reverse of `described`. Raises ValueError where the row holds what cannot be."""
    kept = described(Capabilities()) | row
    return Capabilities(
        events=frozenset(NoticeEvent(each) for each in kept["events"]),
        services=frozenset(ServiceLine(each) for each in kept["services"]),
        age_bands=frozenset(AgeBand(each) for each in kept["age_bands"]),
        level=AlertLevel(kept["level"]),
        strongest=Strength(kept["strongest"]),
        aliases=kept["aliases"],
        number_aliases=kept["number_aliases"],
        per_minute=kept["per_minute"],
        per_day=kept["per_day"],
        minimum_version=kept["minimum_version"],
        relay=kept["relay"],
    )
