"""Protecting places takes the keyholder's word and the information governance lead's signature; unprotecting one takes two."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.keys.epoch_relay import RELAY, relay_content
from gateway.places.protecting import PROTECT, Protecting, offer, protections
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import LOCAL_READER
from identity.agency.faults import KeyFault
from identity.agency.keys import SigningKey, generate
from identity.custody.addressed_epoch import address
from identity.custody.epoch import LinkageEpoch
from identity.custody.protected_list import make
from identity.person.standard_person import StandardLocation
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId
from tests.builders import SCHOOL
from tests.gateway.enrolling import FACTS
from tests.gateway.staff import PARTNERSHIP, Staff, audited

KEYHOLDER = SigningKey.generate()
EPOCH = LinkageEpoch("trial-1", Mode.TRIAL, bytes(range(32)), PARTNERSHIP)
REFUGE, HOSTEL = StandardLocation(postcode="ZZ7 4QP"), StandardLocation(postcode="ZZ7 4QR")


@pytest.fixture
def listed(staff: Staff, tmp_path: Path):
    """Offer a list of places; returns what is signed to put it in force."""

    def of(*places: StandardLocation, epoch: LinkageEpoch = EPOCH, signer: SigningKey = KEYHOLDER):
        path = tmp_path / "list"
        path.write_bytes(make(epoch, list(places), signer))
        return offer(staff.office, path, KEYHOLDER.public, Mode.TRIAL)

    return of


def in_force(staff: Staff) -> list[int]:
    return [each.places for each in protections(staff.office, LOCAL_READER) if each.active_at is not None]


def test_the_ig_lead_puts_a_list_in_force_alone(staff: Staff, listed):
    assert staff.hand_in(PROTECT, listed(REFUGE, HOSTEL)).done
    assert in_force(staff) == [2]
    assert audited(staff.office)[-1] == ("places-protected", "anna")


def test_more_places_need_one_person_and_fewer_need_two(staff: Staff, listed):
    staff.carry_out(PROTECT, listed(REFUGE))
    assert staff.hand_in(PROTECT, listed(REFUGE, HOSTEL)).done
    handed = staff.hand_in(PROTECT, listed(HOSTEL))
    assert not handed.done
    assert in_force(staff) == [2]
    assert staff.second is not None
    staff.second.approve(handed)
    assert in_force(staff) == [1]


def test_a_linkage_epoch_is_passed_on_only_once_its_places_are_protected(staff: Staff, listed, tmp_path: Path):
    keys, following = generate(), LinkageEpoch("trial-2", Mode.TRIAL, bytes(32), PARTNERSHIP)
    staff.agency(SCHOOL)
    staff.connector("school-1", SCHOOL, keys=keys)
    (tmp_path / "relay").write_bytes(address(following, keys.public("school-1"), KEYHOLDER))
    content = relay_content(staff.office, tmp_path / "relay", "school-1", replace(FACTS, keyholder=KEYHOLDER.public))
    staff.carry_out(PROTECT, listed(REFUGE))
    with pytest.raises(Refused, match="protect PLACES --epoch trial-2"):
        staff.hand_in(RELAY, content)
    staff.carry_out(PROTECT, listed(REFUGE, epoch=following))
    assert staff.hand_in(RELAY, content).result.epoch == "trial-2"


def test_somebody_else_may_not(staff: Staff, listed):
    with pytest.raises(NotPermitted, match="ig-lead"):
        staff.colleague("ben", "registrar").hand_in(PROTECT, listed(REFUGE))


def test_a_list_that_was_never_offered_is_refused(staff: Staff):
    with pytest.raises(Refused, match="not offered here"):
        staff.hand_in(PROTECT, {"epoch": "trial-1", "digest": "0" * 64})


def test_a_strangers_list_another_partnerships_and_one_of_the_other_mode_are_refused(staff: Staff, listed):
    with pytest.raises(KeyFault, match="keyholder signed"):
        listed(REFUGE, signer=SigningKey.generate())
    for epoch in (
        LinkageEpoch("trial-1", Mode.TRIAL, bytes(32), PartnershipId("elsewhere")),
        LinkageEpoch("live-1", Mode.LIVE, bytes(32), PARTNERSHIP),
    ):
        with pytest.raises(Refused, match="another partnership, or for the other mode"):
            listed(REFUGE, epoch=epoch)


def test_a_gateway_with_both_sides_takes_a_list_for_either(staff: Staff, tmp_path: Path):
    for epoch in (EPOCH, LinkageEpoch("live-1", Mode.LIVE, bytes(32), PARTNERSHIP)):
        (tmp_path / "list").write_bytes(make(epoch, [REFUGE], KEYHOLDER))
        content = offer(staff.office, tmp_path / "list", KEYHOLDER.public, Mode.LIVE, Mode.TRIAL)
        assert staff.hand_in(PROTECT, content).done
    assert {each.epoch for each in protections(staff.office, LOCAL_READER)} == {"trial-1", "live-1"}


def test_without_the_keyholders_key_nobody_is_believed(staff: Staff, tmp_path: Path):
    with pytest.raises(Refused, match="keyholder_public_file"):
        offer(staff.office, tmp_path / "list", None, Mode.TRIAL)


def test_a_file_that_is_no_list_is_refused_before_it_is_read(staff: Staff, tmp_path: Path):
    with pytest.raises(KeyFault, match="cannot be read"):
        offer(staff.office, tmp_path / "list", KEYHOLDER.public, Mode.TRIAL)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(KeyFault, match="not a plain file"):
        offer(staff.office, tmp_path / "pipe", KEYHOLDER.public, Mode.TRIAL)


def test_a_running_gateway_sees_a_new_list_in_its_next_transaction(staff: Staff, listed):
    protecting = Protecting()
    with staff.office.store.read() as unit:
        assert not protecting.places(unit).by_epoch
    staff.carry_out(PROTECT, listed(REFUGE))
    with staff.office.store.read() as unit:
        first = protecting.places(unit)
        assert set(first.by_epoch) == {"trial-1"}
        assert protecting.places(unit) is first
