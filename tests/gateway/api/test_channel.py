"""The channel over HTTPS as a connector meets it: signed, bounded, its own inbox and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.channel.port import MAX_PARCEL_BYTES
from connectors.channel.request_signature import sign_request
from gateway.model.connector import Connector
from gateway.trust.lifecycle import RESUME_CONNECTOR, SUSPEND_CONNECTOR
from identity.agency.keys import PrivateKeys, generate
from identity.agency.trust import Status
from tests.builders import HOUSING, SCHOOL
from tests.gateway.api.conftest import Door

NOTICES, LEASE = "/channel/notices", "/channel/inbox/lease"
ACKNOWLEDGE, RELEASE = "/channel/inbox/acknowledge", "/channel/inbox/release"
NOW = {"limit": 10, "wait": 0}


@pytest.fixture
def school(door: Door, keys: PrivateKeys) -> Connector:
    door.staff.agency(SCHOOL)
    return door.staff.connector("school-1", SCHOOL, keys=keys)


def put(door: Door, connector: Connector, *parcels: bytes) -> None:
    door.queue.open_inbox(connector.id, connector.inbox)
    for parcel in parcels:
        door.queue.send(connector.id, connector.inbox, parcel, 600)


def test_a_notice_of_a_live_connector_is_on_the_intake_queue_under_its_name(
    door: Door, keys: PrivateKeys, school: Connector
) -> None:
    answer = door.post(keys, NOTICES, b"sealed")
    assert (answer.status_code, answer.content) == (202, b"")
    (parcel,) = door.queue.take(10, 0)
    assert (parcel.sealed, parcel.sender) == (b"sealed", school.id)


def test_what_is_in_the_inbox_is_leased_acknowledged_and_gone(door: Door, keys: PrivateKeys, school: Connector) -> None:
    put(door, school, b"one", b"two")
    parcels = door.post(keys, LEASE, NOW).json()["parcels"]
    assert [parcel["sealed"] for parcel in parcels] == ["one", "two"]
    assert door.post(keys, ACKNOWLEDGE, {"ids": [parcels[0]["id"]]}).status_code == 204
    assert door.post(keys, RELEASE, {"ids": [parcels[1]["id"]]}).status_code == 204
    assert [parcel["sealed"] for parcel in door.post(keys, LEASE, NOW).json()["parcels"]] == ["two"]


def test_an_inbox_can_be_asked_before_anything_was_ever_put_there(
    door: Door, keys: PrivateKeys, school: Connector
) -> None:
    assert door.post(keys, LEASE, NOW).json() == {"parcels": []}


def test_nobody_reaches_the_inbox_of_another(door: Door, keys: PrivateKeys, school: Connector) -> None:
    other = generate()
    door.staff.agency(HOUSING)
    door.staff.connector("housing-1", HOUSING, keys=other)
    put(door, school, b"for the school")
    assert door.post(other, LEASE, NOW).json() == {"parcels": []}
    (held,) = door.post(keys, LEASE, {"limit": 1, "wait": 0}).json()["parcels"]
    assert door.post(other, ACKNOWLEDGE, {"ids": [held["id"]]}).status_code == 204
    assert door.post(keys, RELEASE, {"ids": [held["id"]]}).status_code == 204
    assert len(door.post(keys, LEASE, NOW).json()["parcels"]) == 1


def test_a_suspended_connector_hands_nothing_in_and_is_handed_nothing(
    door: Door, keys: PrivateKeys, school: Connector
) -> None:
    put(door, school, b"an alert that it has taken already")
    (taken,) = door.post(keys, LEASE, NOW).json()["parcels"]
    door.staff.move("school-1", SUSPEND_CONNECTOR)
    # A relay that decided before the suspension may still be about to send.
    put(door, school, b"an alert that the suspension overtook")
    for refused in (door.post(keys, NOTICES, b"sealed"), door.post(keys, LEASE, NOW)):
        assert (refused.status_code, refused.json()["code"]) == (403, "not-live")
    assert door.queue.take(10, 0) == []
    assert door.post(keys, ACKNOWLEDGE, {"ids": [taken["id"]]}).status_code == 204
    door.staff.move("school-1", RESUME_CONNECTOR)
    assert door.post(keys, LEASE, NOW).json() == {"parcels": []}, "what was decided before is decided again"


def test_a_connector_that_is_suspended_while_it_waits_is_handed_nothing(
    door: Door, keys: PrivateKeys, school: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = door.queue.lease_inbox

    def overtaken(*asked: Any) -> Any:
        door.staff.move("school-1", SUSPEND_CONNECTOR)
        put(door, school, b"an alert that the suspension overtook")
        return lease(*asked)

    monkeypatch.setattr(door.queue, "lease_inbox", overtaken)
    refused = door.post(keys, LEASE, NOW)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-live")


def test_a_revoked_connector_and_a_stranger_look_the_same(door: Door, keys: PrivateKeys, school: Connector) -> None:
    from dataclasses import replace

    with door.staff.office.store.write() as unit:
        unit.trust.update_connector(replace(school, status=Status.REVOKED))
    answers = [door.post(who, LEASE, NOW) for who in (keys, generate())]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_an_unsigned_request_gets_nowhere(door: Door, school: Connector) -> None:
    answer = door.public.post(NOTICES, content=b"sealed", headers={"content-type": "application/jose"})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-missing")
    assert answer.headers["content-type"] == "application/problem+json"
    assert door.queue.take(10, 0) == []


def test_the_same_request_twice_is_believed_once(door: Door, keys: PrivateKeys, school: Connector) -> None:
    signed = sign_request("POST", NOTICES, b"sealed", "application/jose", keys.signing, door.parts.clock.now())
    answers = [door.public.post(NOTICES, content=b"sealed", headers=signed) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 401]
    assert answers[1].json()["code"] == "signature-replayed"
    assert len(door.queue.take(10, 0)) == 1


def test_a_signature_is_for_one_body_one_path_and_a_short_while(
    door: Door, keys: PrivateKeys, school: Connector
) -> None:
    signed = sign_request("POST", NOTICES, b"sealed", "application/jose", keys.signing, door.parts.clock.now())
    assert door.public.post(NOTICES, content=b"other!", headers=signed).status_code == 401
    elsewhere = sign_request("POST", ACKNOWLEDGE, b"{}", "application/json", keys.signing, door.parts.clock.now())
    assert door.public.post(RELEASE, content=b"{}", headers=elsewhere).status_code == 401
    assert door.public.post(f"{ACKNOWLEDGE}?x=1", content=b"{}", headers=elsewhere).status_code == 401
    assert door.post(keys, NOTICES, b"sealed", late=timedelta(minutes=6)).json()["code"] == "signature-stale"
    assert door.queue.take(10, 0) == []


def test_a_body_is_cut_off_at_the_limit_also_when_its_length_is_not_announced(
    door: Door, keys: PrivateKeys, school: Connector
) -> None:
    sent = 0

    def endless() -> object:
        nonlocal sent
        while sent < 100 * MAX_PARCEL_BYTES:
            sent += 65_536
            yield bytes(65_536)

    announced = door.post(keys, NOTICES, bytes(MAX_PARCEL_BYTES + 1))
    streamed = door.public.post(NOTICES, content=endless(), headers={"content-type": "application/jose"})  # type: ignore[arg-type]
    assert [(answer.status_code, answer.json()["code"]) for answer in (announced, streamed)] == [(413, "too-large")] * 2


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (LEASE, {"limit": 0, "wait": 0}, 422, "limit"),
        (LEASE, {"limit": True, "wait": 0}, 422, "limit"),
        (LEASE, {"limit": 1, "wait": -1}, 422, "wait"),
        (LEASE, {"limit": 1, "wait": "1"}, 422, "wait"),
        (LEASE, {"limit": 1}, 422, "shape"),
        (LEASE, {"limit": 1, "wait": 0, "inbox": "x"}, 422, "shape"),
        (ACKNOWLEDGE, {"ids": "x"}, 422, "ids"),
        (ACKNOWLEDGE, {"ids": [1]}, 422, "ids"),
        (RELEASE, {"ids": ["x"] * 1001}, 422, "ids"),
        (NOTICES, b"", 422, "empty"),
        (NOTICES, {"limit": 1}, 415, "media-type"),
        (LEASE, b"sealed", 415, "media-type"),
    ],
)
def test_a_wrong_body_is_answered_with_what_is_wrong(
    door: Door, keys: PrivateKeys, school: Connector, path: str, body: object, status: int, code: str
) -> None:
    answer = door.post(keys, path, body)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_json_that_is_none_is_told_apart(door: Door, keys: PrivateKeys, school: Connector) -> None:
    for body, status in ((b"[" * 20_000, 400), (b"\xff", 400), (b"[]", 422), (b'{"ids": NaN}', 422)):
        signed = sign_request("POST", ACKNOWLEDGE, body, "application/json", keys.signing, door.parts.clock.now())
        assert door.public.post(ACKNOWLEDGE, content=body, headers=signed).status_code == status


def test_a_connector_on_the_broker_is_sent_there_for_its_inbox(door: Door, keys: PrivateKeys) -> None:
    door.staff.agency(HOUSING)
    door.staff.connector("housing-1", HOUSING, keys=keys, carrier="amqp")
    assert door.post(keys, LEASE, NOW).json()["code"] == "other-carrier"
