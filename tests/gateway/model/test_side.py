"""Which side a connector is on follows from its status, and from nothing else."""

import pytest

from gateway.model.side import BOTH, Side
from identity.agency.trust import CHANGES, Status, may_speak, may_speak_in
from mappings.canonical.codes import Mode

LIVE_SIDE, TRIAL_SIDE = BOTH


@pytest.mark.parametrize("status", Status)
def test_whoever_is_on_a_gateway_with_two_sides_is_on_exactly_one(status: Status) -> None:
    assert [side.is_place_of(status) for side in BOTH].count(True) == 1
    assert [side.hears(status) for side in BOTH].count(True) == may_speak(status)


def test_an_approved_connector_is_heard_in_its_trial_and_a_live_one_no_more() -> None:
    assert {status for status in Status if TRIAL_SIDE.hears(status)} == {Status.APPROVED}
    assert {status for status in Status if LIVE_SIDE.hears(status)} == {Status.LIVE}


def test_nobody_comes_back_to_the_trial_side() -> None:
    for change in CHANGES:
        if not TRIAL_SIDE.is_place_of(change.before):
            assert not TRIAL_SIDE.is_place_of(change.after)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("status", Status)
def test_a_lone_side_is_the_whole_gateway(mode: Mode, status: Status) -> None:
    side = Side(mode)
    assert side.is_place_of(status)
    assert side.hears(status) == may_speak_in(status, mode)
    assert side.has_left(status) == (status in (Status.REVOKED, Status.OFF_BOARDED))


def test_what_was_published_in_a_trial_is_taken_back_when_it_is_over_and_not_at_a_revocation() -> None:
    over = {status for status in Status if TRIAL_SIDE.takes_back(status)}
    assert over == {Status.LIVE, Status.SUSPENDED, Status.OFF_BOARDED}
    assert {status for status in Status if TRIAL_SIDE.has_left(status)} == {*over, Status.REVOKED}
