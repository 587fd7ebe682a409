"""The answer to a request for access as a FHIR R4B Bundle: a CareTeam for each involvement held, a Communication for each time somebody was told,
and an AuditEvent of the answer itself. The person is named by the request's reference only.

Source: https://hl7.org/fhir/R4B/bundle.html (collection), communication.html, careteam.html, auditevent.html
"""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from mappings.fhir import extensions as url
from mappings.fhir.audit_event import LIFECYCLE, SOURCE_TYPES

Json = dict[str, Any]
_NAMES: Final = uuid.UUID("0d3ac29b-3b0d-4d4b-9a4e-3f3c6d6a1f55")
_LIVE: Final = "live"


def write(answer: Mapping[str, Any]) -> Json:
    """The Bundle of an answer's plain document (`identity.custody.access_answer.as_document`)."""
    subject = {"type": "Patient", "identifier": {"system": url.ACCESS_REQUESTS, "value": answer["request"]}}
    resources = [
        _care_team(each, involvement, subject) for each in answer["records"] for involvement in each["involvements"]
    ]
    resources += [_communication(each, subject) for each in answer["disclosures"]]
    resources.append(_audit_event(answer))
    entries = [_entry(answer["request"], number, each) for number, each in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "timestamp": answer["answered_at"], "entry": entries}


def _entry(request: str, number: int, resource: Json) -> Json:
    return {"fullUrl": f"urn:uuid:{uuid.uuid5(_NAMES, f'{request} {number}')}", "resource": resource}


def _agency(id: str, name: str) -> Json:
    return {"type": "Organization", "identifier": {"system": url.AGENCIES, "value": id}, "display": name}


def _care_team(record: Mapping[str, Any], involvement: Mapping[str, Any], subject: Json) -> Json:
    period = {name: involvement[name] for name in ("start", "end") if involvement[name]}
    made: Json = {
        "resourceType": "CareTeam",
        "status": "active" if involvement["standing"] == _LIVE else "inactive",
        "category": [{"coding": [{"system": url.SERVICE_LINES, "code": involvement["service"]}]}],
        "subject": subject,
        "managingOrganization": [_agency(record["agency"], record["agency_name"])],
    }
    return made | ({"period": period} if period else {})


def _communication(told: Mapping[str, Any], subject: Json) -> Json:
    shown = ", ".join(told["shown"]) or "nothing of the other side"
    text = (
        f"{told['told_name']} was sent {told['event']} about {told['about_name']} ({told['service']}); shown: {shown}"
    )
    return {
        "resourceType": "Communication",
        "identifier": [
            {"system": url.ALERTS, "value": told["alert"]},
            {"system": url.CONNECTIONS, "value": told["connection"]},
        ],
        "status": "completed",
        "category": [{"coding": [{"system": url.ALERT_EVENTS, "code": told["event"]}]}],
        "subject": subject,
        "sent": told["told_at"],
        "recipient": [_agency(told["told"], told["told_name"])],
        "about": [_agency(told["about"], told["about_name"])],
        "payload": [{"contentString": text}],
    }


def _audit_event(answer: Mapping[str, Any]) -> Json:
    return {
        "resourceType": "AuditEvent",
        "type": {"system": LIFECYCLE, "code": "disclose"},
        "recorded": answer["answered_at"],
        "outcome": "0",
        "agent": [
            {"who": {"identifier": {"system": url.ACTORS, "value": "dpo"}}, "requestor": False},
            {"who": {"identifier": {"system": url.ACCESS_REQUESTS, "value": answer["request"]}}, "requestor": True},
        ],
        "source": {
            "observer": {"identifier": {"system": url.REGISTERS, "value": f"{answer['partnership']}/{answer['mode']}"}},
            "type": [{"system": SOURCE_TYPES, "code": "4", "display": "Application Server"}],
        },
        "entity": [{"what": {"identifier": {"system": url.ACCESS_REQUESTS, "value": answer["request"]}}}],
    }
