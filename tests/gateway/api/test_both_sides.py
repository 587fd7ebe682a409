"""On a gateway with two sides the signature says who sends, and the register on which side that is. No request can choose."""

import pytest

from gateway.store.channel_queue import QueueGatewayEnd
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, SUSPEND_CONNECTOR
from identity.agency.keys import PrivateKeys, generate
from tests.builders import HOUSING, SCHOOL
from tests.gateway.api.conftest import Door
from tests.gateway.api.test_channel import ACKNOWLEDGE, LEASE, NOTICES, NOW

Both = tuple[Door, QueueGatewayEnd]


@pytest.fixture
def live_keys() -> PrivateKeys:
    return generate()


@pytest.fixture
def town(both: Both, keys: PrivateKeys, live_keys: PrivateKeys) -> Both:
    """A school in its trial, with `keys`, and a live housing service, with `live_keys`."""
    staff = both[0].staff
    staff.agency(SCHOOL)
    staff.agency(HOUSING)
    staff.trial_connector("school", SCHOOL, keys=keys)
    staff.connector("housing", HOUSING, keys=live_keys)
    return both


def test_what_is_handed_in_goes_to_the_side_of_its_signer(
    town: Both, keys: PrivateKeys, live_keys: PrivateKeys
) -> None:
    door, on_trial = town
    assert door.post(keys, NOTICES, b"of the school").status_code == 202
    assert door.post(live_keys, NOTICES, b"of housing").status_code == 202
    assert [parcel.sealed for parcel in on_trial.take(10, 0)] == [b"of the school"]
    assert [parcel.sealed for parcel in door.queue.take(10, 0)] == [b"of housing"]


def test_whoever_goes_live_leases_and_acknowledges_on_the_other_side_from_then_on(
    town: Both, keys: PrivateKeys
) -> None:
    door, on_trial = town
    with door.parts.store.read() as unit:
        before = unit.trust.connector_for(SCHOOL)
    assert before is not None
    assert door.post(keys, LEASE, NOW).json() == {"parcels": []}
    on_trial.send(before.id, before.inbox, b"told in the trial", None)
    (held,) = door.post(keys, LEASE, NOW).json()["parcels"]
    live = door.staff.move("school", GO_LIVE_CONNECTOR)
    assert door.post(keys, LEASE, NOW).json() == {"parcels": []}
    assert door.post(keys, ACKNOWLEDGE, {"ids": [held["id"]]}).status_code == 204
    door.queue.send(live.id, live.inbox, b"told live", None)
    assert [parcel["sealed"] for parcel in door.post(keys, LEASE, NOW).json()["parcels"]] == ["told live"]
    assert door.post(keys, NOTICES, b"late").status_code == 202
    assert on_trial.take(10, 0) == []


def test_a_suspended_connector_is_handed_nothing_on_either_side(town: Both, live_keys: PrivateKeys) -> None:
    door, on_trial = town
    stopped = door.staff.move("housing", SUSPEND_CONNECTOR)
    for queue in (door.queue, on_trial):
        queue.open_inbox(stopped.id, stopped.inbox)
        queue.send(stopped.id, stopped.inbox, b"a retraction", None)
    assert door.post(live_keys, LEASE, NOW).status_code == 403


def test_the_numbers_of_each_side_bear_its_name(town: Both, keys: PrivateKeys) -> None:
    door, _ = town
    door.post(keys, NOTICES, b"sealed")
    text = door.internal.get("/metrics").text
    assert 'patchwork_queue_depth{queue="intake",side="trial"} 1.0' in text
    for side in ("live", "trial"):
        assert f'patchwork_store_up{{side="{side}"}} 1.0' in text
        assert f'patchwork_register_entries{{kind="involvements",side="{side}"}} 0.0' in text


def test_a_trial_that_is_down_is_told_and_takes_nobody_down_with_it(town: Both) -> None:
    door, _ = town
    for worker in ("relay", "trial-relay"):
        door.health.went_well(worker)
    door.health.failed("trial-relay", "StoreDown")
    answer = door.internal.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "faults": {"trial-relay": "StoreDown"}})
    assert door.public.get("/readyz").status_code == 200
    door.health.failed("relay", "StoreDown")
    assert (door.internal.get("/readyz").status_code, door.public.get("/readyz").status_code) == (503, 503)
