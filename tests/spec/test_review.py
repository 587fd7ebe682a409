"""Chapter 16. What is possible but not clear waits for a steward: a person who looks, decides and signs. Nothing is linked before that."""

import json
from dataclasses import replace
from datetime import date

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.review_case import CaseReason, CaseState
from gateway.refused import NotPermitted, Refused
from gateway.review.deciding import CaseView, confirm_content, refuse_content
from gateway.trust.proposals import hand_in
from gateway.trust.signed_change import sign_change
from identity.custody.decision_file import CONFIRM, REFUSE
from mappings.canonical.codes import AgeBand, AlertEvent, Certainty, NoticeEvent
from mappings.canonical.identifiers import AgencyId, PartnershipId, PersonRef
from tests.spec.people import AHMAD, HARBOUR_ROAD, MAYA, MYA, nhs, thin
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, CHANGED, RETRACTED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.RETRACTED

PLAIN = replace(MAYA, identifiers=())
THIN = thin(PLAIN)
INITIAL = replace(PLAIN, given=("M",))

Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    """Three agencies with an agreement about children."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


def say(seaton: World, *said) -> None:
    """Each agency says its person, one after the other."""
    for counterpart, person in said:
        counterpart.say(counterpart.notice(person))
        seaton.step()


def test_what_is_possible_opens_a_case_and_links_nothing(seaton: World, trio: Trio, stewards: Stewards):
    """Given two records that may be one child, when both are stated, then a case is opened for a steward and nothing is linked or told."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    view = stewards.case()
    assert (view.case.reason, view.case.state, view.case.version) == (CaseReason.POSSIBLE, CaseState.OPEN, 1)
    assert [side.record.agency for side in view.sides] == [SOCIAL_CARE, NURSING]
    assert [side.bands for side in view.sides] == [(AgeBand.CHILD,), (AgeBand.CHILD,)]
    assert social_care.told == nursing.told == {}


