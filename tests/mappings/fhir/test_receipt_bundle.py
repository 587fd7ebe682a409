"""A receipt goes to FHIR and comes back the same; it can always be written, whatever the reason of the refusal was."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir import operation_outcome, receipt_bundle, reference_reader
from mappings.fhir.refusal import MAX_ISSUES, ProfileRefusal
from tests.mappings.fhir.examples import ACCEPTED, REFUSED
from tests.mappings.fhir.strategies import UNTIMED, receipts


@UNTIMED
@given(receipts)
def test_every_receipt_comes_back_as_it_was(receipt: Receipt) -> None:
    data = receipt_bundle.write(receipt)
    assert receipt_bundle.read(data) == receipt
    assert receipt_bundle.write(receipt) == data
    reference_reader.as_r4b(json.loads(data))


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (ReceiptOutcome.ACCEPTED, "ok"),
        (ReceiptOutcome.STALE, "transient-error"),
        (ReceiptOutcome.REFUSED, "fatal-error"),
    ],
)
def test_each_outcome_has_its_fhir_response_code(outcome: ReceiptOutcome, code: str) -> None:
    document = receipt_bundle.to_json(replace(ACCEPTED, outcome=outcome))
    assert document["entry"][0]["resource"]["response"]["code"] == code


anything = st.text(st.characters(exclude_categories=())) | st.text(min_size=600)


@UNTIMED
@given(anything, anything)
def test_a_long_or_broken_reason_does_not_stop_the_receipt(text: str, element: str) -> None:
    reason = Issue("structure", "not-json", element, text)
    read = receipt_bundle.read(receipt_bundle.write(replace(REFUSED, issues=(reason,))))
    assert [(issue.type, issue.code) for issue in read.issues] == [("structure", "not-json")]
    assert 1 <= len(read.issues[0].text) <= 500


def test_a_hundred_reasons_are_told_as_twenty() -> None:
    read = receipt_bundle.read(receipt_bundle.write(replace(REFUSED, issues=REFUSED.issues * 100)))
    assert read.issues == REFUSED.issues * MAX_ISSUES


def test_a_receipt_that_names_no_message_is_not_written() -> None:
    with pytest.raises(ProfileRefusal):
        receipt_bundle.write(Receipt(None, "", ReceiptOutcome.REFUSED))


def test_a_receipt_whose_digest_is_another_is_refused() -> None:
    document = receipt_bundle.to_json(REFUSED)
    document["entry"][0]["resource"]["response"]["identifier"] = "0" * 64
    with pytest.raises(ProfileRefusal) as refusal:
        receipt_bundle.read(json.dumps(document).encode())
    assert [issue.element for issue in refusal.value.issues] == ["Bundle.entry[0].resource.response.identifier"]


def test_an_outcome_that_nothing_refers_to_is_refused() -> None:
    document = receipt_bundle.to_json(REFUSED)
    del document["entry"][0]["resource"]["response"]["details"]
    with pytest.raises(ProfileRefusal) as refusal:
        receipt_bundle.read(json.dumps(document).encode())
    assert [issue.element for issue in refusal.value.issues] == ["Bundle.entry[0].resource.response.details"]


def test_an_outcome_needs_an_issue() -> None:
    with pytest.raises(ValueError, match="at least one issue"):
        operation_outcome.write(())


def test_an_outcome_is_fhir() -> None:
    from fhir.resources.R4B.operationoutcome import OperationOutcome

    OperationOutcome.model_validate(operation_outcome.write(REFUSED.issues))
