"""An event of the audit as a FHIR R4 AuditEvent. It names no patient and nobody who is helped: codes, references and who acted.

Source: https://hl7.org/fhir/R4/auditevent.html
"""

import json
from typing import Any

from mappings.canonical.audit_record import AuditActivity, AuditRecord
from mappings.fhir import extensions as url
from mappings.fhir.primitives import write_instant

Json = dict[str, Any]

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
SOURCE_TYPES = "http://terminology.hl7.org/CodeSystem/security-source-type"

_OF_DICOM = {
    AuditActivity.ALERT: {"system": DICOM, "code": "110113", "display": "Security Alert"},
    AuditActivity.OTHER: {"system": DICOM, "code": "110100", "display": "Application Activity"},
}
_SUCCESS, _MINOR_FAILURE = "0", "4"


def write(record: AuditRecord) -> bytes:
    """The AuditEvent as one line of JSON, without its end of line (application/fhir+ndjson)."""
    return json.dumps(document(record), ensure_ascii=False, separators=(",", ":")).encode()


def document(record: AuditRecord) -> Json:
    """The AuditEvent. Raises ValueError where the instant has no time zone."""
    kind = _OF_DICOM.get(record.activity) or {"system": LIFECYCLE, "code": record.activity.value}
    gateway = {"identifier": {"system": url.GATEWAYS, "value": record.gateway.value}}
    details = [*record.details, ("hash", record.hash)]
    return {
        "resourceType": "AuditEvent",
        "id": f"{record.side}-{record.seq}",
        "type": kind,
        "subtype": [{"system": url.AUDIT_EVENTS, "code": str(record.number), "display": record.code}],
        "recorded": write_instant(record.at),
        "outcome": _MINOR_FAILURE if record.failed else _SUCCESS,
        "agent": [{"who": {"identifier": {"system": url.ACTORS, "value": record.actor}}, "requestor": True}],
        "source": {
            "observer": gateway,
            "type": [{"system": SOURCE_TYPES, "code": "4", "display": "Application Server"}],
        },
        "entity": [
            {
                "what": {"identifier": {"system": url.REGISTERS, "value": f"{record.register}/{record.seq}"}},
                # FHIR has no empty strings.
                "detail": [{"type": name, "valueString": text} for name, text in details if text],
            }
        ],
    }
