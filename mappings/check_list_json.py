"""A check list as a small JSON document, there and back; every other member is refused by name.

{"checkList": 1, "agency": uri, "asOf": day, "items": [[reference, field, ...], ...], "stillInvolved": [reference, ...]}

"stillInvolved" stands only where there is any.
"""

import json
from datetime import date
from typing import Any

from mappings.canonical.check_list import MAX_FIELDS, MAX_ITEMS, CheckField, CheckItem, CheckList
from mappings.canonical.identifiers import AgencyId, InvolvementRef, PersonRef
from mappings.canonical.receipt import Issue
from mappings.fhir import primitives as is_a
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import STATEMENT as LIMITS
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Many, Number, Object

_CODES = frozenset(CheckField)


class _Items:
    """An array of arrays: a reference, then the codes of fields. May be empty."""

    def check(self, value: Any, path: str, issues: list[Issue]) -> None:
        if type(value) is not list or len(value) > MAX_ITEMS:
            issues.append(Issue("structure", "wrong-count", path, f"must be an array of at most {MAX_ITEMS} records"))
            return
        for index, item in enumerate(value):
            here = f"{path}[{index}]"
            if type(item) is not list or not 2 <= len(item) <= 1 + MAX_FIELDS:
                text = f"must be a reference and 1 to {MAX_FIELDS} fields"
                issues.append(Issue("structure", "wrong-type", here, text))
                continue
            is_a.PERSON_REF.check(item[0], f"{here}[0]", issues)
            if not all(type(code) is str and code in _CODES for code in item[1:]):
                issues.append(Issue("code-invalid", "not-in-list", here, f"fields are {', '.join(sorted(_CODES))}"))


_LIST = Object(
    {
        "checkList": Number("1, the only version there is", 1, 1),
        "agency": is_a.AGENCY,
        "asOf": is_a.DATE,
        "items": _Items(),
    },
    {"stillInvolved": Many(is_a.INVOLVEMENT_REF, 1, MAX_ITEMS)},
)


def write_check_list(listed: CheckList) -> bytes:
    """The list as UTF-8 JSON."""
    document: dict[str, Any] = {
        "checkList": 1,
        "agency": listed.agency.value,
        "asOf": listed.as_of.isoformat(),
        "items": [[item.person_ref.value, *item.fields] for item in listed.items],
    }
    if listed.still_involved:
        document["stillInvolved"] = [ref.value for ref in listed.still_involved]
    return json.dumps(document, separators=(",", ":")).encode()


def read_check_list(data: bytes) -> CheckList:
    """The list in `data`. Raises `ProfileRefusal`, and nothing else, whatever the bytes are."""
    document = decode(data, LIMITS, "CheckList")
    issues: list[Issue] = []
    _LIST.check(document, "CheckList", issues)
    if issues:
        raise ProfileRefusal(tuple(issues))
    try:
        items = tuple(CheckItem(PersonRef(ref), tuple(map(CheckField, fields))) for ref, *fields in document["items"])
        asked = tuple(map(InvolvementRef, document.get("stillInvolved", ())))
        return CheckList(AgencyId(document["agency"]), date.fromisoformat(document["asOf"]), items, asked)
    except ValueError as problem:
        raise ProfileRefusal((Issue("structure", "repeated", "CheckList.items", str(problem)),)) from None
