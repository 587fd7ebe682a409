"""Having a client shielded: the gateway is asked at once, and from then on tells nobody of or about that person, this agency included.

* Only a client with whom this agency is involved. Why stays here: the request holds the agency's opaque reference and the moment, no more.
* One agency's word is good for five working days at the gateway, where two people confirm it, or it lapses. It is said again for long enough
  that a gateway restored from a backup learns of it anew; the same request again changes nothing there.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.alerts.own_side import NotKnownHere, label, own_side
from connectors.ledger.involvements import Status
from connectors.ledger.ledger import Unit
from connectors.ledger.shields import AskedShield
from connectors.publishing.queueing import Desk
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.shield_request import ShieldRequest

SAID_AGAIN = timedelta(days=14)
_BATCH = 200


@dataclass(frozen=True, slots=True, repr=False)
class OwnShield:
    """One request, as staff know its client; `client_local_id` and `client` are empty where the ledger does not know them any more. `status` is
    of its message: pending, sent, settled (the gateway has it) or refused."""

    client_local_id: str
    client: str
    asked_at: datetime
    status: str


def is_involved(unit: Unit, person_ref: PersonRef) -> bool:
    """Whether this ledger holds a live involvement with the client."""
    return any(known.status is Status.LIVE for known in unit.involvements.of_person(person_ref))


def ask(unit: Unit, agency: AgencyId, person_ref: PersonRef, now: datetime) -> None:
    """Queue the request."""
    _queue(unit, agency, person_ref, now.replace(microsecond=0), now)


def say_again(desk: Desk) -> int:
    """Queue what was asked for again; answers how many."""
    with desk.ledger.write() as unit:
        due = unit.shields.due(_BATCH)
        for asked in due:
            _queue(unit, desk.publisher.agency, asked.person_ref, asked.asked_at, desk.now())
    return len(due)


def asked_shields(unit: Unit) -> list[OwnShield]:
    """What this agency asked for, the newest first."""
    return [_own(unit, asked) for asked in unit.shields.all()]


def as_json(shields: list[OwnShield]) -> list[dict[str, Any]]:
    """For programs."""
    return [
        {
            "client": each.client,
            "client_id": each.client_local_id,
            "asked_at": each.asked_at.isoformat(),
            "status": each.status,
        }
        for each in shields
    ]


def as_text(shields: list[OwnShield]) -> str:
    """For people."""
    lines = [
        f"  {each.client or 'a client whom this ledger does not know any more'} ({each.client_local_id}): asked for on "
        f"{each.asked_at:%Y-%m-%d %H:%M} UTC, {each.status}"
        for each in shields
    ]
    lines = lines or ["  none"]
    return "\n".join(
        [
            "Shields that we asked for:",
            *lines,
            "Whether one was confirmed or has lapsed the partnership's officers know.",
        ]
    )


def _queue(unit: Unit, agency: AgencyId, person_ref: PersonRef, asked_at: datetime, now: datetime) -> None:
    # Imported here: the profile takes longer to load than most commands take to run.
    from mappings.shield_json import write_shield

    id, sequence = MessageId(str(uuid.uuid4())), unit.positions.next(now)
    body = write_shield(ShieldRequest(id, sequence, agency, person_ref, asked_at))
    unit.outbox.add(id, MessageKind.SHIELD, id, body, now, sequence=sequence)
    unit.shields.save(AskedShield(person_ref, asked_at, id))


def _own(unit: Unit, asked: AskedShield) -> OwnShield:
    queued = unit.outbox.get(asked.message)
    # A settled row is forgotten after a while.
    status = queued.status if queued else "settled"
    for known in unit.involvements.of_person(asked.person_ref):
        try:
            own = own_side(unit, known.ref)
        except NotKnownHere:
            continue
        return OwnShield(own.client_local_id, label(own), asked.asked_at, status)
    return OwnShield("", "", asked.asked_at, status)
