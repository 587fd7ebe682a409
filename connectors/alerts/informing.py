"""Which of our own clients we have not told that our involvement is shared, as the ledger knows them: the list behind the gateway's counts."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from connectors.alerts.own_side import label
from connectors.ledger.ledger import Unit
from connectors.publishing import standing as standings
from mappings.canonical.codes import Informed

MAX_LISTED: Final = 10_000
_TOLD: Final = frozenset({Informed.IN_PERSON, Informed.BY_LETTER, Informed.BY_NOTICE})
_DATED: Final = frozenset({Informed.IN_PERSON, Informed.BY_LETTER})


@dataclass(frozen=True, slots=True, repr=False)
class ToInform:
    """One live involvement whose client was not told, or of whom it is not said when."""

    involvement_local_id: str
    client_local_id: str
    client: str
    worker: str
    informed: Informed
    informed_date: date | None


def to_inform(unit: Unit) -> list[ToInform]:
    """By client. Whom it is unsafe to inform stands there too, so that somebody looks again whether it still is."""
    found = []
    for written in unit.involvements.live_standings(MAX_LISTED):
        standing = standings.read(written)
        undated = standing.informed in _DATED and standing.informed_date is None
        if standing.informed not in _TOLD or undated:
            own = standing.own
            found.append(
                ToInform(
                    own.involvement_local_id,
                    own.client_local_id,
                    label(own),
                    own.worker,
                    standing.informed,
                    standing.informed_date,
                )
            )
    return sorted(found, key=lambda each: (each.client, each.involvement_local_id))


def as_json(found: list[ToInform]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "involvement": each.involvement_local_id,
            "client": each.client,
            "client_id": each.client_local_id,
            "worker": each.worker,
            "informed": each.informed.value,
        }
        for each in found
    ]


def as_text(found: list[ToInform]) -> str:
    """For people."""
    if not found:
        return "Of every client it is said how and when they were told."
    lines = ["Clients who were not told that our involvement is shared, or of whom it is not said when:"]
    lines += [
        f"  {each.involvement_local_id}: {each.client} ({each.client_local_id}), {each.worker or 'no worker named'}, {_words(each)}"
        for each in found
    ]
    return "\n".join([*lines, "Tell them, and say so in your own system; the next reading publishes it."])


def _words(each: ToInform) -> str:
    if each.informed in _DATED:
        return f"{each.informed.value.replace('-', ' ')}, without a day"
    return each.informed.value.replace("-", " ")
