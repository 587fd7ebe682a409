"""A request to the introducer goes to JSON and comes back the same; what is outside it is refused by name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.notice import Sequence
from mappings.fhir.refusal import ProfileRefusal
from mappings.introduction_json import read_request, write_request
from tests.mappings.fhir.mutations import spoiled
from tests.mappings.fhir.strategies import UNTIMED, agency_ids, involvement_refs, sequences, uuids

REQUEST = IntroductionRequest(
    MessageId("5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b01"),
    Sequence("20260302T120000Z-0000000a", 7),
    AgencyId("https://seaton.example/agency/school"),
    MessageId("7b9e4f10-3c2d-4b6a-8e5f-9a0b1c2d3e4f"),
    InvolvementRef(f"{1:064x}"),
)
WIRE = (
    b'{"introduction_request":1,"id":"5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b01","agency":"https://seaton.example/agency/school",'
    b'"incarnation":"20260302T120000Z-0000000a","n":7,"connection":"7b9e4f10-3c2d-4b6a-8e5f-9a0b1c2d3e4f",'
    b'"involvement":"0000000000000000000000000000000000000000000000000000000000000001"}'
)
requests = st.builds(IntroductionRequest, uuids, sequences, agency_ids, uuids, involvement_refs)


def test_the_wire_is_what_was_agreed() -> None:
    assert write_request(REQUEST) == WIRE


@UNTIMED
@given(requests)
def test_every_request_comes_back_as_it_was(request: IntroductionRequest) -> None:
    assert read_request(write_request(request)) == request


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"introduction_request": 2}, "IntroductionRequest.introduction_request"),
        ({"id": "5F0C"}, "IntroductionRequest.id"),
        ({"agency": "school"}, "IntroductionRequest.agency"),
        ({"n": 0}, "IntroductionRequest.n"),
        ({"connection": "K7P-4QX"}, "IntroductionRequest.connection"),
        ({"involvement": "I1"}, "IntroductionRequest.involvement"),
        ({"note": "ring me"}, "IntroductionRequest.note"),
    ],
)
def test_what_is_outside_it_is_refused_by_name(change: dict[str, Any], element: str) -> None:
    with pytest.raises(ProfileRefusal) as refused:
        read_request(json.dumps(json.loads(WIRE) | change).encode())
    assert [issue.element for issue in refused.value.issues] == [element]


@UNTIMED
@given(spoiled(st.just(json.loads(WIRE))))
def test_a_spoilt_request_is_refused_or_another_request_and_never_a_fault(document: dict[str, Any]) -> None:
    try:
        request = read_request(json.dumps(document).encode())
    except ProfileRefusal:
        return
    assert read_request(write_request(request)) == request
