"""A check list goes to JSON and comes back the same; what is outside it is refused by name."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mappings.canonical.check_list import MAX_ITEMS, CheckField, CheckItem, CheckList
from mappings.canonical.identifiers import AgencyId, InvolvementRef, PersonRef
from mappings.check_list_json import read_check_list, write_check_list
from mappings.fhir.refusal import ProfileRefusal

AGENCY = AgencyId("urn:patchwork:seaton:housing")
LISTED = CheckList(
    AGENCY,
    date(2026, 3, 2),
    (
        CheckItem(PersonRef("a" * 64), (CheckField.BIRTH_DATE, CheckField.POSTCODE)),
        CheckItem(PersonRef("b" * 64), (CheckField.GENDER,)),
    ),
)


def test_a_list_comes_back_as_it_was() -> None:
    assert read_check_list(write_check_list(LISTED)) == LISTED
    assert read_check_list(write_check_list(CheckList(AGENCY, date(2026, 3, 2)))).items == ()


def test_what_is_asked_about_comes_back_and_leaves_no_trace_where_nothing_is() -> None:
    asked = replace(LISTED, still_involved=tuple(InvolvementRef(f"{n:064x}") for n in range(MAX_ITEMS)))
    assert read_check_list(write_check_list(asked)) == asked
    assert b"stillInvolved" not in write_check_list(LISTED)
    with pytest.raises(ValueError, match="at most 500 different involvements"):
        replace(asked, still_involved=(*asked.still_involved, InvolvementRef("f" * 64)))


def test_the_longest_list_fits() -> None:
    items = tuple(CheckItem(PersonRef(f"{n:064x}"), tuple(CheckField)[:3]) for n in range(MAX_ITEMS))
    assert read_check_list(write_check_list(CheckList(AGENCY, date(2026, 3, 2), items))).items == items
    with pytest.raises(ValueError, match="at most 500 different records"):
        CheckList(AGENCY, date(2026, 3, 2), (*items, CheckItem(PersonRef("f" * 64), (CheckField.GENDER,))))


@pytest.mark.parametrize(
    "changes",
    [
        {"checkList": 2},
        {"agency": "housing"},
        {"asOf": "today"},
        {"reason": "a case"},
        {"items": {}},
        {"items": [["a" * 64]]},
        {"items": [["client 1", "gender"]]},
        {"items": [["a" * 64, "shoe-size"]]},
        {"items": [["a" * 64, "gender", "gender"]]},
        {"items": [["a" * 64, "gender", "number", "address", "postcode"]]},
        {"items": [["a" * 64, "gender"], ["a" * 64, "number"]]},
        {"items": [["a" * 64, 7]]},
        {"stillInvolved": {}},
        {"stillInvolved": []},
        {"stillInvolved": ["involvement 1"]},
        {"stillInvolved": [7]},
        {"stillInvolved": ["a" * 64, "a" * 64]},
        {"stillInvolved": [f"{n:064x}" for n in range(MAX_ITEMS + 1)]},
    ],
)
def test_anything_else_is_refused(changes: dict[str, Any]) -> None:
    document = json.loads(write_check_list(LISTED)) | changes
    with pytest.raises(ProfileRefusal):
        read_check_list(json.dumps(document).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"[" * 100_000, b"\xff", b'{"checkList": NaN}'])
def test_no_bytes_do_anything_else(data: bytes) -> None:
    with pytest.raises(ProfileRefusal):
        read_check_list(data)
