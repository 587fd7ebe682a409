"""A probe's request as a small JSON document, there and back; every other member is refused by name.

{"testRequest": 1, "agency": uri}
"""

import json

from mappings.canonical.identifiers import AgencyId
from mappings.canonical.probe import ProbeRequest
from mappings.canonical.receipt import Issue
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import PROBE as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Number, Object

_REQUEST = Object({"testRequest": Number("1, the only version there is", 1, 1), "agency": is_a.AGENCY})


def write_request(request: ProbeRequest) -> bytes:
    """The request as UTF-8 JSON."""
    return json.dumps({"testRequest": 1, "agency": str(request.agency)}, separators=(",", ":")).encode("ascii")


def read_request(data: bytes) -> ProbeRequest:
    """The request in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, LIMITS, "TestRequest")
    issues: list[Issue] = []
    _REQUEST.check(document, "TestRequest", issues)
    if issues:
        raise ProfileRefusal(issues)
    return ProbeRequest(AgencyId(document["agency"]))