def test_a_case_says_field_by_field_what_agrees_and_why_a_person_must_look_and_holds_no_detail(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a case, when the steward looks at it, then it says field by field what agrees and why a person must look, and holds no detail of the
    child."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    case = stewards.case().case
    findings = {field: (level, bits) for field, level, bits in json.loads(case.explanation)}
    assert (findings["given"][0], findings["family"][0], findings["location"][0]) == (3, 1, 1)
    assert findings["given"][1] > 0
    assert "birth_date" not in findings
    assert "weak-identity" in case.doubts


def test_what_is_clear_opens_no_case_and_neither_does_a_stranger(seaton: World, trio: Trio, stewards: Stewards):
    """Given records that clearly are, or clearly are not, one person, when they are stated, then no case is opened."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, MAYA), (nursing, MAYA), (nursing, AHMAD))
    assert stewards.cases() == []


def test_two_records_of_one_agency_are_no_case(seaton: World, trio: Trio, stewards: Stewards):
    """Given two alike records of one agency, when they are stated, then no case is opened: that is the agency's own matter."""
    social_care, _, _ = trio
    say(seaton, (social_care, PLAIN), (social_care, replace(PLAIN, local_id="again")))
    assert stewards.cases() == []


def test_the_same_pair_is_never_asked_about_twice(seaton: World, trio: Trio, stewards: Stewards):
    """Given a pair that was asked about, when the same is stated again, then it is not asked about twice."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN), (nursing, THIN), (social_care, PLAIN))
    assert stewards.case().case.version == 1


def test_one_that_fits_both_twins_is_asked_about_with_each(seaton: World, trio: Trio, stewards: Stewards):
    """Given a record that fits both of two twins, when it is stated, then a case is opened with each and nobody is told."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (social_care, MYA), (nursing, INITIAL))
    assert [view.case.reason for view in stewards.cases()] == [CaseReason.MANY, CaseReason.MANY]
    assert social_care.told == nursing.told == {}


def test_a_case_has_a_clock_of_five_working_days(seaton: World, trio: Trio, stewards: Stewards):
    """Given a case opened on a Monday, when its clock is read, then it is due after five working days."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    case = stewards.case().case
    assert case.opened_at.date() == date(2026, 3, 2)  # a Monday
    assert case.due_at.date() == date(2026, 3, 9)  # the Monday after, not the Saturday


def test_a_bank_holiday_is_no_working_day(seaton: World, trio: Trio, stewards: Stewards):
    """Given a case opened on the Wednesday before Easter, when its clock is read, then Good Friday and Easter Monday have not been counted."""
    social_care, nursing, _ = trio
    seaton.clock.pass_(days=30)
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    case = stewards.case().case
    assert case.opened_at.date() == date(2026, 4, 1)
    assert case.due_at.date() == date(2026, 4, 10)


def test_confirming_connects_both_sides_and_says_that_a_person_decided_it(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a case, when the steward confirms it, then both sides are told, and the alert says that a person decided it."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    assert stewards.confirm(stewards.case()).done
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE]
    assert social_care.alerts[0].certainty is Certainty.REVIEWED
    assert stewards.cases() == []
    (decided,) = stewards.cases(all_states=True)
    assert (decided.case.state, decided.case.decided_by) == (CaseState.CONFIRMED, "sam")


def test_refusing_keeps_them_apart_also_when_the_evidence_later_says_otherwise(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a case that the steward refused, when the evidence later says otherwise, then the two stay apart."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    stewards.refuse(stewards.case())
    say(seaton, (nursing, MAYA), (social_care, MAYA))
    assert social_care.told == nursing.told == {}
    assert stewards.cases() == []


def test_what_a_steward_confirmed_holds_also_when_the_evidence_changes_beyond_recognition(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a case that the steward confirmed, when one side's details change beyond recognition, then the link holds."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    stewards.confirm(stewards.case())
    seaton.step()
    say(seaton, (nursing, replace(AHMAD, local_id="maya")))
    assert len(social_care.told) == len(nursing.told) == 1
    assert stewards.cases() == []


def test_refusing_one_twin_may_make_the_other_clear(seaton: World, trio: Trio, stewards: Stewards):
    """Given a record that fits two twins, when the steward refuses one, then the other may be clear and is linked."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (social_care, MYA), (nursing, INITIAL))
    of_mya = next(view for view in stewards.cases() if social_care.references.person("mya") in references(view))
    stewards.refuse(of_mya)
    seaton.step()
    assert [alert.recipient_person for alert in social_care.alerts] == [social_care.references.person("maya")]
    assert stewards.cases() == []


def references(view: CaseView) -> set[PersonRef]:
    return {side.record.person_ref for side in view.sides}


def test_new_evidence_scores_a_case_anew_and_its_clock_runs_on(seaton: World, trio: Trio, stewards: Stewards):
    """Given an open case, when new evidence comes, then it is weighed anew and the clock runs on."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    before = stewards.case().case
    seaton.clock.pass_(days=1)
    say(seaton, (nursing, replace(THIN, addresses=(HARBOUR_ROAD,))))
    after = stewards.case().case
    assert after.version > before.version
    assert after.score < before.score
    assert after.due_at == before.due_at


def test_a_case_is_closed_when_new_evidence_makes_it_clear(seaton: World, trio: Trio, stewards: Stewards):
    """Given an open case, when new evidence makes it clear, then it closes and both sides are told."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN), (nursing, PLAIN))
    assert stewards.cases() == []
    assert len(social_care.told) == len(nursing.told) == 1
    assert [fields["why"] for fields in stewards.audited("review-case-closed")] == ["one-person"]


def test_a_case_is_closed_when_they_turn_out_to_be_nothing_alike(seaton: World, trio: Trio, stewards: Stewards):
    """Given an open case, when new evidence shows two different people, then it closes and nobody is told."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN), (nursing, replace(AHMAD, local_id="maya")))
    assert stewards.cases() == []
    assert [fields["why"] for fields in stewards.audited("review-case-closed")] == ["not-alike"]


def test_a_case_is_closed_when_an_agency_is_no_longer_involved_and_back_when_it_is(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given an open case, when one agency is no longer involved, then it closes; when it is involved again, then it opens with a new clock."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    nursing.say(nursing.notice(THIN, event=NoticeEvent.ENDED))
    seaton.step()
    assert stewards.cases() == []
    seaton.clock.pass_(days=10)
    say(seaton, (nursing, THIN))
    case = stewards.case().case
    assert (case.state, case.opened_at) == (CaseState.OPEN, seaton.clock.now())


def test_undecided_in_its_clock_is_reported_and_never_linked(seaton: World, trio: Trio, stewards: Stewards):
    """Given a case that nobody decides in its time, when the clock runs out, then that is reported once and never linked; a steward can still
    decide."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    seaton.clock.pass_(days=7)
    assert stewards.report() == 0
    seaton.clock.pass_(minutes=1)
    assert stewards.report() == 1
    assert stewards.report() == 0
    seaton.sweep()
    seaton.step()
    assert stewards.case().case.state is CaseState.OVERDUE
    assert len(stewards.audited("review-case-overdue")) == 1
    with seaton.store.read() as unit:
        assert unit.counts()["reviews_overdue"] == 1
    assert social_care.told == nursing.told == {}
    # It can still be decided.
    stewards.confirm(stewards.case())
    seaton.step()
    assert len(social_care.told) == 1


def test_postponing_stays_inside_the_clock(seaton: World, trio: Trio, stewards: Stewards):
    """Given an open case, when the steward postpones it, then not beyond its clock."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    stewards.postpone(stewards.case(), date(2026, 3, 5))
    assert stewards.case().case.state is CaseState.LATER
    assert stewards.case().case.note == "waiting for an answer"
    with pytest.raises(Refused, match="not beyond its clock, 2026-03-09"):
        stewards.postpone(stewards.case(), date(2026, 3, 12))
    seaton.clock.pass_(days=8)
    with pytest.raises(Refused, match="has run out"):
        stewards.postpone(stewards.case(), date(2026, 3, 20))


def test_new_evidence_ends_a_postponement(seaton: World, trio: Trio, stewards: Stewards):
    """Given a postponed case, when new evidence comes, then it is open again."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    stewards.postpone(stewards.case(), date(2026, 3, 5))
    say(seaton, (nursing, replace(THIN, addresses=(HARBOUR_ROAD,))))
    assert stewards.case().case.state is CaseState.OPEN


def test_a_link_that_somebody_was_told_of_and_that_is_now_in_doubt_stands_until_a_steward_parts_it(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a link that was told, when new evidence speaks against it, then it stands until a steward parts it, and then both are told to disregard
    it."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, PLAIN), (nursing, replace(AHMAD, local_id="maya")))
    view = stewards.case()
    assert view.case.reason is CaseReason.QUESTIONED
    assert social_care.events() == nursing.events() == [MADE]
    assert stewards.refuse(view).done
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, RETRACTED]


def test_a_doubt_is_gone_when_the_evidence_bears_the_link_out_again(seaton: World, trio: Trio, stewards: Stewards):
    """Given a link in doubt, when the evidence bears it out again, then the doubt is gone and nobody was bothered."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, PLAIN), (nursing, replace(AHMAD, local_id="maya")), (nursing, PLAIN))
    assert stewards.cases() == []
    assert social_care.events() == [MADE]


def test_a_doubt_that_a_steward_puts_aside_is_not_raised_again(seaton: World, trio: Trio, stewards: Stewards):
    """Given a link in doubt that a steward confirmed, when its details change again, then it is not asked about again."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, PLAIN), (nursing, replace(AHMAD, local_id="maya")))
    stewards.confirm(stewards.case())
    say(seaton, (nursing, replace(AHMAD, local_id="maya", family="Other")))
    assert stewards.cases() == []
    assert social_care.events() == [MADE]


def test_joining_two_groups_of_which_both_were_told_takes_two_stewards(seaton: World, trio: Trio, stewards: Stewards):
    """Given two groups that were each told of themselves, when a steward would join them, then a second steward must sign too, and only then
    everybody is told."""
    two_pairs(seaton, trio)
    view = next(view for view in stewards.cases() if len(view.records) == 4)
    waiting = stewards.confirm(view)
    assert not waiting.done
    seaton.step()
    with pytest.raises(NotPermitted, match="another enrolled person"):
        stewards.sam.approve(waiting)
    assert stewards.kim.approve(waiting).done
    seaton.step()
    assert [len(counterpart.told) for counterpart in seaton.counterparts.values()] == [3, 3, 3, 3]
    for counterpart in seaton.counterparts.values():
        assert RETRACTED not in counterpart.events()
    assert stewards.cases() == []


def two_pairs(seaton: World, trio: Trio) -> None:
    """Social care and nursing know a girl with a number; housing and the school one of that name with another."""
    social_care, nursing, housing = trio
    school = seaton.join(AgencyId("urn:patchwork:seaton:school"))
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING, school.agency, version=2)
    for counterpart in (*trio, school):
        counterpart.place = replace(counterpart.place, agreement_version=2)
    other = replace(MAYA, identifiers=nhs("9990101019"))
    say(seaton, (social_care, MAYA), (nursing, MAYA), (housing, other), (school, other))
    assert [len(counterpart.told) for counterpart in seaton.counterparts.values()] == [1, 1, 1, 1]


