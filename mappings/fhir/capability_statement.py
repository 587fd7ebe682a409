"""What a gateway can do, as a FHIR R4 CapabilityStatement: it takes messages, and offers no look-up of any kind.

Source: https://hl7.org/fhir/R4/capabilitystatement.html
"""

from datetime import date
from typing import Any

from mappings.fhir import extensions as ours

Json = dict[str, Any]


def build(version: str, url: str, date: date) -> Json:
    """The CapabilityStatement of the gateway at the base address `url`, running the software `version`, as of
    `date`."""
    return _statement(version, url.rstrip("/"), date)


def _statement(version: str, address: str, when: date) -> Json:
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{address}/fhir/metadata",
        "version": version,
        "name": "PatchworkGateway",
        "title": "Patchwork gateway",
        "status": "active",
        "date": when.isoformat(),
        "kind": "instance",
        "description": (
            "Takes notices of involvement as signed and encrypted FHIR messages; sends receipts and alerts alike. "
            "There is no read, no search and no other look-up: you learn only by declaring."
        ),
        "software": {"name": "Patchwork", "version": version},
        "implementation": {"description": "A Patchwork gateway", "url": address},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "documentation": "No resource can be read or searched. This statement is the only interaction.",
                "security": {
                    "description": "Every message is signed (Ed25519) by an enrolled connector, and encrypted."
                },
            }
        ],
        "messaging": [
            {
                "endpoint": [
                    {
                        "protocol": {
                            "system": "http://terminology.hl7.org/CodeSystem/message-transport",
                            "code": "http",
                        },
                        "address": f"{address}/channel/notices",
                    }
                ],
                "documentation": (
                    f"Notices keep to the profile {ours.NOTICE_PROFILE}, alerts to {ours.ALERT_PROFILE} "
                    f"and receipts to {ours.RECEIPT_PROFILE}. "
                    "An element outside the profile is refused with an OperationOutcome that names it."
                ),
            }
        ],
    }
