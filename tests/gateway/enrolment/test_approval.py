"""Approving a connector: the fingerprint, two people, and keys that must still be those that were compared."""

import pytest

from gateway.enrolment.approval import APPROVE, approval_content
from gateway.enrolment.requests import apply
from gateway.refused import NotPermitted, Refused
from gateway.trust.operators import Office
from gateway.trust.proposals import approve, hand_in
from gateway.trust.signed_change import co_sign
from identity.agency.trust import Status
from tests.builders import HOUSING, SCHOOL
from tests.gateway.enrolling import TwoPeople, invited, two_people


@pytest.fixture
def people(office: Office) -> TwoPeople:
    return two_people(office)


def test_two_people_approve_what_was_read_out(people: TwoPeople, office: Office) -> None:
    newcomer = people.welcome()
    with office.store.read() as unit:
        connector = unit.trust.connector(newcomer.connector)
        steps = [
            (step.before, step.after, step.actor, step.approver) for step in unit.trust.changes(newcomer.connector)
        ]
    assert connector is not None
    assert connector.status is Status.APPROVED
    assert steps == [
        (Status.INVITED, Status.REQUESTED, "enrolment", ""),
        (Status.REQUESTED, Status.APPROVED, "anna", "boris"),
    ]


def test_one_person_is_not_enough(people: TwoPeople, office: Office) -> None:
    _, newcomer = invited(people.registrar)
    apply(office.store, office.clock, newcomer.application)
    signed = people.registrar.sign(APPROVE, approval_content(office, "school-1", newcomer.fingerprint))
    handed = hand_in(office, signed)
    assert handed.proposal is not None
    with pytest.raises(NotPermitted, match="another enrolled person"):
        approve(office, handed.proposal.id, signed)
    with office.store.read() as unit:
        found = unit.trust.connector(newcomer.connector)
    assert found is not None
    assert found.status is Status.REQUESTED


def test_another_fingerprint_is_refused_before_anything_is_signed(people: TwoPeople, office: Office) -> None:
    _, newcomer = invited(people.registrar)
    apply(office.store, office.clock, newcomer.application)
    with pytest.raises(Refused, match="not the fingerprint"):
        approval_content(office, "school-1", newcomer.with_other_keys().fingerprint)
    with pytest.raises(Refused, match="not handed in any keys"):
        approval_content(office, "school-2", newcomer.fingerprint)


def test_keys_that_change_after_the_first_signature_are_not_approved(people: TwoPeople, office: Office) -> None:
    """Somebody who can write to the database exchanges the keys while the proposal waits."""
    from dataclasses import replace

    from sqlalchemy import delete

    from gateway.store.enrolment_tables import enrolment_request
    from gateway.store.sql_store import SqlStore

    _, newcomer = invited(people.registrar)
    apply(office.store, office.clock, newcomer.application)
    signed = people.registrar.sign(APPROVE, approval_content(office, "school-1", newcomer.fingerprint))
    handed = hand_in(office, signed)
    assert handed.proposal is not None
    assert isinstance(office.store, SqlStore)
    with office.store.read() as unit:
        request = unit.enrolments.request(newcomer.connector)
    assert request is not None
    with office.store.transactions.register() as transaction:
        transaction.run(delete(enrolment_request))
    with office.store.write() as unit:
        unit.enrolments.add_request(replace(request, keys=newcomer.with_other_keys().keys))
    with pytest.raises(Refused, match="not those that were compared and signed"):
        approve(office, handed.proposal.id, co_sign(signed.statement, people.officer.key))


def test_each_agency_is_spoken_for_with_its_own_key_only(people: TwoPeople, office: Office) -> None:
    newcomer = people.welcome(agencies=(SCHOOL, HOUSING))
    school, housing = newcomer.signers
    now = office.clock.now()
    with office.store.read() as unit:
        for key, agency in ((school, SCHOOL), (housing, HOUSING)):
            connector = unit.trust.connector_by_key(key.id)
            assert connector is not None
            assert connector.agencies_of(key.id, now) == (agency,)
            assert connector.verify_key(key.id, now) == key.public
        assert connector is not None
        assert connector.agencies_of(newcomer.with_other_keys().signers[0].id, now) == ()


def test_an_approved_connector_is_not_approved_again(people: TwoPeople, office: Office) -> None:
    newcomer = people.welcome()
    with pytest.raises(Refused, match="from approved to approved"):
        people.approve(newcomer)
