"""The fast readers accept exactly what `fhir.resources` and our profile accept together."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.canonical.notice import Notice
from mappings.fhir import alert_bundle, notice_bundle, receipt_bundle, reference_reader
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.examples import STARTED, TEAM_ENDED
from tests.mappings.fhir.mutations import spoiled
from tests.mappings.fhir.strategies import UNTIMED, alerts, notices, receipts

Json = dict[str, Any]

plain_notices = st.sampled_from((STARTED, TEAM_ENDED)) | notices()


def verdict(reader: Any, data: bytes) -> Notice | None:
    """What a reader makes of the bytes; None where it refuses them."""
    try:
        read: Notice = reader(data)
    except ProfileRefusal:
        return None
    return read


@settings(UNTIMED, max_examples=400)
@given(spoiled(plain_notices.map(notice_bundle.to_json)))
def test_both_readers_accept_and_refuse_the_same_notices(document: Json) -> None:
    data = json.dumps(document).encode()
    assert verdict(notice_bundle.read, data) == verdict(reference_reader.read_notice, data)


@settings(UNTIMED, max_examples=300)
@given(spoiled(alerts().map(alert_bundle.to_json)))
def test_no_alert_is_accepted_that_is_not_fhir(document: Json) -> None:
    if verdict(alert_bundle.read, json.dumps(document).encode()) is not None:
        reference_reader.as_r4b(document)


@settings(UNTIMED, max_examples=300)
@given(spoiled(receipts.map(receipt_bundle.to_json)))
def test_no_receipt_is_accepted_that_is_not_fhir(document: Json) -> None:
    if verdict(receipt_bundle.read, json.dumps(document).encode()) is not None:
        reference_reader.as_r4b(document)


def test_the_reference_reader_refuses_what_makes_fhir_resources_fall_over() -> None:
    resources: list[Any] = [
        {"resourceType": "Nonsense"},
        {"resourceType": ["Patient"]},
        [],
        {"resourceType": "Patient", "name": {}},
    ]
    for resource in resources:
        document = copy.deepcopy(notice_bundle.to_json(STARTED))
        document["entry"][4]["resource"] = resource
        with pytest.raises(ProfileRefusal) as refusal:
            reference_reader.read_notice(json.dumps(document).encode())
        assert refusal.value.issues[0].code == "not-fhir"
