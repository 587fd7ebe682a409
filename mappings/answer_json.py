"""A practitioner's answer as a small JSON document, there and back; every other member is refused by name.

{"answer": 1, "id": uuid, "agency": uri, "incarnation": text, "n": count, "connection": uuid, "involvement": reference, "alert": uuid,
"version": count, "said": code, "day": YYYY-MM-DD}
"""

import json
from datetime import date

from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.receipt import Issue
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import ANSWER as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Number, Object

_ANSWER = Object(
    {
        "answer": Number("1, the only version there is", 1, 1),
        "id": is_a.UUID,
        "agency": is_a.AGENCY,
        "incarnation": is_a.INCARNATION,
        "n": Number("a count from 1", 1, 2**53 - 1),
        "connection": is_a.UUID,
        "involvement": is_a.INVOLVEMENT_REF,
        "alert": is_a.UUID,
        "version": Number("a count from 1", 1, 2**53 - 1),
        "said": is_a.code(AnswerCode),
        "day": is_a.DATE,
    }
)


def write_answer(answer: PractitionerAnswer) -> bytes:
    """The answer as UTF-8 JSON; the same answer always gives the same bytes. Raises `ProfileRefusal`."""
    document = {
        "answer": 1,
        "id": str(answer.id),
        "agency": str(answer.agency),
        "incarnation": answer.sequence.incarnation,
        "n": answer.sequence.n,
        "connection": str(answer.connection),
        "involvement": str(answer.involvement_ref),
        "alert": str(answer.alert),
        "version": answer.version,
        "said": answer.answer.value,
        "day": answer.day.isoformat(),
    }
    _check(document)
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_answer(data: bytes) -> PractitionerAnswer:
    """The answer in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, LIMITS, "Answer")
    _check(document)
    return PractitionerAnswer(
        id=MessageId(document["id"]),
        sequence=Sequence(document["incarnation"], document["n"]),
        agency=AgencyId(document["agency"]),
        connection=MessageId(document["connection"]),
        involvement_ref=InvolvementRef(document["involvement"]),
        alert=MessageId(document["alert"]),
        version=document["version"],
        answer=AnswerCode(document["said"]),
        day=date.fromisoformat(document["day"]),
    )


def _check(document: dict[str, object]) -> None:
    issues: list[Issue] = []
    _ANSWER.check(document, "Answer", issues)
    if issues:
        raise ProfileRefusal(issues)
