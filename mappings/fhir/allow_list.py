"""The data items of a notice: every element a notice may carry, how often, and what is bound to it. All else is
refused by name.

This is the allow-list of the wire as data; `deploy/docs/notice-data-items.md` says the same for people. No element
here can hold a client's name, birth date, number, address or local id.
"""

from mappings.canonical.codes import (
    AgeBand,
    Consent,
    Informed,
    LegalBasis,
    NoticeEvent,
    RelationKind,
    RelationStanding,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.notice import MAX_EPOCHS, MAX_RELATIONS
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
    maybe,
    message,
    one,
    parts,
)
from mappings.fhir.shapes import Extensions, Many, Object, Slice

SEQUENCE = {"incarnation": one("valueString", is_a.INCARNATION), "n": one("valueString", is_a.COUNT)}

_HEADER = Object(
    {
        "resourceType": is_a.fixed("MessageHeader"),
        "extension": Extensions({url.HOME_GATEWAY: one("valueUri", is_a.GATEWAY), url.SEQUENCE: parts(SEQUENCE)}),
        "eventCoding": coding(url.NOTICE_EVENTS, NoticeEvent),
        "source": Object({"endpoint": is_a.fixed(url.CONNECTOR_ENDPOINT)}),
        "focus": Many(INSIDE),
    }
)

_CARE_TEAM = Object(
    {
        "resourceType": is_a.fixed("CareTeam"),
        "extension": Extensions(
            {
                url.SENSITIVITY: one("valueCode", is_a.code(Sensitivity)),
                url.CONFIRMED: one("valueDate", is_a.DATE),
                url.LEGAL_BASIS: one("valueCode", is_a.code(LegalBasis)),
                url.CONSENT: parts(
                    {"status": one("valueCode", is_a.code(Consent)), "date": maybe("valueDate", is_a.DATE)}
                ),
                url.INFORMED: parts(
                    {"how": one("valueCode", is_a.code(Informed)), "date": maybe("valueDate", is_a.DATE)}
                ),
                url.HELD_BACK: one("valueBoolean", is_a.TRUTH),
                url.SEALED_DETAILS: maybe("valueString", is_a.SEALED),
                url.WORKER_TOKEN: Slice(0, MAX_EPOCHS, "valueString", is_a.WORKER_TOKEN),
            }
        ),
        "identifier": Many(identifier(url.INVOLVEMENT_REFS, is_a.INVOLVEMENT_REF)),
        "status": is_a.code(("active", "inactive", "entered-in-error")),
        "category": Many(concept(url.SERVICE_LINES, ServiceLine)),
        "subject": INSIDE,
        "participant": PARTICIPANT,
        "managingOrganization": Many(INSIDE),
    },
    {"name": is_a.DISPLAY, "period": Object({}, {"start": is_a.DATE, "end": is_a.DATE}), "telecom": TELECOM},
)

_ORGANIZATION = Object(
    {"resourceType": is_a.fixed("Organization"), "identifier": Many(identifier(url.AGENCIES, is_a.AGENCY))},
)

_RELATION = {
    "kind": one("valueCode", is_a.code(RelationKind)),
    "standing": one("valueCode", is_a.code(RelationStanding)),
    "evidence": Slice(1, MAX_EPOCHS, "valueBase64Binary", is_a.EVIDENCE),
}

STATUS_ASSERTED = "asserted"
"""Of somebody of 20 to 24: that they leave care or have an EHC plan, and not which."""

_PATIENT = Object(
    {
        "resourceType": is_a.fixed("Patient"),
        "extension": Extensions(
            {
                url.AGE_BAND: parts(
                    {
                        "band": one("valueCode", is_a.code(AgeBand)),
                        "until": maybe("valueDate", is_a.DATE),
                        "status": maybe("valueCode", is_a.fixed(STATUS_ASSERTED)),
                    }
                ),
                url.EVIDENCE: Slice(1, MAX_EPOCHS, "valueBase64Binary", is_a.EVIDENCE),
                url.RELATION: parts(_RELATION, 0, MAX_RELATIONS),
            }
        ),
        "identifier": Many(identifier(url.PERSON_REFS, is_a.PERSON_REF)),
    }
)

NOTICE = message(
    url.NOTICE_PROFILE,
    {
        "MessageHeader": _HEADER,
        "CareTeam": _CARE_TEAM,
        "Practitioner": PRACTITIONER,
        "Organization": _ORGANIZATION,
        "Patient": _PATIENT,
    },
    entries=5,
    identified=True,
)

STATUS_OF = {
    NoticeEvent.STARTED: "active",
    NoticeEvent.CHANGED: "active",
    NoticeEvent.ENDED: "inactive",
    NoticeEvent.WITHDRAWN: "entered-in-error",
}
