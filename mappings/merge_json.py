"""A merge of two records of one agency as a small JSON document, there and back; every other member is refused by name.

{"merge": 1, "id": uuid, "agency": uri, "event": "records-merged" or "records-parted", "incarnation": text, "n": count,
 "superseded": reference, "surviving": reference}
"""

import json

from mappings.canonical.codes import MergeEvent
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Issue
from mappings.canonical.record_merge import RecordMerge
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import MERGE as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Number, Object, Text

_EVENTS = frozenset(event.value for event in MergeEvent)
_MERGE = Object(
    {
        "merge": Number("1, the only version there is", 1, 1),
        "id": is_a.UUID,
        "agency": is_a.AGENCY,
        "event": Text(" or ".join(sorted(_EVENTS)), 20, codes=_EVENTS),
        "incarnation": is_a.INCARNATION,
        "n": Number("a count from 1", 1, 2**53 - 1),
        "superseded": is_a.PERSON_REF,
        "surviving": is_a.PERSON_REF,
    }
)


def write_merge(merge: RecordMerge) -> bytes:
    """The merge as UTF-8 JSON; the same merge always gives the same bytes. Raises `ProfileRefusal`."""
    document = {
        "merge": 1,
        "id": str(merge.id),
        "agency": str(merge.agency),
        "event": merge.event.value,
        "incarnation": merge.sequence.incarnation,
        "n": merge.sequence.n,
        "superseded": str(merge.superseded),
        "surviving": str(merge.surviving),
    }
    _check(document)
    return json.dumps(document, separators=(",", ":")).encode("ascii")


def read_merge(data: bytes) -> RecordMerge:
    """The merge in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, LIMITS, "Merge")
    _check(document)
    return RecordMerge(
        id=MessageId(document["id"]),
        event=MergeEvent(document["event"]),
        sequence=Sequence(document["incarnation"], document["n"]),
        agency=AgencyId(document["agency"]),
        superseded=PersonRef(document["superseded"]),
        surviving=PersonRef(document["surviving"]),
    )


def _check(document: dict[str, object]) -> None:
    issues: list[Issue] = []
    _MERGE.check(document, "Merge", issues)
    if issues:
        raise ProfileRefusal(issues)
    if document["superseded"] == document["surviving"]:
        text = "names the record itself; a record cannot be merged into itself"
        raise ProfileRefusal.of("invariant", "conflict", "Merge.surviving", text)
