"""Inviting a connector, and using the invitation: once, in time, with its secret, for the keys that came first."""

from datetime import timedelta

import pytest

from gateway.enrolment.invitations import (
    INVITE,
    MOST_HOURS,
    WITHDRAW,
    Wanted,
    invitation_content,
    list_invitations,
    token_of,
    withdrawal_content,
)
from gateway.enrolment.requests import EnrolmentRefused, apply
from gateway.model.invitation import MOST_WRONG_TRIES, Invitation, InvitationState
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import ENROL, Office, enrolment_content
from gateway.trust.proposals import approve, hand_in
from gateway.trust.signed_change import co_sign
from identity.agency.invitation_token import InvalidInvitation, hash_of, new_secret, read, write
from identity.agency.keys import SigningKey
from identity.agency.trust import Status
from tests.builders import HOUSING, SCHOOL
from tests.gateway.enrolling import FACTS, Newcomer, invited, two_people
from tests.gateway.staff import Staff, StillClock, audited


@pytest.fixture
def staff(office: Office) -> Staff:
    """The registrar of two people who are enrolled."""
    return two_people(office).registrar


def ask(office: Office, newcomer: Newcomer) -> str:
    """The code of the refusal, empty where it was taken in."""
    try:
        apply(office.store, office.clock, newcomer.application)
    except EnrolmentRefused as refused:
        return refused.code
    return ""


def kept(office: Office, invitation: Invitation) -> Invitation:
    with office.store.read() as unit:
        found = unit.enrolments.invitation(invitation.id)
    assert found is not None
    return found


def test_an_invited_connector_is_requested_and_no_more(staff: Staff, office: Office) -> None:
    invitation, newcomer = invited(staff, agencies=(SCHOOL, HOUSING))
    assert ask(office, newcomer) == ""
    with office.store.read() as unit:
        connector = unit.trust.connector(newcomer.connector)
        request = unit.enrolments.request(newcomer.connector)
    assert connector is not None
    assert request is not None
    assert (connector.status, connector.agencies, connector.keys.owner) == (
        Status.REQUESTED,
        (SCHOOL, HOUSING),
        "school-1",
    )
    assert request.keys == newcomer.keys
    assert kept(office, invitation).state(office.clock.now()) is InvitationState.USED
    assert ("enrolment-requested", "enrolment") in audited(office)


def test_the_secret_is_kept_nowhere(staff: Staff, office: Office) -> None:
    invitation, newcomer = invited(staff)
    token = token_of(invitation, newcomer.secret, FACTS, "https://gateway.seaton.example")
    assert newcomer.secret not in repr(token) + repr(invitation) + repr(newcomer.application)
    assert kept(office, invitation).secret_hash == hash_of(newcomer.secret)
    signed = b"".join(change.statement for change in staff.signed)
    assert newcomer.secret.encode() not in signed
    with office.store.read() as unit:
        assert newcomer.secret not in repr([event.fields for event in unit.audit.events(0, 100)])
    with pytest.raises(Refused, match="does not belong"):
        token_of(invitation, new_secret(), FACTS, "https://gateway.seaton.example")


def test_a_wrong_secret_is_refused_like_an_unknown_invitation(staff: Staff, office: Office) -> None:
    invitation, newcomer = invited(staff)
    _, stranger = invited(staff, "housing-1", (HOUSING,))
    stranger.invitation, stranger.secret = type(invitation.id)("0" * 8 + "-0000" * 3 + "-" + "0" * 12), new_secret()
    right, newcomer.secret = newcomer.secret, new_secret()
    assert ask(office, newcomer) == ask(office, stranger) == "invitation-wrong"
    assert kept(office, invitation).wrong_tries == 1
    newcomer.secret = right
    assert ask(office, newcomer) == ""


def test_an_invitation_is_used_once_but_the_same_application_may_be_sent_again(staff: Staff, office: Office) -> None:
    _, newcomer = invited(staff)
    assert ask(office, newcomer) == ""
    assert ask(office, newcomer) == "", "an answer that was lost on the way can be fetched again"
    assert ask(office, newcomer.with_other_keys()) == "invitation-used"
    newcomer.secret = new_secret()
    assert ask(office, newcomer) == "invitation-wrong", "who does not know the secret is not told that it was used"


def test_an_expired_or_withdrawn_invitation_says_so(staff: Staff, office: Office, store: object) -> None:
    invitation, newcomer = invited(staff, valid_hours=1)
    clock = office.clock
    assert isinstance(clock, StillClock)
    clock.instant += timedelta(minutes=59)
    assert [each.id for each in list_invitations(office, LOCAL_READER)] == [invitation.id]
    clock.instant += timedelta(minutes=1)
    assert ask(office, newcomer) == "invitation-expired"
    assert list_invitations(office, LOCAL_READER) == []
    second, newcomer = invited(staff)
    hand_in(office, staff.sign(WITHDRAW, withdrawal_content(second.id.value)))
    assert ask(office, newcomer) == "invitation-withdrawn"


