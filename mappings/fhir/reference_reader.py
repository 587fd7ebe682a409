"""The slow second opinion: `fhir.resources` and our profile together, about a millisecond a Bundle.

The readers on the hot path do not import `fhir.resources`. A property test shows that they accept exactly what this
module accepts, and read the same notice from it. Use it where a document comes from somebody new and time does not
matter.
"""

import json
from typing import Any

from mappings.canonical.notice import Notice
from mappings.fhir.allow_list import NOTICE
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import MESSAGE
from mappings.fhir.message import check
from mappings.fhir.notice_bundle import NEEDED, from_message
from mappings.fhir.refusal import ProfileRefusal

Json = dict[str, Any]


def read_notice(data: bytes) -> Notice:
    """The notice in `data` as `fhir.resources` understands it: parsed, written out again, and only then compared with
    our profile.

    Raises `ProfileRefusal`, and nothing else.
    """
    document = decode(data, MESSAGE, "Bundle")
    understood = as_r4b(document)
    from_message(check(document, NOTICE, NEEDED))
    return from_message(check(understood, NOTICE, NEEDED))


def as_r4b(bundle: Json) -> Json:
    """The Bundle as `fhir.resources.R4B` writes it after parsing. Raises `ProfileRefusal` where it does not parse."""
    # About 190 ms a resource module: paid only by those who ask for this reader.
    from fhir.resources.R4B.bundle import Bundle

    try:
        understood = json.loads(Bundle.model_validate_json(json.dumps(bundle)).model_dump_json())
    except Exception:
        # Its own ValidationError, but on hostile input KeyError, TypeError, ImportError and RecursionError as well.
        raise ProfileRefusal.of(
            "structure", "not-fhir", "Bundle", "is not FHIR R4; check it with a FHIR validator"
        ) from None
    if not isinstance(understood, dict):
        raise ProfileRefusal.of("structure", "not-fhir", "Bundle", "is not FHIR R4; check it with a FHIR validator")
    return understood
