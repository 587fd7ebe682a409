"""Four eyes: what widens trust is carried out when two people have signed the same bytes, and never otherwise."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.audit.verification import verify
from gateway.model.proposal import ProposalState
from gateway.refused import NotPermitted, Refused
from gateway.rules.agreements import ADD_AGREEMENT, agreement_content, list_agreements
from gateway.store.party_tables import proposal as proposal_table
from gateway.store.sql_store import SqlStore
from gateway.trust.actor import LOCAL_READER
from gateway.trust.lifecycle import RESUME_CONNECTOR, SUSPEND_CONNECTOR, move_content
from gateway.trust.onboarding import ADD_CONNECTOR, connector_content, list_connectors
from gateway.trust.operators import ENROL, Office, enrolment_content, list_operators
from gateway.trust.proposals import (
    LIFETIME,
    REJECT,
    HandedIn,
    approve,
    hand_in,
    list_proposals,
    reject,
    rejection_content,
    show_proposal,
)
from gateway.trust.signed_change import SignedChange, co_sign, read_statement, sign_change
from identity.agency.keys import SigningKey, generate
from identity.agency.trust import Status
from mappings.canonical.identifiers import PartnershipId
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff, StillClock, audited
from tests.gateway.trust.test_onboarding import AGREEMENT


@pytest.fixture
def proposed(staff: Staff) -> HandedIn:
    """Anna has proposed an agreement; nobody has approved it."""
    staff.agency(SCHOOL)
    staff.agency(HOUSING)
    return staff.hand_in(ADD_AGREEMENT, agreement_content(AGREEMENT))


def second_of(staff: Staff) -> Staff:
    assert staff.second is not None
    return staff.second


def second_signature(handed: HandedIn, key: SigningKey) -> SignedChange:
    assert handed.proposal is not None
    return co_sign(handed.proposal.statement, key)


def id_of(handed: HandedIn) -> str:
    assert handed.proposal is not None
    return handed.proposal.id


def refused(staff: Staff, handed: HandedIn, second: SignedChange, says: str) -> None:
    """The approval is refused, and the proposal stands as it stood."""
    before = audited(staff.office)
    with pytest.raises(Refused, match=says):
        approve(staff.office, id_of(handed), second)
    assert list_agreements(staff.office, LOCAL_READER) == []
    assert show_proposal(staff.office, LOCAL_READER, id_of(handed)) == handed.proposal
    assert audited(staff.office) == before


def test_nothing_happens_before_a_second_person_has_signed(staff: Staff, proposed: HandedIn) -> None:
    assert not proposed.done
    assert list_agreements(staff.office, LOCAL_READER) == []
    assert audited(staff.office)[-1] == ("proposal-made", "anna")


def test_the_second_signature_carries_out_exactly_what_the_first_signed(staff: Staff, proposed: HandedIn) -> None:
    agreement = second_of(staff).approve(proposed).result
    assert list_agreements(staff.office, LOCAL_READER) == [agreement]
    assert (agreement.recorded_by, agreement.approved_by) == ("anna", "omar")
    closed = show_proposal(staff.office, LOCAL_READER, id_of(proposed))
    assert (closed.state, closed.closed_by) == (ProposalState.EXECUTED, "omar")
    with staff.office.store.read() as unit:
        event = next(event for event in unit.audit.events(0, 100) if event.code == "agreement-added")
    assert (event.actor, event.fields["approved_by"]) == ("anna", "omar")
    assert event.fields["signature"] != event.fields["approval"]
    assert verify(staff.office.store).broken_at is None


def test_the_same_person_does_not_sign_twice(staff: Staff, proposed: HandedIn) -> None:
    refused(staff, proposed, second_signature(proposed, staff.key), "operator anna made this proposal")


def test_nobody_is_two_people_with_one_key(staff: Staff) -> None:
    content = enrolment_content("anna-too", ["ig-lead", "dpo"], staff.key.public)
    with pytest.raises(Refused, match="key is enrolled already under another name"):
        staff.hand_in(ENROL, content)


def test_two_proposals_of_one_key_do_not_enrol_it_twice(staff: Staff) -> None:
    key = SigningKey.generate()
    first = staff.hand_in(ENROL, enrolment_content("ben", ["dpo"], key.public))
    second = staff.hand_in(ENROL, enrolment_content("carl", ["dpo"], key.public))
    second_of(staff).approve(first)
    with pytest.raises(Refused, match="key is enrolled already under another name"):
        second_of(staff).approve(second)
    assert [operator.id for operator in list_operators(staff.office, LOCAL_READER)] == ["anna", "ben", "omar"]


def test_the_right_person_in_the_wrong_role_does_not_approve(staff: Staff, proposed: HandedIn) -> None:
    ben = staff.colleague("ben", "registrar", "operator")
    before = audited(staff.office)
    with pytest.raises(NotPermitted, match="operator ben may not approve sharing agreements"):
        ben.approve(proposed)
    assert audited(staff.office) == before


def test_whoever_may_not_propose_leaves_no_proposal(staff: Staff) -> None:
    ben = staff.colleague("ben", "observer")
    with pytest.raises(NotPermitted, match="needs the role ig-lead"):
        ben.hand_in(ADD_AGREEMENT, agreement_content(AGREEMENT))
    assert [each.action for each in list_proposals(staff.office, LOCAL_READER)] == [ENROL]


def test_a_stranger_does_not_approve(staff: Staff, proposed: HandedIn) -> None:
    refused(
        staff, proposed, second_signature(proposed, SigningKey.generate()), "the key that signed this is not enrolled"
    )


def test_a_signature_in_another_persons_name_does_not_approve(staff: Staff, proposed: HandedIn) -> None:
    forged = replace(second_signature(proposed, SigningKey.generate()), key=second_of(staff).key.id)
    refused(staff, proposed, forged, "not of the operator whose key it names")


def test_another_statement_is_no_approval_even_when_it_says_the_same(staff: Staff, proposed: HandedIn) -> None:
    again = second_of(staff).sign(ADD_AGREEMENT, agreement_content(AGREEMENT))
    refused(staff, proposed, again, "not what was proposed, byte for byte")


def test_a_changed_statement_with_a_good_second_signature_is_refused(staff: Staff, proposed: HandedIn) -> None:
    assert proposed.proposal is not None
    changed = proposed.proposal.statement.replace(b'"level":"full"', b'"level":"id-only"')
    refused(staff, proposed, co_sign(changed, second_of(staff).key), "not what was proposed, byte for byte")


def test_a_proposal_that_was_changed_in_the_database_fails_its_first_signature(
    staff: Staff, store: SqlStore, proposed: HandedIn
) -> None:
    assert proposed.proposal is not None
    changed = proposed.proposal.statement.replace(b'"level":"id-only"', b'"level":"full"')
    changed = changed.replace(b'"review_by":"2026-12-31"', b'"review_by":"2026-11-30"')
    assert changed != proposed.proposal.statement
    with store.transactions.register() as transaction:
        transaction.run(update(proposal_table).values(statement=changed))
    with pytest.raises(NotPermitted, match="not of the operator whose key it names"):
        approve(staff.office, id_of(proposed), co_sign(changed, second_of(staff).key))
    assert list_agreements(staff.office, LOCAL_READER) == []


@pytest.mark.parametrize(("column", "value"), [("proposer", "omar"), ("action", "operator.enrol")])
def test_what_stands_beside_the_statement_is_not_believed(
    staff: Staff, store: SqlStore, proposed: HandedIn, column: str, value: str
) -> None:
    with store.transactions.register() as transaction:
        transaction.run(update(proposal_table).values({column: value}))
    carl = staff.colleague("carl", "ig-lead", "registrar")
    with store.transactions.register() as transaction:
        transaction.run(update(proposal_table).where(proposal_table.c.id == id_of(proposed)).values({column: value}))
    with pytest.raises(Refused, match="not what its first signer signed"):
        carl.approve(proposed)


def test_an_expired_proposal_is_not_approved(staff: Staff, proposed: HandedIn) -> None:
    assert isinstance(staff.office.clock, StillClock)
    staff.office.clock.instant += LIFETIME
    assert show_proposal(staff.office, LOCAL_READER, id_of(proposed)).is_open(staff.office.clock.now())
    staff.office.clock.instant += timedelta(seconds=1)
    second = second_signature(proposed, second_of(staff).key)
    refused(staff, proposed, second, "has expired and can no longer be decided; propose it again")


def test_a_proposal_is_carried_out_once(staff: Staff, proposed: HandedIn) -> None:
    second_of(staff).approve(proposed)
    with pytest.raises(Refused, match="was executed by omar already"):
        second_of(staff).approve(proposed)
    assert len(list_agreements(staff.office, LOCAL_READER)) == 1


def test_a_second_signature_is_not_replayed_as_a_change_of_its_own(staff: Staff, proposed: HandedIn) -> None:
    second = second_signature(proposed, second_of(staff).key)
    with pytest.raises(Refused, match="handed in before"):
        hand_in(staff.office, second)
    second_of(staff).approve(proposed)
    with pytest.raises(Refused, match="handed in before"):
        hand_in(staff.office, second)


def test_the_first_signature_is_not_replayed(staff: Staff, proposed: HandedIn) -> None:
    with pytest.raises(Refused, match="handed in before"):
        hand_in(staff.office, staff.signed[-1])


def test_a_proposal_for_another_partnership_is_not_carried_out(staff: Staff, proposed: HandedIn) -> None:
    elsewhere = Office(staff.office.store, staff.office.clock, PartnershipId("elsewhere"))
    with pytest.raises(Refused, match="another partnership"):
        approve(elsewhere, id_of(proposed), second_signature(proposed, second_of(staff).key))


def test_a_proposal_is_rejected_with_a_reason_and_never_carried_out_then(staff: Staff, proposed: HandedIn) -> None:
    omar = second_of(staff)
    rejected = reject(staff.office, omar.sign(REJECT, rejection_content(id_of(proposed), "the board has not met")))
    assert (rejected.state, rejected.closed_by, rejected.reason) == (
        ProposalState.REJECTED,
        "omar",
        "the board has not met",
    )
    with pytest.raises(Refused, match="was rejected by omar already"):
        omar.approve(proposed)


def test_whoever_proposed_it_takes_it_back_and_others_need_a_role(staff: Staff, proposed: HandedIn) -> None:
    ben = staff.colleague("ben", "registrar")
    content = rejection_content(id_of(proposed), "a mistake")
    with pytest.raises(NotPermitted, match="may not approve sharing agreements"):
        reject(staff.office, ben.sign(REJECT, content))
    assert reject(staff.office, staff.sign(REJECT, content)).closed_by == "anna"


def test_what_cannot_be_done_is_refused_before_anybody_is_asked_to_approve_it(staff: Staff) -> None:
    for action, content, says in (
        (ADD_AGREEMENT, agreement_content(AGREEMENT), "not in the register"),
        (ADD_CONNECTOR, connector_content(generate().public("c1"), [SCHOOL.value], "https"), "not in the register"),
        (RESUME_CONNECTOR, move_content("c1", "it is mended"), "no connector c1"),
        (ENROL, enrolment_content("omar", ["dpo"], SigningKey.generate().public), "called omar is enrolled already"),
    ):
        with pytest.raises(Refused, match=says):
            staff.hand_in(action, content)
    assert list_proposals(staff.office, LOCAL_READER) == []


def test_what_became_impossible_meanwhile_is_refused_and_stays_a_proposal(staff: Staff) -> None:
    staff.agency(SCHOOL)
    keys = generate().public("school-1")
    waiting = staff.hand_in(ADD_CONNECTOR, connector_content(keys, [SCHOOL.value], "https"))
    staff.trial_connector("school-2", SCHOOL)
    with pytest.raises(Refused, match="connector school-2 speaks for agency"):
        second_of(staff).approve(waiting)
    assert [each.id.value for each in list_connectors(staff.office, LOCAL_READER)] == ["school-2"]
    assert show_proposal(staff.office, LOCAL_READER, id_of(waiting)).state is ProposalState.OPEN


def test_narrowing_takes_one_person_and_widening_again_takes_two(staff: Staff) -> None:
    staff.agency(SCHOOL)
    staff.connector("school-1", SCHOOL)
    night = staff.colleague("ben", "operator")
    suspended = night.hand_in(SUSPEND_CONNECTOR, move_content("school-1", "odd notices at night"))
    assert (suspended.done, suspended.result.status) == (True, Status.SUSPENDED)
    with pytest.raises(NotPermitted, match="needs the role registrar"):
        night.hand_in(RESUME_CONNECTOR, move_content("school-1", "it is fine"))
    waiting = staff.hand_in(RESUME_CONNECTOR, move_content("school-1", "the vendor mended it"))
    assert not waiting.done
    assert list_connectors(staff.office, LOCAL_READER)[0].status is Status.SUSPENDED
    assert second_of(staff).approve(waiting).result.status is Status.LIVE


def test_the_first_person_enrols_alone_the_second_by_the_first_and_then_it_takes_two(office: Office) -> None:
    anna = Staff(office, SigningKey.generate())
    keys = [SigningKey.generate() for _ in range(2)]
    assert anna.hand_in(ENROL, enrolment_content("anna", ["registrar"], anna.key.public)).done
    assert anna.hand_in(ENROL, enrolment_content("ben", ["registrar"], keys[0].public)).done
    assert not anna.hand_in(ENROL, enrolment_content("carl", ["registrar"], keys[1].public)).done


def test_nothing_but_an_enrolment_comes_first(office: Office) -> None:
    with pytest.raises(NotPermitted, match="enrol the first operator"):
        Staff(office, SigningKey.generate()).agency(SCHOOL)


def test_a_change_of_no_known_kind_is_refused(staff: Staff) -> None:
    with pytest.raises(Refused, match="not handed in here"):
        staff.hand_in("operator.become-root", {})


def test_an_unknown_proposal_is_not_repeated(staff: Staff) -> None:
    with pytest.raises(Refused, match="there is no such proposal") as caught:
        show_proposal(staff.office, LOCAL_READER, "x" * 500)
    assert "xxx" not in str(caught.value)


def test_nobody_signs_bytes_that_are_no_statement(staff: Staff, proposed: HandedIn) -> None:
    with pytest.raises(Refused, match="not a statement of this form"):
        co_sign(b"{}", staff.key)
    assert read_statement(second_signature(proposed, staff.key).statement).action == ADD_AGREEMENT
    stale = sign_change(
        ADD_AGREEMENT,
        agreement_content(AGREEMENT),
        staff.office.partnership,
        staff.office.clock.now() - LIFETIME,
        staff.key,
    )
    with pytest.raises(Refused, match="too long ago"):
        hand_in(staff.office, stale)
