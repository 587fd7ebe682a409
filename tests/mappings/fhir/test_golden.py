"""The wire, byte for byte, as files: a change of any of them is a change of the wire and needs a new profile version or a good reason."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import statement_json
from mappings.canonical.identifiers import MessageId
from mappings.fhir import alert_bundle, notice_bundle, notification, receipt_bundle, reference_reader
from mappings.fhir.message import full_url
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.standalone_alert import as_transaction, for_agency
from tests.mappings.fhir.examples import ACCEPTED, DIGEST_ONLY, ID_ONLY, MADE, REFUSED, RETRACTED, STARTED, TEAM_ENDED
from tests.mappings.fhir.strategies import UNTIMED, uuids

GOLDEN = Path(__file__).parent / "golden"
Json = dict[str, Any]

READ_BACK: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], object], object]] = {
    "notice-started": (notice_bundle.write, notice_bundle.read, STARTED),
    "notice-ended-team": (notice_bundle.write, notice_bundle.read, TEAM_ENDED),
    "alert-made": (alert_bundle.write, alert_bundle.read, MADE),
    "alert-digest-only": (alert_bundle.write, alert_bundle.read, DIGEST_ONLY),
    "alert-id-only": (alert_bundle.write, alert_bundle.read, ID_ONLY),
    "alert-retracted": (alert_bundle.write, alert_bundle.read, RETRACTED),
    "receipt-accepted": (receipt_bundle.write, receipt_bundle.read, ACCEPTED),
    "receipt-refused": (receipt_bundle.write, receipt_bundle.read, REFUSED),
}
WRITTEN: dict[str, Json] = {
    "notification-id-only": json.loads(notification.write(MADE)),
    "standalone-alert": as_transaction(
        for_agency(MADE, "P-17", "Seaton Housing is involved.", system="https://school.example/pupil")
    ),
}


def golden(name: str) -> Json:
    """The document kept in a file."""
    document: Json = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return document


@pytest.mark.parametrize("name", READ_BACK)
def test_what_is_written_is_what_was_agreed(name: str) -> None:
    write, _, example = READ_BACK[name]
    compact = json.dumps(golden(name), ensure_ascii=False, separators=(",", ":")).encode()
    assert write(example) == compact


@pytest.mark.parametrize("name", READ_BACK)
def test_what_was_agreed_is_still_read(name: str) -> None:
    _, read, example = READ_BACK[name]
    assert read((GOLDEN / f"{name}.json").read_bytes()) == example


@pytest.mark.parametrize("name", WRITTEN)
def test_what_only_leaves_is_what_was_agreed(name: str) -> None:
    assert WRITTEN[name] == golden(name)


def test_every_golden_file_is_fhir_and_is_used() -> None:
    names = {path.stem for path in GOLDEN.glob("*.json")}
    assert names == READ_BACK.keys() | WRITTEN.keys()
    for name in names:
        reference_reader.as_r4b(golden(name))


def test_statements_have_their_own_small_form() -> None:
    with pytest.raises(ProfileRefusal):
        statement_json.read_statement((GOLDEN / "notice-started.json").read_bytes())


@UNTIMED
@given(uuids, st.sampled_from(("MessageHeader", "CareTeam", "Practitioner", "Organization", "Patient", "é")))
def test_the_url_of_a_resource_is_the_uuid_that_its_name_has_within_the_message(id: MessageId, resource: str) -> None:
    assert full_url(id, resource) == uuid.uuid5(uuid.UUID(id.value), resource).urn
