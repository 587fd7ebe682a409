"""An alert as an agency's own system keeps it: one FHIR R4 Communication about the agency's own client, and a
transaction that stores it.

Made at the agency, after delivery, from what only the agency knows; it never travels between agencies.
"""

from typing import Any

from mappings.canonical.alert import Alert
from mappings.fhir import extensions as url
from mappings.fhir.alert_allow_list import status_of
from mappings.fhir.extension_reading import simple
from mappings.fhir.primitives import write_instant

Json = dict[str, Any]
CATEGORY_SYSTEM = "http://terminology.hl7.org/CodeSystem/communication-category"


def for_agency(alert: Alert, patient_identifier: str, text: str, *, system: str = "") -> Json:
    """The Communication. `patient_identifier` is the agency's own id of its client, of the identifier system `system`
    where it has a URI; `text` is the sentence a practitioner reads.

    Raises ValueError for an empty identifier or text, and for an alert whose instant has no time zone; the message
    holds neither.
    """
    if not patient_identifier.strip() or not text.strip():
        raise ValueError("an alert for an agency's own system needs the agency's id of its client and the text to read")
    subject: Json = {"value": patient_identifier}
    if system:
        subject = {"system": system, "value": patient_identifier}
    return {
        "resourceType": "Communication",
        "id": alert.id.value,
        "extension": [
            simple(url.ALERT_VERSION, "valueString", str(alert.version)),
            simple(url.SPOKEN_REFERENCE, "valueString", str(alert.spoken_reference)),
            simple(url.CERTAINTY, "valueCode", alert.certainty.value),
        ],
        "identifier": [
            {"system": url.ALERTS, "value": str(alert.id)},
            {"system": url.CONNECTIONS, "value": str(alert.connection)},
        ],
        "status": status_of(alert.event),
        "category": [
            {
                "coding": [
                    {"system": CATEGORY_SYSTEM, "code": "notification"},
                    {"system": url.ALERT_EVENTS, "code": alert.event.value},
                ]
            }
        ],
        "subject": {"type": "Patient", "identifier": subject},
        "sent": write_instant(alert.made_at),
        "sender": {"type": "Organization", "identifier": {"system": url.GATEWAYS, "value": str(alert.home_gateway)}},
        "payload": [{"contentString": text}],
    }


def as_transaction(communication: Json) -> Json:
    """A transaction Bundle that stores the Communication once, however often it is posted: a conditional update by the
    alert's id."""
    identifier = communication["identifier"][0]
    without_id = {name: part for name, part in communication.items() if name != "id"}
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{communication['id']}",
                "resource": without_id,
                "request": {
                    "method": "PUT",
                    "url": f"Communication?identifier={identifier['system']}|{identifier['value']}",
                },
            }
        ],
    }
