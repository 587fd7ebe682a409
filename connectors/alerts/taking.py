"""Taking an alert into the ledger: from then on the ledger owes it to the sinks, and the gateway is given its receipt.

* A version not greater than what was applied to the same connection and involvement changes nothing and is receipted again.
* The same content under a greater version is receipted and remembered, and bothers nobody.
* A retraction or ending takes back what a sink was not yet given; a sink that was given something is told. A retraction for a connection
  never seen is remembered, so that the alert it overtook is not shown.
* Nothing is shown about a client whose involvement was withdrawn (the exclusion list).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum

from connectors.ledger.connections import Told
from connectors.ledger.ledger import Unit
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent

OVER = frozenset({AlertEvent.ENDED, AlertEvent.RETRACTED})
_STATUS = {
    AlertEvent.MADE: "current",
    AlertEvent.CHANGED: "current",
    AlertEvent.ENDED: "ended",
    AlertEvent.RETRACTED: "retracted",
}


class Taken(StrEnum):
    """What became of an alert. All of these are receipted as accepted."""

    NEWS = "news"
    REPEATED = "repeated"
    UNCHANGED = "unchanged"
    SUPPRESSED = "suppressed"


def take_alert(unit: Unit, alert: Alert, body: bytes, sinks: Sequence[str], now: datetime) -> Taken:
    """Write down what the alert changes, and what each sink is owed."""
    before = unit.connections.find(alert.connection, alert.recipient_involvement)
    if before and alert.version <= before.version:
        return Taken.REPEATED
    unit.positions.note_participation(alert.participation.agencies, alert.participation.as_of)
    status, mark = _STATUS[alert.event], _content_mark(unit, alert)
    unchanged = before is not None and before.status == status and before.content_mark == mark
    shown = not _is_withdrawn(unit, alert)
    told_at = before.told_at if before and unchanged else now
    kept = body if status == "current" and shown else None
    if not shown:
        status = "retracted"
    unit.connections.save(
        Told(alert.connection, alert.recipient_involvement, alert.version, status, mark, told_at, kept)
    )
    if unchanged:
        return Taken.UNCHANGED
    owed = [sink for sink in sinks if _owe(unit, alert, body, sink, now, shown=shown)]
    return Taken.NEWS if owed else Taken.SUPPRESSED


def _owe(unit: Unit, alert: Alert, body: bytes, sink: str, now: datetime, *, shown: bool) -> bool:
    unit.deliveries.supersede(alert, sink)
    wanted = unit.deliveries.may_have_shown(alert, sink) if alert.event in OVER else shown
    if wanted:
        unit.deliveries.add(alert, body, sink, now)
    return wanted


def _is_withdrawn(unit: Unit, alert: Alert) -> bool:
    known = unit.involvements.find(alert.recipient_involvement)
    return known is not None and known.status == "withdrawn"


def _content_mark(unit: Unit, alert: Alert) -> str:
    """Equal for alerts that tell a practitioner the same. Who takes part as of when is kept up to date without telling anybody."""
    content = {
        "level": alert.level,
        "person": alert.recipient_person.value,
        "reference": alert.spoken_reference.value,
        "certainty": alert.certainty,
        "relation": alert.relation,
        "other": _other(alert),
        "over": alert.event in OVER,
    }
    return unit.cipher.mark(json.dumps(content, sort_keys=True).encode())


def _other(alert: Alert) -> object:
    other = alert.other
    if other is None:
        return None
    return [
        other.agency.value,
        other.agency_name,
        other.service,
        asdict(other.worker),
        other.start.isoformat() if other.start else None,
    ]
