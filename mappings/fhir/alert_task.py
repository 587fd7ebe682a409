"""An alert as a piece of work in an agency's own system: one FHIR R4 Task for the worker or team that sees to it.

Its status, `businessStatus` or output is how that worker answers (`mappings.fhir.task_answer`). Made at the agency,
after delivery; it never travels between agencies. https://hl7.org/fhir/R4/task.html
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent
from mappings.fhir import extensions as url
from mappings.fhir.extension_reading import simple
from mappings.fhir.primitives import write_instant

Json = dict[str, Any]
ANSWERED_WITHIN = timedelta(days=28)
"""For how long an answer is asked for."""
CLOSED = frozenset({"completed", "rejected", "cancelled", "failed", "entered-in-error"})
_OVER = (AlertEvent.ENDED, AlertEvent.RETRACTED)


@dataclass(frozen=True, slots=True, repr=False)
class Owner:
    """Who sees to it: `type` is Practitioner or Organization (a team), `id` the agency's own for them, of the identifier
    system `system` where it has a URI."""

    type: str
    name: str = ""
    id: str = ""
    system: str = ""

    def as_json(self) -> Json:
        """As a reference by identifier; by name alone where the agency's data has no id."""
        reference: Json = {"type": self.type}
        if self.id:
            reference["identifier"] = {"system": self.system, "value": self.id} if self.system else {"value": self.id}
        return reference | ({"display": self.name} if self.name else {})


def key_of(alert: Alert, passed_on_to: str | None = None) -> str:
    """The Task's own id, a UUID. An alert that is passed on is another Task: the one before keeps its answer."""
    return str(alert.id) if passed_on_to is None else str(uuid.uuid5(uuid.UUID(str(alert.id)), passed_on_to))


def told_of(alert: Alert) -> str:
    """Equal for all alerts of one connection towards one involvement of ours, and says nothing of either."""
    return str(uuid.uuid5(uuid.UUID(str(alert.connection)), str(alert.recipient_involvement)))


def for_agency(
    alert: Alert, patient_identifier: str, text: str, *, key: str, owner: Owner | None = None, system: str = ""
) -> Json:
    """The Task. `patient_identifier` and `system` are as in `standalone_alert`; without an owner it is whoever's takes
    it. Its group is the agency itself, so that two agencies on one server keep theirs apart.

    Raises ValueError for an empty identifier or text, and for an alert whose instant has no time zone; the message
    holds neither.
    """
    if not patient_identifier.strip() or not text.strip():
        raise ValueError("an alert for an agency's own system needs the agency's id of its client and the text to read")
    made_at = write_instant(alert.made_at)
    patient = {"value": patient_identifier}
    task: Json = {
        "resourceType": "Task",
        "id": key,
        "extension": [
            simple(url.ALERT_VERSION, "valueString", str(alert.version)),
            simple(url.SPOKEN_REFERENCE, "valueString", str(alert.spoken_reference)),
            simple(url.CERTAINTY, "valueCode", alert.certainty.value),
        ],
        "identifier": [
            {"system": url.TASKS, "value": key},
            {"system": url.ALERTS, "value": str(alert.id)},
            {"system": url.TOLD, "value": told_of(alert)},
        ],
        "groupIdentifier": {"system": url.AGENCIES, "value": str(alert.recipient_agency)},
        "status": "requested",
        "intent": "proposal",
        "code": {"coding": [{"system": url.ALERT_EVENTS, "code": alert.event.value}]},
        "description": text,
        "for": {"type": "Patient", "identifier": {"system": system, **patient} if system else patient},
        "authoredOn": made_at,
        "requester": {"type": "Organization", "identifier": {"system": url.GATEWAYS, "value": str(alert.home_gateway)}},
    }
    if owner is not None:
        task["owner"] = owner.as_json()
    if alert.event not in _OVER:
        # What is over asks for no answer.
        task["restriction"] = {"period": {"start": made_at, "end": write_instant(alert.made_at + ANSWERED_WITHIN)}}
    return task


def as_entry(task: Json) -> Json:
    """An entry of a transaction that stores the Task unless it stands there: a conditional create, so that what staff
    have made of it since is never written over."""
    identifier = task["identifier"][0]
    return {
        "fullUrl": f"urn:uuid:{uuid.uuid5(uuid.UUID(task['id']), 'Task')}",
        "resource": {name: part for name, part in task.items() if name != "id"},
        "request": {
            "method": "POST",
            "url": "Task",
            "ifNoneExist": f"identifier={identifier['system']}|{identifier['value']}",
        },
    }


def taken_over(task: Json) -> Json:
    """The Task as it stands, called off: a later alert about the same takes its place. What staff wrote in it stays."""
    return task | {
        "status": "cancelled",
        "statusReason": {"text": "A later Patchwork alert takes the place of this one."},
    }
