"""A connector that reaches for another's inbox over the real HTTPS channel, or for its own when it may not."""

import json
from typing import Any

import pytest

from gateway.model.connector import Carrier
from identity.agency.trust import Status
from tests.system.attacks.town import JSON, Town

LEASE, ACKNOWLEDGE, RELEASE = "/channel/inbox/lease", "/channel/inbox/acknowledge", "/channel/inbox/release"


def test_a_revoked_connector_gets_nothing_of_what_waits_for_it(town: Town) -> None:
    connector = town.connector(town.housing)
    town.queue.send(connector.id, connector.inbox, b"for housing", None)
    town.stop(town.housing, Status.REVOKED)
    answer = town.post(town.housing.keys.signing, LEASE, b'{"limit":1,"wait":0}', JSON)
    town.assert_turned_away(answer, 401, "signature-refused")


def test_a_connector_of_the_broker_does_not_empty_its_inbox_elsewhere(town: Town) -> None:
    town.change(town.housing, carrier=Carrier.AMQP)
    answer = town.post(town.housing.keys.signing, LEASE, b'{"limit":1,"wait":0}', JSON)
    town.assert_turned_away(answer, 403, "other-carrier")


@pytest.fixture
def parcel(town: Town) -> str:
    """The id of a parcel in health's inbox, under health's lease."""
    health = town.connector(town.health)
    town.queue.send(health.id, health.inbox, b"for health", None)
    (leased,) = town.health.end.take(1, 0.0)
    return leased.tag


@pytest.mark.parametrize("path", [ACKNOWLEDGE, RELEASE])
def test_anothers_parcel_is_neither_acknowledged_nor_released(town: Town, parcel: str, path: str) -> None:
    body = json.dumps({"ids": [parcel]}).encode()
    answer = town.post(town.housing.keys.signing, path, body, JSON)
    unknown = town.post(town.housing.keys.signing, path, json.dumps({"ids": ["999999"]}).encode(), JSON)
    assert (answer.status, answer.body) == (unknown.status, unknown.body) == (204, b"")
    assert town.health.end.take(1, 0.0) == []
    town.clock.pass_(minutes=2)
    assert [each.sealed for each in town.health.end.take(1, 0.0)] == [b"for health"]
    assert town.held() == town.before


@pytest.mark.parametrize("extra", ["inbox", "connector", "name"])
def test_a_lease_that_names_anothers_inbox_is_refused(town: Town, extra: str) -> None:
    body = json.dumps({"limit": 1, "wait": 0, extra: town.connector(town.health).inbox}).encode()
    town.assert_turned_away(town.post(town.housing.keys.signing, LEASE, body, JSON), 422, "shape")


def test_a_lease_whose_address_names_anothers_inbox_gives_the_signers(town: Town) -> None:
    health = town.connector(town.health)
    town.queue.send(health.id, health.inbox, b"for health", None)
    answer = town.post(town.housing.keys.signing, f"{LEASE}?inbox={health.inbox}", b'{"limit":1,"wait":0}', JSON)
    assert (answer.status, json.loads(answer.body)) == (200, {"parcels": []})
    assert [each.sealed for each in town.health.end.take(1, 0.0)] == [b"for health"]


HOSTILE_COMMANDS: dict[str, bytes] = {
    "deep": b"[" * 60_000,
    "not an object": b"[]",
    "a parcel id that is a pattern": b'{"ids":["%"]}',
    "a parcel id that is a statement": b'{"ids":["1 or 1=1"]}',
    "a parcel id that is no text": b'{"ids":[{"$ne":1}]}',
    "too many": json.dumps({"ids": ["1"] * 1_001}).encode(),
    "not text": b"\xff\xfe",
}


@pytest.mark.parametrize("name", HOSTILE_COMMANDS)
def test_a_hostile_command_is_refused(town: Town, parcel: str, name: str) -> None:
    answer = town.post(town.housing.keys.signing, ACKNOWLEDGE, HOSTILE_COMMANDS[name], JSON)
    assert answer.status in (400, 422)
    assert town.held() == town.before
    town.clock.pass_(minutes=2)
    assert [each.sealed for each in town.health.end.take(1, 0.0)] == [b"for health"]


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "50", 1e400, None])
def test_a_lease_of_an_odd_size_is_refused(town: Town, limit: Any) -> None:
    body = json.dumps({"limit": limit, "wait": 0}).encode()
    town.assert_turned_away(town.post(town.housing.keys.signing, LEASE, body, JSON), 422, "limit")
