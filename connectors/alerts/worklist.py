"""The worklist: the current connections of this agency's own clients, as of a day. A picture, where alerts are events."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from connectors.alerts import wording
from connectors.alerts.own_side import NotKnownHere, label, own_side, who_sees_to_it
from connectors.ledger.connections import Told
from connectors.ledger.ledger import Unit
from mappings.canonical.alert import Alert, Participation
from mappings.canonical.codes import AlertLevel
from mappings.canonical.identifiers import SpokenReference


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One connection of one own client."""

    alert: Alert
    client_local_id: str
    client: str
    worker: str
    told_at: datetime
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Worklist:
    """`entries` by client. `unknown` connections are of clients whose involvement this ledger does not know (yet)."""

    as_of: datetime
    entries: Sequence[Entry]
    participation: Participation
    unknown: int = 0


@runtime_checkable
class KeepsWorklist(Protocol):
    """A sink that also shows the worklist."""

    def keep_worklist(self, worklist: Worklist) -> None:
        """Put it in the place of the one before. Raises `SinkDown`."""


def worklist(unit: Unit, now: datetime) -> Worklist:
    """As the ledger knows it now."""
    from mappings.fhir import alert_bundle

    entries, unknown = [], 0
    for told in unit.connections.current():
        if told.alert is None:
            continue
        try:
            entries.append(_entry(unit, told, alert_bundle.read(told.alert)))
        except NotKnownHere:
            unknown += 1
    agencies, as_of = unit.positions.participation or ((), now.date())
    ordered = sorted(
        entries, key=lambda entry: (entry.client, entry.alert.spoken_reference, entry.alert.recipient_involvement)
    )
    return Worklist(now, ordered, Participation(agencies, as_of), unknown)


def of_reference(listed: Worklist, said: str) -> Worklist:
    """Only what is known under the reference that somebody says on the telephone; case, spaces and hyphens do not matter. Raises
    `InvalidIdentifier` where nothing of that form was said."""
    letters = "".join(said.split()).replace("-", "").upper()
    reference = SpokenReference(f"{letters[:3]}-{letters[3:]}")
    return replace(
        listed, entries=[one for one in listed.entries if one.alert.spoken_reference == reference], unknown=0
    )


def as_json(listed: Worklist) -> dict[str, Any]:
    """For programs."""
    return {
        "as_of": listed.as_of.isoformat(timespec="seconds"),
        "participation": {
            "agencies": list(listed.participation.agencies),
            "as_of": listed.participation.as_of.isoformat(),
        },
        "connections": [_row(entry) for entry in listed.entries],
        "of_unknown_clients": listed.unknown,
    }


def as_text(listed: Worklist) -> str:
    """For people."""
    lines = [
        f"Current connections of our clients, as of {wording.day(listed.as_of.date())}, {listed.as_of:%H:%M} UTC",
        "",
    ]
    for entry in listed.entries:
        lines += _paragraph(entry)
    if not listed.entries:
        lines += ["None.", ""]
    if listed.unknown:
        lines += [
            f"{listed.unknown} more are about clients this ledger does not know yet; publish a full reading of the sources.",
            "",
        ]
    return "\n".join([*lines, *wording.standing_words(listed.participation)]) + "\n"


def fingerprint(listed: Worklist) -> str:
    """Equal for two worklists that show the same, whenever they were made."""
    document = as_json(listed)
    document["as_of"] = listed.as_of.date().isoformat()
    return json.dumps(document, sort_keys=True)


def _entry(unit: Unit, told: Told, alert: Alert) -> Entry:
    own = own_side(unit, told.involvement_ref)
    asked_at = unit.asked.at(told.connection, told.involvement_ref)
    worker, _ = who_sees_to_it(unit, told.connection, told.involvement_ref, own.worker)
    return Entry(alert, own.client_local_id, label(own), worker, told.told_at, asked_at)


def _row(entry: Entry) -> dict[str, Any]:
    alert, other = entry.alert, entry.alert.other
    row: dict[str, Any] = {
        "client": entry.client,
        "client_id": entry.client_local_id,
        "our_worker": entry.worker,
        "reference": alert.spoken_reference.value,
        "certainty": alert.certainty.value,
        "relation": alert.relation.value if alert.relation else None,
        "told_at": entry.told_at.isoformat(timespec="seconds"),
        "other": None,
        "introducer": None,
    }
    if alert.introducer is not None:
        contact = alert.introducer.contact
        row["introducer_asked_at"] = entry.asked_at.isoformat(timespec="seconds") if entry.asked_at else None
        row["introducer"] = {"name": alert.introducer.name, "phone": contact.phone, "email": contact.email}
    if other is not None:
        named = other.worker if alert.level is AlertLevel.FULL else None
        row["other"] = {
            "agency": other.agency_name,
            "service": other.service.value,
            "worker": named.name if named else "",
            "role": named.role if named else "",
            "team": named.team if named else "",
            "phone": other.worker.contact.phone,
            "email": other.worker.contact.email,
            "since": other.start.isoformat() if other.start else None,
        }
    return row


def _paragraph(entry: Entry) -> list[str]:
    alert = entry.alert
    who = f" ({entry.worker})" if entry.worker else ""
    lines = [f"{entry.client}{who}", f"  {wording.who_else(alert)}"]
    if alert.other is not None:
        lines.append(f"  Contact: {wording.contact_words(alert.other)}")
    if alert.introducer is not None:
        asked = f" (asked on {wording.day(entry.asked_at.date())})" if entry.asked_at else ""
        lines.append(f"  Introducer: {wording.introducer_words(alert.introducer)}{asked}")
    lines += [f"  Reference to say: {alert.spoken_reference}. {wording.certainty(alert).capitalize()}.", ""]
    return lines
