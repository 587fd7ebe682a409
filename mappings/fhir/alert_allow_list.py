"""The data items of an alert, as data: every element an alert may carry, how often, and what is bound to it."""

from mappings.canonical.codes import AlertEvent, AlertLevel, Certainty, RelationKind, ServiceLine
from mappings.fhir import extensions as url
from mappings.fhir import primitives as is_a
from mappings.fhir.elements import (
    INSIDE,
    PARTICIPANT,
    PRACTITIONER,
    TELECOM,
    coding,
    concept,
    identifier,
    logical,
    maybe,
    message,
    one,
    parts,
)
from mappings.fhir.limits import MAX_AGENCIES
from mappings.fhir.shapes import Extensions, Many, Object, Slice

_HEADER = Object(
    {
        "resourceType": is_a.fixed("MessageHeader"),
        "eventCoding": coding(url.ALERT_EVENTS, AlertEvent),
        "source": Object({"endpoint": is_a.fixed(url.GATEWAY_ENDPOINT)}),
        "focus": Many(INSIDE),
    }
)

_PARTICIPATION = {"as-of": one("valueDate", is_a.DATE), "agency": Slice(0, MAX_AGENCIES, "valueString", is_a.NAME)}
_INTRODUCER = {
    "name": one("valueString", is_a.DISPLAY),
    "phone": maybe("valueString", is_a.DISPLAY),
    "email": maybe("valueString", is_a.DISPLAY),
}

_COMMUNICATION = Object(
    {
        "resourceType": is_a.fixed("Communication"),
        "extension": Extensions(
            {
                url.ALERT_VERSION: one("valueString", is_a.COUNT),
                url.ALERT_LEVEL: one("valueCode", is_a.code(AlertLevel)),
                url.SPOKEN_REFERENCE: one("valueString", is_a.SPOKEN),
                url.CERTAINTY: one("valueCode", is_a.code(Certainty)),
                url.RELATED_AS: maybe("valueCode", is_a.code(RelationKind)),
                url.PARTICIPATION: parts(_PARTICIPATION),
                url.INTRODUCER: parts(_INTRODUCER, low=0),
                url.INTRODUCED: maybe("valueBoolean", is_a.TRUTH),
                url.DIGEST_ONLY: maybe("valueBoolean", is_a.TRUTH),
                url.NOT_AFTER: one("valueInstant", is_a.INSTANT),
            }
        ),
        "identifier": Many(identifier(url.CONNECTIONS, is_a.UUID)),
        "status": is_a.code(("completed", "entered-in-error")),
        "subject": logical(url.PERSON_REFS, is_a.PERSON_REF),
        "about": Many(logical(url.INVOLVEMENT_REFS, is_a.INVOLVEMENT_REF)),
        "sent": is_a.INSTANT,
        "recipient": Many(logical(url.AGENCIES, is_a.AGENCY)),
        "sender": logical(url.GATEWAYS, is_a.GATEWAY),
    }
)

_CARE_TEAM = Object(
    {
        "resourceType": is_a.fixed("CareTeam"),
        "status": is_a.fixed("active"),
        "category": Many(concept(url.SERVICE_LINES, ServiceLine)),
        "participant": PARTICIPANT,
        "managingOrganization": Many(INSIDE),
    },
    {"name": is_a.DISPLAY, "period": Object({"start": is_a.DATE}), "telecom": TELECOM},
)

_ORGANIZATION = Object(
    {
        "resourceType": is_a.fixed("Organization"),
        "identifier": Many(identifier(url.AGENCIES, is_a.AGENCY)),
        "name": is_a.NAME,
    }
)

ALERT = message(
    url.ALERT_PROFILE,
    {
        "MessageHeader": _HEADER,
        "Communication": _COMMUNICATION,
        "CareTeam": _CARE_TEAM,
        "Practitioner": PRACTITIONER,
        "Organization": _ORGANIZATION,
    },
    entries=5,
    identified=True,
)


def status_of(event: AlertEvent) -> str:
    """The Communication status that goes with an event: a retraction says that what was sent before was wrong."""
    return "entered-in-error" if event is AlertEvent.RETRACTED else "completed"