def test_two_records_of_one_agency_are_never_made_one_person(seaton: World, trio: Trio, stewards: Stewards):
    """Given two records of one agency in a case, when a steward would make them one person, then it is refused with the way out."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, MAYA), (nursing, MAYA), (nursing, replace(MAYA, local_id="again")))
    (view,) = stewards.cases()
    with pytest.raises(Refused, match=r"nursing holds records .* patchwork link unlink"):
        stewards.confirm(view)


# Who may decide, and on what. Each of these is refused, and nothing changes.


def test_only_a_steward_decides(seaton: World, trio: Trio, stewards: Stewards):
    """Given a case, when somebody who is not a steward decides it, then it is refused and the case is as before."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    registrar = stewards.sam.second
    assert registrar is not None
    for action, content in decisions(stewards):
        with pytest.raises(NotPermitted, match="needs the role steward"):
            registrar.hand_in(action, content)
    assert stewards.case().case.version == 1


def test_the_gateways_own_key_decides_nothing(seaton: World, trio: Trio, stewards: Stewards):
    """Given a case, when a decision is signed with the gateway's own key, then it is refused: no machine decides."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    forger = replace(stewards.sam, key=seaton.keys.signing)
    for action, content in decisions(stewards):
        with pytest.raises(NotPermitted, match="not enrolled"):
            forger.hand_in(action, content)
    assert stewards.case().case.state is CaseState.OPEN


def test_a_signature_is_good_for_its_own_case_only(seaton: World, trio: Trio, stewards: Stewards):
    """Given a signed decision, when it is bent to another case, then it is refused."""
    social_care, nursing, housing = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN), (social_care, AHMAD))
    say(seaton, (housing, thin(AHMAD)))
    one, two = stewards.cases()
    signed = stewards.sam.sign(CONFIRM, confirm_content(one))
    forged = replace(signed, statement=signed.statement.replace(b'"case":1', b'"case":2'))
    assert forged.statement != signed.statement
    with pytest.raises(NotPermitted, match="signature"):
        hand_in(stewards.office, forged)
    with pytest.raises(Refused, match="other records"):
        stewards.sam.hand_in(CONFIRM, confirm_content(one) | {"case": two.case.id})


def test_a_signature_is_good_once(seaton: World, trio: Trio, stewards: Stewards):
    """Given a signed decision that was carried out, when it is handed in again, then it is refused."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    signed = stewards.sam.sign(REFUSE, refuse_content(stewards.case()))
    hand_in(stewards.office, signed)
    with pytest.raises(Refused, match="good once"):
        hand_in(stewards.office, signed)
    with pytest.raises(Refused, match="decided once"):
        stewards.sam.hand_in(REFUSE, {"case": 1, "version": 1, "side": "trial", "details": []})


