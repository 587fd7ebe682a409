"""A probe's request goes to JSON and comes back the same; what is outside it is refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.identifiers import AgencyId
from mappings.canonical.probe import ProbeRequest
from mappings.fhir.refusal import ProfileRefusal
from mappings.probe_json import read_request, write_request
from tests.mappings.fhir.strategies import UNTIMED, agency_ids


@UNTIMED
@given(agency_ids)
def test_every_request_comes_back_as_it_was(agency: AgencyId) -> None:
    assert read_request(write_request(ProbeRequest(agency))) == ProbeRequest(agency)


@UNTIMED
@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_but_a_refusal(data: bytes) -> None:
    with pytest.raises(ProfileRefusal):
        read_request(data)


@pytest.mark.parametrize(
    ("document", "element"),
    [
        ('{"testRequest":1,"agency":"urn:seaton:school","person":"a"}', "TestRequest"),
        ('{"testRequest":1}', "TestRequest.agency"),
        ('{"testRequest":2,"agency":"urn:seaton:school"}', "TestRequest.testRequest"),
        ('{"testRequest":1,"agency":"the school"}', "TestRequest.agency"),
        ('{"testRequest":1,"agency":"urn:%s"}' % ("x" * 2000), "TestRequest"),
    ],
    ids=["a further member", "one too few", "another version", "no agency", "too large"],
)
def test_what_is_no_request_is_refused_by_name(document: str, element: str) -> None:
    with pytest.raises(ProfileRefusal) as refused:
        read_request(document.encode())
    assert [issue.element for issue in refused.value.issues] == [element]
