"""A request to shield goes to JSON and comes back the same, byte for byte as agreed; what is outside it is refused by name."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.canonical.notice import Sequence
from mappings.canonical.shield_request import ShieldRequest
from mappings.fhir.refusal import ProfileRefusal
from mappings.shield_json import read_shield, write_shield
from tests.mappings.fhir.mutations import spoiled
from tests.mappings.fhir.strategies import UNTIMED, agency_ids, hex64, sequences, uuids

GOLDEN = Path(__file__).parent / "golden" / "shield.json"
SHIELD = ShieldRequest(
    MessageId("5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b02"),
    Sequence("20260302T120000Z-0000000a", 1_772_452_800_000_002),
    AgencyId("https://seaton.example/agency/hospital"),
    PersonRef(f"{1:064x}"),
    datetime(2026, 3, 2, 12, 0, tzinfo=UTC),
)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
shields = st.builds(ShieldRequest, uuids, sequences, agency_ids, hex64.map(PersonRef), instants)


def test_the_wire_is_what_was_agreed() -> None:
    compact = json.dumps(json.loads(GOLDEN.read_text()), separators=(",", ":")).encode()
    assert write_shield(SHIELD) == compact
    assert read_shield(GOLDEN.read_bytes()) == SHIELD


@UNTIMED
@given(shields)
def test_every_request_comes_back_as_it_was(request: ShieldRequest) -> None:
    assert read_shield(write_shield(request)) == request


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"shield": 2}, "Shield.shield"),
        ({"id": "5F0C"}, "Shield.id"),
        ({"agency": "hospital"}, "Shield.agency"),
        ({"incarnation": "i" * 41}, "Shield.incarnation"),
        ({"n": 0}, "Shield.n"),
        ({"person": "P-17"}, "Shield.person"),
        ({"askedAt": "2026-03-02T12:00:00.5Z"}, "Shield.askedAt"),
        ({"askedAt": "2026-03-02T12:00:00"}, "Shield.askedAt"),
        ({"askedAt": "2026-02-30T12:00:00Z"}, "Shield.askedAt"),
        ({"reason": "Testcase"}, "Shield.reason"),
        ({"Testcase": 1}, "Shield"),
    ],
)
def test_a_wrong_request_is_refused_by_the_name_of_the_member(change: dict[str, Any], element: str) -> None:
    document = json.loads(write_shield(SHIELD))
    with pytest.raises(ProfileRefusal) as refusal:
        read_shield(json.dumps(document | change).encode())
    assert [issue.element for issue in refusal.value.issues] == [element]
    assert "Testcase" not in str(refusal.value)


@UNTIMED
@given(spoiled(st.just(json.loads(write_shield(SHIELD)))))
def test_a_spoilt_request_is_refused_or_another_one_and_never_a_fault(document: dict[str, Any]) -> None:
    try:
        request = read_shield(json.dumps(document).encode())
    except ProfileRefusal:
        return
    assert read_shield(write_shield(request)) == request


@pytest.mark.parametrize("at", [datetime(2026, 3, 2, 12), datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)])
def test_it_is_asked_for_at_an_aware_instant_in_whole_seconds(at: datetime) -> None:
    with pytest.raises(ValueError, match="whole seconds"):
        ShieldRequest(SHIELD.id, SHIELD.sequence, SHIELD.agency, SHIELD.person_ref, at)