def test_a_case_that_has_changed_refuses_the_old_signature(seaton: World, trio: Trio, stewards: Stewards):
    """Given a decision signed on a case, when the case has changed since, then it is refused."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    old = stewards.case()
    say(seaton, (nursing, replace(THIN, addresses=(HARBOUR_ROAD,))))
    with pytest.raises(Refused, match=r"has changed since this was signed \(version 1, now 2\)"):
        stewards.confirm(old)
    assert social_care.told == {}


def test_a_person_that_has_grown_since_refuses_the_old_signature(seaton: World, trio: Trio, stewards: Stewards):
    """Given a decision signed on a case, when further records have joined the person since, then it is refused."""
    social_care, nursing, housing = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    old = stewards.case()
    say(seaton, (housing, PLAIN))
    with pytest.raises(Refused, match="other records belong"):
        stewards.confirm(old)


def test_a_decision_signed_for_another_partnership_is_refused(seaton: World, trio: Trio, stewards: Stewards):
    """Given a decision signed for another partnership, when it is handed in, then it is refused."""
    social_care, nursing, _ = trio
    say(seaton, (social_care, PLAIN), (nursing, THIN))
    content = refuse_content(stewards.case())
    elsewhere = sign_change(REFUSE, content, PartnershipId("elsewhere"), seaton.clock.now(), stewards.sam.key)
    with pytest.raises(Refused, match="another partnership"):
        hand_in(stewards.office, elsewhere)


def decisions(stewards: Stewards) -> list[tuple[str, dict[str, object]]]:
    view = stewards.case()
    return [(CONFIRM, confirm_content(view)), (REFUSE, refuse_content(view))]
