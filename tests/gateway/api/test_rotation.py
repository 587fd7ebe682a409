"""New keys for a connector in use: handed over by the old, with an overlap, and by nobody else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.keys.key_rotation import OVERLAP
from gateway.model.connector import Connector
from gateway.notices.admission import check_agency
from identity.agency.enrolment_keys import document, hand_over, prove, rotation_of
from identity.agency.keys import SigningKey
from mappings.canonical.identifiers import AgencyId
from tests.builders import HOUSING, SCHOOL
from tests.gateway.api.test_enrolment import STATUS, Door, door
from tests.gateway.enrolling import Newcomer
from tests.gateway.staff import StillClock

KEYS = "/enrolment/keys"
__all__ = ["door"]


def handover(old: Newcomer, new: Newcomer, **changes: Any) -> dict[str, Any]:
    """What an honest connector sends, with some members exchanged."""
    return {
        "keys": document(new.keys),
        "proofs": prove(new.keys, rotation_of(new.connector), new.signers),
        "handovers": [hand_over(new.keys, key) for key in old.signers],
        **changes,
    }


def known(door: Door) -> Connector:
    with door.office.store.read() as unit:
        (connector,) = [each for each in unit.trust.connectors() if each.id.value == "school-1"]
    return connector


def codes(connector: Connector, key: SigningKey, agency: AgencyId, late: timedelta, door: Door) -> list[str]:
    issues = check_agency(connector, key.id, agency, "Organization.identifier", door.office.clock.now() + late)
    return [issue.code for issue in issues]


def test_both_keys_count_during_the_overlap_and_the_old_one_no_longer_after_it(door: Door) -> None:
    old = door.people.welcome(agencies=(SCHOOL, HOUSING))
    new = old.with_other_keys()
    assert door.post(old, KEYS, handover(old, new)).status_code == 202
    assert door.post(old, KEYS, handover(old, new)).status_code == 202, "the answer may have been lost"
    connector = known(door)
    assert connector.keys == new.keys.first
    for signers in (old.signers, new.signers):
        assert codes(connector, signers[0], SCHOOL, timedelta(), door) == []
        assert codes(connector, signers[1], SCHOOL, timedelta(), door) == ["agency-not-approved"]
    assert codes(connector, old.signers[0], SCHOOL, OVERLAP, door) == ["agency-not-approved"]
    assert codes(connector, new.signers[0], SCHOOL, OVERLAP, door) == []
    assert isinstance(door.office.clock, StillClock)
    door.office.clock.instant += OVERLAP
    assert door.post(old, STATUS, {}).status_code == 401
    assert door.post(new, STATUS, {}).status_code == 200


def test_one_agencys_key_cannot_take_anothers_place(door: Door) -> None:
    old = door.people.welcome(agencies=(SCHOOL, HOUSING))
    new = old.with_other_keys()
    thief = replace(old, signers=(old.signers[0], SigningKey.generate()))
    before = known(door)
    tries = (
        handover(thief, new),
        handover(old, new, handovers=["", ""]),
        handover(old, new, handovers=[hand_over(new.keys, old.signers[0])] * 2),
        handover(old, new, handovers=[hand_over(new.keys, old.signers[0])]),
        handover(old, new, proofs=prove(new.keys, rotation_of(new.connector), old.signers)),
        handover(old, new, proofs=prove(new.keys, new.invitation.value, new.signers)),
    )
    for body in tries:
        answer = door.post(old, KEYS, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "keys")
    assert door.post(old, KEYS, handover(old, new), old.signers[1]).status_code == 403
    assert door.post(old, KEYS, handover(old, new), SigningKey.generate()).status_code == 401
    assert known(door) == before


def test_a_handover_by_keys_that_were_replaced_is_not_taken_again(door: Door) -> None:
    first = door.people.welcome()
    second, third = first.with_other_keys(), first.with_other_keys()
    assert door.post(first, KEYS, handover(first, second)).status_code == 202
    assert door.post(second, KEYS, handover(second, third)).status_code == 202
    assert door.post(second, KEYS, handover(first, second)).status_code == 403, "an old handover"
    assert door.post(third, KEYS, handover(third, first)).status_code == 403, "a key that was used before"
    assert known(door).keys == third.keys.first


def test_keys_of_others_are_not_taken(door: Door) -> None:
    old, other = door.people.welcome(), door.people.welcome("housing-1", (HOUSING,))
    stolen = replace(old.with_other_keys(), decryption=other.decryption)
    assert door.post(old, KEYS, handover(old, stolen)).status_code == 403
    renamed = replace(old.with_other_keys(), connector=other.connector)
    assert door.post(old, KEYS, handover(old, renamed)).status_code == 403
    wider = replace(old.with_other_keys(), agencies=(HOUSING,))
    assert door.post(old, KEYS, handover(old, wider)).status_code == 403


def test_who_waits_for_approval_hands_nothing_over(door: Door) -> None:
    waiting = door.newcomer()
    door.enrol(waiting)
    assert door.post(waiting, KEYS, handover(waiting, waiting.with_other_keys())).status_code == 403


@pytest.mark.parametrize("changes", [{"handovers": "x"}, {"proofs": []}, {"handovers": [7]}, {"more": 1}])
def test_bodies_of_another_shape_are_refused(door: Door, changes: dict[str, Any]) -> None:
    old = door.people.welcome()
    assert door.post(old, KEYS, handover(old, old.with_other_keys(), **changes)).status_code == 422