def test_an_invitation_is_locked_after_too_many_wrong_secrets(staff: Staff, office: Office) -> None:
    invitation, newcomer = invited(staff)
    right, newcomer.secret = newcomer.secret, new_secret()
    assert {ask(office, newcomer) for _ in range(MOST_WRONG_TRIES)} == {"invitation-wrong"}
    newcomer.secret = right
    assert ask(office, newcomer) == "invitation-locked"
    assert kept(office, invitation).wrong_tries == MOST_WRONG_TRIES


def test_the_keys_must_be_for_whom_was_invited(staff: Staff, office: Office) -> None:
    _, newcomer = invited(staff)
    invited(staff, "housing-1", (HOUSING,))
    newcomer.agencies = (HOUSING,)
    assert ask(office, newcomer) == "invitation-other"
    newcomer.agencies, newcomer.connector = (SCHOOL,), type(newcomer.connector)("school-2")
    assert ask(office, newcomer) == "invitation-other"


def test_keys_of_somebody_else_are_refused(staff: Staff, office: Office) -> None:
    _, first = invited(staff)
    assert ask(office, first) == ""
    for part in ("signers", "decryption", "tls"):
        invitation, second = invited(staff, f"housing-{part}", (HOUSING,))
        setattr(second, part, getattr(first, part))
        assert ask(office, second) == "keys-taken"
        hand_in(office, staff.sign(WITHDRAW, withdrawal_content(invitation.id.value)))
    _, third = invited(staff, "housing-1", (HOUSING,))
    third.signers = (staff.key,)
    assert ask(office, third) == "keys-taken"


def test_who_may_invite_and_whom(office: Office) -> None:
    people = two_people(office)
    registrar = people.registrar
    lead = Staff(office, SigningKey.generate())
    content = enrolment_content("ina", ["ig-lead"], lead.key.public)
    signed = registrar.sign(ENROL, content)
    handed = hand_in(office, signed)
    assert handed.proposal is not None
    approve(office, handed.proposal.id, co_sign(signed.statement, people.officer.key))
    content, _ = invitation_content(Wanted("school-1", (SCHOOL.value,)), office.clock.now())
    with pytest.raises(NotPermitted, match="registrar"):
        hand_in(office, lead.sign(INVITE, content))
    with pytest.raises(Refused, match="not in the register"):
        hand_in(office, registrar.sign(INVITE, content))
    invited(registrar)
    again, _ = invitation_content(Wanted("school-1", (SCHOOL.value,)), office.clock.now())
    with pytest.raises(Refused, match="invited already"):
        hand_in(office, registrar.sign(INVITE, again))


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("gateway", (SCHOOL.value,)), "reserved"),
        (Wanted("School", (SCHOOL.value,)), "connector id"),
        (Wanted("school-1", ("nowhere",)), "agency id"),
        (Wanted("school-1", ()), "list of 1"),
        (Wanted("school-1", (SCHOOL.value, SCHOOL.value)), "twice"),
        (Wanted("school-1", (SCHOOL.value,), "pigeon"), "https, amqp"),
        (Wanted("school-1", (SCHOOL.value,), "https", 0), "hours"),
        (Wanted("school-1", (SCHOOL.value,), "https", MOST_HOURS + 1), "hours"),
    ],
)
def test_what_cannot_be_signed(office: Office, wanted: Wanted, said: str) -> None:
    with pytest.raises(Refused, match=said):
        invitation_content(wanted, office.clock.now())


def test_a_used_invitation_is_not_withdrawn(staff: Staff, office: Office) -> None:
    invitation, newcomer = invited(staff)
    ask(office, newcomer)
    with pytest.raises(Refused, match="revoke that instead"):
        hand_in(office, staff.sign(WITHDRAW, withdrawal_content(invitation.id.value)))


def test_the_token_survives_line_breaks_but_no_mistake(staff: Staff) -> None:
    invitation, newcomer = invited(staff)
    token = token_of(invitation, newcomer.secret, FACTS, "https://gateway.seaton.example")
    text = write(token)
    assert read(f"  {text[:50]}\n{text[50:]}\n") == token
    for spoilt in (text[:-9], text[:60] + "A" + text[61:], text[1:], "", "x" * 30_000, text + ".x"):
        if spoilt != text:
            with pytest.raises(InvalidInvitation):
                read(spoilt)
