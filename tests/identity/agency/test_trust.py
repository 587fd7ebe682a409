"""The life of a connector, checked over every pair of statuses."""

from itertools import product

import pytest

from identity.agency.trust import (
    CHANGES,
    IllegalChange,
    Status,
    check_change,
    may_change,
    may_receive_retractions,
    may_speak,
    may_speak_in,
    needs_four_eyes,
)
from mappings.canonical.codes import Mode

PERMITTED = {
    ("invited", "requested"),
    ("invited", "revoked"),
    ("requested", "approved"),
    ("requested", "revoked"),
    ("approved", "live"),
    ("approved", "revoked"),
    ("live", "suspended"),
    ("live", "revoked"),
    ("suspended", "live"),
    ("suspended", "revoked"),
    ("revoked", "off-boarded"),
}


@pytest.mark.parametrize(("before", "after"), list(product(Status, Status)))
def test_every_pair_is_decided_and_an_illegal_one_says_why(before: Status, after: Status) -> None:
    legal = (before.value, after.value) in PERMITTED
    assert may_change(before, after) is legal
    if legal:
        assert check_change(before, after).meaning
    else:
        with pytest.raises(
            IllegalChange, match=f"from {before} to {after} is not possible: .+ From {before} follows .+"
        ):
            check_change(before, after)


def test_four_eyes_wherever_somebody_may_say_more_than_before() -> None:
    for change in CHANGES:
        gains = any(may_speak_in(change.after, mode) and not may_speak_in(change.before, mode) for mode in Mode)
        assert needs_four_eyes(change.before, change.after) is gains


def test_who_may_speak() -> None:
    assert {status for status in Status if may_speak(status)} == {Status.APPROVED, Status.LIVE}
    assert not may_speak_in(Status.APPROVED, Mode.LIVE)
    assert may_speak_in(Status.APPROVED, Mode.TRIAL)
    assert may_speak_in(Status.LIVE, Mode.LIVE)


def test_a_suspended_connector_is_still_told_what_to_disregard() -> None:
    told = {status for status in Status if may_receive_retractions(status)}
    assert told == {Status.APPROVED, Status.LIVE, Status.SUSPENDED}


def test_nothing_leads_back_from_revoked() -> None:
    reached, front = set(), {Status.REVOKED}
    while front:
        reached |= front
        front = {change.after for change in CHANGES if change.before in front} - reached
    assert not any(may_speak(status) for status in reached)
