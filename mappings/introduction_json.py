"""A request to the introducer as a small JSON document, there and back; every other member is refused by name.

{"introduction_request": 1, "id": uuid, "agency": uri, "incarnation": text, "n": count, "connection": uuid, "involvement": reference}
"""

import json

from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Issue
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import INTRODUCTION as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Number, Object

_REQUEST = Object(
    {
        "introduction_request": Number("1, the only version there is", 1, 1),
        "id": is_a.UUID,
        "agency": is_a.AGENCY,
        "incarnation": is_a.INCARNATION,
        "n": Number("a count from 1", 1, 2**53 - 1),
        "connection": is_a.UUID,
        "involvement": is_a.INVOLVEMENT_REF,
    }
)


def write_request(request: IntroductionRequest) -> bytes:
    """The request as UTF-8 JSON; the same request always gives the same bytes. Raises `ProfileRefusal`."""
    document = {
        "introduction_request": 1,
        "id": str(request.id),
        "agency": str(request.agency),
        "incarnation": request.sequence.incarnation,
        "n": request.sequence.n,
        "connection": str(request.connection),
        "involvement": str(request.involvement),
    }
    _check(document)
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_request(data: bytes) -> IntroductionRequest:
    """The request in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, LIMITS, "IntroductionRequest")
    _check(document)
    return IntroductionRequest(
        id=MessageId(document["id"]),
        sequence=Sequence(document["incarnation"], document["n"]),
        agency=AgencyId(document["agency"]),
        connection=MessageId(document["connection"]),
        involvement=InvolvementRef(document["involvement"]),
    )


def _check(document: dict[str, object]) -> None:
    issues: list[Issue] = []
    _REQUEST.check(document, "IntroductionRequest", issues)
    if issues:
        raise ProfileRefusal(issues)
