"""Who may change the register, and how that is proved."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.verification import verify
from gateway.model.operator import Role
from gateway.refused import NotPermitted, Refused
from gateway.trust import permissions
from gateway.trust.actor import LOCAL_READER, Actor
from gateway.trust.onboarding import ADD_AGENCY, agency_content
from gateway.trust.operators import ENROL, Office, enrolment_content, list_operators, verify_change
from gateway.trust.proposals import hand_in
from gateway.trust.signed_change import DOMAIN, SignedChange, read_statement, sign_change
from identity.agency.keys import SigningKey
from mappings.canonical.identifiers import PartnershipId
from tests.builders import SCHOOL
from tests.gateway.staff import Staff, audited

VERBS = (
    "observe",
    "enrol",
    "onboard",
    "suspend",
    "agree",
    "replay",
    "approve_connector",
    "limit",
    "approve_agreement",
)
AGENCY = agency_content(SCHOOL.value, "Seaton School", "school", "Seaton Council")


def test_the_first_operator_signs_the_own_enrolment_and_the_audit_says_so(office: Office) -> None:
    anna = Staff(office, SigningKey.generate())
    hand_in(office, anna.sign(ENROL, enrolment_content("anna", ["registrar"], anna.key.public)))
    assert [operator.id for operator in list_operators(office, LOCAL_READER)] == ["anna"]
    with office.store.read() as unit:
        (event,) = unit.audit.events(0, 10)
    assert (event.code, event.actor, event.fields["first"]) == ("operator-enrolled", "anna", True)


@pytest.mark.parametrize("roles", [["observer"], ["ig-lead", "dpo"]])
def test_the_first_operator_must_be_able_to_enrol_others(office: Office, roles: list[str]) -> None:
    anna = Staff(office, SigningKey.generate())
    with pytest.raises(Refused, match="registrar or security-officer"):
        hand_in(office, anna.sign(ENROL, enrolment_content("anna", roles, anna.key.public)))
    assert audited(office) == []


def test_nobody_enrols_a_first_operator_whose_key_is_another(office: Office) -> None:
    mallory, anna = Staff(office, SigningKey.generate()), SigningKey.generate()
    with pytest.raises(NotPermitted, match="signs the own enrolment"):
        hand_in(office, mallory.sign(ENROL, enrolment_content("anna", ["registrar"], anna.public)))


def test_later_enrolments_need_a_role_that_enrols(staff: Staff) -> None:
    ben = staff.colleague("ben", "observer")
    before = audited(staff.office)
    with pytest.raises(NotPermitted, match="operator ben may not enrol operators"):
        ben.colleague("carl", "registrar")
    with pytest.raises(NotPermitted, match="not enrolled"):
        Staff(staff.office, SigningKey.generate()).colleague("mallory", "registrar")
    assert audited(staff.office) == before


def test_a_name_and_a_key_are_enrolled_once(staff: Staff) -> None:
    ben = staff.colleague("ben", "observer")
    with pytest.raises(Refused, match="called ben is enrolled already"):
        staff.colleague("ben", "operator")
    with pytest.raises(Refused, match="key is enrolled already"):
        hand_in(staff.office, staff.sign(ENROL, enrolment_content("ben-too", ["operator"], ben.key.public)))


@pytest.mark.parametrize("name", ["", "A", "anna smith", "a" * 41, "-x"])
def test_names_of_operators_are_plain(name: str) -> None:
    with pytest.raises(Refused, match="name must be"):
        enrolment_content(name, ["registrar"], SigningKey.generate().public)


def test_an_unknown_role_is_answered_with_the_list() -> None:
    with pytest.raises(Refused, match="dpo, ig-lead, introducer"):
        enrolment_content("anna", ["boss"], SigningKey.generate().public)


def test_a_signature_is_good_once(staff: Staff) -> None:
    signed = staff.sign(ADD_AGENCY, AGENCY)
    hand_in(staff.office, signed)
    with pytest.raises(Refused, match="handed in before"):
        hand_in(staff.office, signed)


@pytest.mark.parametrize("late", [timedelta(minutes=11), timedelta(minutes=-3)])
def test_a_signature_is_good_for_a_short_while(staff: Staff, late: timedelta) -> None:
    with pytest.raises(Refused, match="too long ago or by a clock"):
        hand_in(staff.office, staff.sign(ADD_AGENCY, AGENCY, late))


def test_a_signature_is_good_for_one_action_and_one_partnership(staff: Staff) -> None:
    with pytest.raises(Refused, match=r"signed as operator\.enrol"), staff.office.store.write() as unit:
        verify_change(unit, staff.office, staff.sign(ENROL, AGENCY), ADD_AGENCY)
    elsewhere = sign_change(ADD_AGENCY, AGENCY, PartnershipId("other"), staff.office.clock.now(), staff.key)
    with pytest.raises(Refused, match="another partnership"):
        hand_in(staff.office, elsewhere)


def test_nothing_but_the_signed_bytes_is_carried_out(staff: Staff) -> None:
    signed = staff.sign(ADD_AGENCY, AGENCY)
    forged = replace(signed, statement=signed.statement.replace(b"Seaton School", b"Other  School"))
    with pytest.raises(NotPermitted, match="signature"):
        hand_in(staff.office, forged)
    mallory = Staff(staff.office, SigningKey.generate())
    with pytest.raises(NotPermitted, match="signature"):
        hand_in(staff.office, replace(mallory.sign(ADD_AGENCY, AGENCY), key=staff.key.id))


def test_the_audit_alone_shows_who_signed(staff: Staff) -> None:
    signed = staff.sign(ADD_AGENCY, AGENCY)
    hand_in(staff.office, signed)
    with staff.office.store.read() as unit:
        event = unit.audit.events(2, 1)[0]
    digest, signature = str(event.fields["statement"]), base64.urlsafe_b64decode(str(event.fields["signature"]) + "==")
    assert digest == hashlib.sha256(signed.statement).hexdigest()
    staff.key.public.raw.verify(signature, DOMAIN + bytes.fromhex(digest))
    with pytest.raises(InvalidSignature):
        staff.key.public.raw.verify(signature, DOMAIN + bytes(32))
    assert verify(staff.office.store).broken_at is None


def test_reading_needs_a_role_and_nothing_more(staff: Staff) -> None:
    with pytest.raises(NotPermitted, match="nobody-in-particular"):
        list_operators(staff.office, Actor("nobody-in-particular", frozenset(), "not at all"))


@given(st.frozensets(st.sampled_from(list(Role))))
def test_every_permission_and_its_boolean_twin_agree(roles: frozenset[Role]) -> None:
    actor = Actor("anna", roles, "in a test")
    for verb in VERBS:
        check, may = getattr(permissions, f"check_may_{verb}"), getattr(permissions, f"may_{verb}")
        if may(actor):
            check(actor)
        else:
            with pytest.raises(NotPermitted, match="that needs the role"):
                check(actor)


def test_nobody_without_a_role_may_anything() -> None:
    nobody = Actor("nobody", frozenset(), "not at all")
    assert not any(getattr(permissions, f"may_{verb}")(nobody) for verb in VERBS)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_statement(data: bytes) -> None:
    with pytest.raises(Refused):
        read_statement(data)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_of_a_statement_can_be_changed(position: int, flip: int) -> None:
    key = SigningKey.generate()
    from gateway.trust.signed_change import is_signed_by
    from tests.builders import NOON

    signed = sign_change(ADD_AGENCY, AGENCY, PartnershipId("seaton"), NOON, key)
    changed = bytearray(signed.statement)
    changed[position % len(changed)] ^= flip
    assert is_signed_by(signed, key.public)
    assert not is_signed_by(SignedChange(bytes(changed), signed.key, signed.signature), key.public)
