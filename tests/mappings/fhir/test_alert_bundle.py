"""An alert goes to FHIR and comes back the same, and can say no more than its event and level allow."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given

from mappings.canonical.alert import Alert, OtherParty
from mappings.canonical.codes import AlertEvent, AlertLevel, ServiceLine
from mappings.canonical.notice import Worker
from mappings.fhir import alert_bundle, notification, reference_reader
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.examples import ASK, DIGEST_ONLY, ID_ONLY, INTRODUCED, MADE, RETRACTED, SCHOOL, WORKER
from tests.mappings.fhir.strategies import UNTIMED, alerts


def types(alert: Alert) -> list[str]:
    """The resources of its Bundle, in order."""
    return [entry["resource"]["resourceType"] for entry in alert_bundle.to_json(alert)["entry"]]


@UNTIMED
@given(alerts())
def test_every_alert_comes_back_as_it_was(alert: Alert) -> None:
    data = alert_bundle.write(alert)
    assert alert_bundle.read(data) == alert
    assert alert_bundle.write(alert) == data


@UNTIMED
@given(alerts())
def test_both_forms_of_every_alert_are_fhir(alert: Alert) -> None:
    reference_reader.as_r4b(alert_bundle.to_json(alert))
    reference_reader.as_r4b(notification.to_json(alert))


def test_a_full_alert_says_who_and_how_to_reach_them() -> None:
    assert types(MADE) == ["MessageHeader", "Communication", "CareTeam", "Practitioner", "Organization"]


def test_an_id_only_alert_names_the_agency_and_nobody_in_it() -> None:
    assert types(ID_ONLY) == ["MessageHeader", "Communication", "CareTeam", "Organization"]
    assert "Taylor" not in alert_bundle.write(ID_ONLY).decode()


def test_where_nobody_is_named_an_alert_says_whom_to_ask() -> None:
    assert types(ASK) == ["MessageHeader", "Communication"]
    assert b"01632 960900" in alert_bundle.write(ASK)
    assert alert_bundle.read(alert_bundle.write(INTRODUCED)).introduced
    assert alert_bundle.read(alert_bundle.write(DIGEST_ONLY)).digest_only


def test_a_retraction_says_that_the_alert_before_was_wrong_and_names_nobody() -> None:
    assert types(RETRACTED) == ["MessageHeader", "Communication"]
    assert alert_bundle.to_json(RETRACTED)["entry"][1]["resource"]["status"] == "entered-in-error"


@pytest.mark.parametrize(
    "too_much",
    [
        replace(MADE, event=AlertEvent.RETRACTED),
        replace(MADE, event=AlertEvent.ENDED),
        replace(MADE, level=AlertLevel.EMPTY),
        replace(MADE, level=AlertLevel.ID_ONLY),
        replace(ASK, event=AlertEvent.ENDED),
        replace(ASK, level=AlertLevel.FULL),
        replace(MADE, introducer=ASK.introducer),
        replace(ASK, introduced=True),
        replace(INTRODUCED, event=AlertEvent.RETRACTED, other=None),
        replace(RETRACTED, digest_only=True),
        replace(RETRACTED, event=AlertEvent.ENDED, digest_only=True),
        replace(ID_ONLY, other=OtherParty(SCHOOL, "Seaton School", ServiceLine.SCHOOL, Worker(team="Year 6"))),
    ],
    ids=[
        "retraction",
        "ending",
        "empty",
        "id-only with a worker",
        "an introducer in an ending",
        "an introducer at full",
        "an introducer beside somebody named",
        "introduced to nobody",
        "introduced in a retraction",
        "retraction in a digest",
        "ending in a digest",
        "id-only with a team",
    ],
)
def test_an_alert_that_says_too_much_is_neither_written_nor_read(too_much: Alert) -> None:
    with pytest.raises(ProfileRefusal) as refusal:
        alert_bundle.write(too_much)
    assert {issue.code for issue in refusal.value.issues} == {"conflict"}
    with pytest.raises(ProfileRefusal):
        alert_bundle.read(json.dumps(alert_bundle.to_json(too_much)).encode())


@pytest.mark.parametrize("leave_out", ["CareTeam", "Organization"])
def test_half_of_the_other_party_is_refused(leave_out: str) -> None:
    document = alert_bundle.to_json(ID_ONLY)
    document["entry"] = [each for each in document["entry"] if each["resource"]["resourceType"] != leave_out]
    with pytest.raises(ProfileRefusal) as refusal:
        alert_bundle.read(json.dumps(document).encode())
    assert refusal.value.issues[0].code == "missing-resource"


@pytest.mark.parametrize("write", [alert_bundle.write, notification.write])
def test_an_instant_without_a_time_zone_is_not_sent(write: Callable[[Alert], bytes]) -> None:
    with pytest.raises(ProfileRefusal, match="time zone"):
        write(replace(MADE, made_at=datetime(2026, 11, 23, 15, 0)))


def test_a_notification_holds_only_ids() -> None:
    text = notification.write(MADE).decode()
    assert str(MADE.recipient_person) in text
    assert MADE.id.value in text
    for said in (WORKER.name, WORKER.contact.phone, "housing", "Seaton Housing", str(MADE.spoken_reference)):
        assert said not in text.replace(str(MADE.home_gateway), "")


def test_a_notification_has_the_shape_of_the_backport_guide() -> None:
    bundle = json.loads(notification.write(MADE))
    entry = bundle["entry"][0]
    assert (bundle["type"], entry["request"]["method"], entry["response"]["status"]) == ("history", "GET", "200")
    names = [each["name"] for each in entry["resource"]["parameter"]]
    assert names[:5] == ["subscription", "topic", "status", "type", "events-since-subscription-start"]
