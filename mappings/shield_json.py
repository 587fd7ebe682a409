"""A request to shield a client as a small JSON document, there and back; every other member is refused by name.

{"shield": 1, "id": uuid, "agency": uri, "incarnation": text, "n": count, "person": reference, "askedAt": UTC instant in whole seconds}
"""

import json

from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Issue
from mappings.canonical.shield_request import ShieldRequest
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import SHIELD as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Number, Object, Text

_WHOLE_SECONDS = len("2026-03-02T12:00:00Z")
_SHIELD = Object(
    {
        "shield": Number("1, the only version there is", 1, 1),
        "id": is_a.UUID,
        "agency": is_a.AGENCY,
        "incarnation": is_a.INCARNATION,
        "n": Number("a count from 1", 1, 2**53 - 1),
        "person": is_a.PERSON_REF,
        "askedAt": Text("a UTC instant in whole seconds, YYYY-MM-DDThh:mm:ssZ", _WHOLE_SECONDS, test=is_a.is_instant),
    }
)


def write_shield(request: ShieldRequest) -> bytes:
    """The request as UTF-8 JSON; the same request always gives the same bytes. Raises `ProfileRefusal`."""
    document = {
        "shield": 1,
        "id": str(request.id),
        "agency": str(request.agency),
        "incarnation": request.sequence.incarnation,
        "n": request.sequence.n,
        "person": str(request.person_ref),
        "askedAt": is_a.write_instant(request.asked_at),
    }
    _check(document)
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_shield(data: bytes) -> ShieldRequest:
    """The request in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, LIMITS, "Shield")
    _check(document)
    return ShieldRequest(
        id=MessageId(document["id"]),
        sequence=Sequence(document["incarnation"], document["n"]),
        agency=AgencyId(document["agency"]),
        person_ref=PersonRef(document["person"]),
        asked_at=is_a.read_instant(document["askedAt"]),
    )


def _check(document: dict[str, object]) -> None:
    issues: list[Issue] = []
    _SHIELD.check(document, "Shield", issues)
    if issues:
        raise ProfileRefusal(issues)
