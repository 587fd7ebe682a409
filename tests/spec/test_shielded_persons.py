"""Chapter 27. A shielded person: for somebody who hides from danger the safe thing is that nobody is told anything, either way.

Any agency that is involved shields its own client at once. One agency's word is good for five working days; two people confirm it, or it lapses.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.withholding import WithholdingKind
from gateway.refused import NotPermitted, Refused
from gateway.review.asking import ASK, ask_content
from gateway.review.details import EXPORT, export_content
from gateway.withholding.deciding import content_of
from gateway.withholding.overriding import CLOSE, close_content
from gateway.withholding.shielding import CONFIRM, LIFT
from mappings.canonical.codes import AlertEvent, MergeEvent, NoticeEvent, ReceiptOutcome, RelationKind
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import RelatedPerson
from mappings.canonical.person import Person
from tests.spec.officers import Officers, officers_of
from tests.spec.people import AHMAD, MAYA, TYLER
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, CHANGED, ENDED, RETRACTED = AlertEvent
SHIELD = WithholdingKind.SHIELD
PLAIN = replace(MAYA, identifiers=())

Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING, relations=(RelationKind.SIBLING,))
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


@pytest.fixture
def officers(seaton: World, stewards: Stewards) -> Officers:
    return officers_of(seaton, stewards)


def say(seaton: World, who: Counterpart, person: Person = MAYA, **changes: object) -> None:
    who.say(who.notice(person, **changes))  # type: ignore[arg-type]
    seaton.step()


def shield(seaton: World, who: Counterpart, client: str = "maya", **changes: object) -> None:
    who.shield(client, **changes)
    seaton.step()


def test_nobody_is_told_of_or_about_a_shielded_person(seaton: World, trio: Trio):
    """Given a client whom their agency has shielded, when two more agencies say that they are involved, then none of the three is told anything,
    the other two not even of each other."""
    social_care, nursing, housing = trio
    say(seaton, social_care)
    shield(seaton, social_care)
    say(seaton, nursing)
    say(seaton, housing)
    assert [each.alerts for each in trio] == [[], [], []]
    # Not between the other two either: it is the person that is shielded, not one agency's part.
    assert social_care.outcomes() == [ReceiptOutcome.ACCEPTED] * 2


def test_whoever_was_told_hears_that_it_is_no_longer_shared(seaton: World, trio: Trio):
    """Given two agencies that know of each other, when one of them shields the client, then both hear that it is no longer shared."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    say(seaton, nursing)
    shield(seaton, nursing)
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    assert social_care.told == nursing.told == {}


def test_what_was_queued_and_not_sent_is_never_sent(seaton: World, trio: Trio):
    """Given an alert that has not left yet, when the client is shielded, then it is never sent to either side."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    nursing.say(nursing.notice(MAYA))
    nursing.shield("maya")
    seaton.step()
    assert social_care.alerts == nursing.alerts == []


def test_an_agency_may_shield_before_it_has_said_that_it_is_involved(seaton: World, trio: Trio):
    """Given an agency that shields a client before it has said that it is involved, when it and another then say so, then neither is told."""
    social_care, nursing, _ = trio
    shield(seaton, nursing)
    say(seaton, social_care)
    say(seaton, nursing)
    assert social_care.alerts == nursing.alerts == []


def test_an_agency_shields_its_own_client_only(seaton: World, trio: Trio):
    """Given an agency that tries to shield for another agency, or by another agency's reference, when it asks, then the first is refused and the
    second shields nobody, and alerts go out as ever."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    shield(seaton, nursing, agency=SOCIAL_CARE)
    assert [issue.code for issue in nursing.receipts[-1].issues] == ["agency-not-approved"]
    # And another's reference under its own name is a name for nobody.
    shield(seaton, nursing, person_ref=social_care.references.person("maya"))
    say(seaton, nursing)
    assert social_care.events() == nursing.events() == [MADE]


def test_a_shield_lapses_after_five_working_days_unless_two_people_confirm_it(
    seaton: World, trio: Trio, officers: Officers
):
    """Given a shield that nobody confirms, when five working days have passed, then it lapses, not before, and both agencies are told of each other
    again."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    say(seaton, nursing)
    shield(seaton, nursing)
    (placed,) = officers.standing(SHIELD)
    # Chapter one of this town begins on a Monday at noon; five working days later is the Monday after.
    assert placed.lapses_at == seaton.clock.now() + timedelta(days=7)
    seaton.clock.pass_(days=6)
    assert officers.let_lapse() == 0
    seaton.clock.pass_(days=1)
    assert officers.let_lapse() == 1
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE]
    assert officers.standing(SHIELD) == []


def test_a_shield_that_two_people_confirmed_stands_until_two_people_lift_it(
    seaton: World, trio: Trio, officers: Officers
):
    """Given a shield that two people confirmed, when months pass and agencies publish, then it stands and nobody is told; when two people lift it,
    then both agencies are told of each other."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    shield(seaton, social_care)
    officers.decide(CONFIRM, officers.standing(SHIELD)[0])
    seaton.clock.pass_(days=200)
    assert officers.let_lapse() == 0
    say(seaton, nursing)
    say(seaton, social_care, event=NoticeEvent.CHANGED)
    assert nursing.alerts == []
    officers.decide(LIFT, officers.standing(SHIELD)[0])
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE]


def test_one_person_neither_confirms_nor_lifts(seaton: World, trio: Trio, stewards: Stewards, officers: Officers):
    """Given a shield, when one person alone proposes to confirm or lift it, then it stays as it was; approving one's own proposal, or signing
    without the role, is refused."""
    social_care, _, _ = trio
    say(seaton, social_care)
    shield(seaton, social_care)
    content = content_of(officers.standing(SHIELD)[0], seaton.mode)
    omar = officers.omar
    for action in (CONFIRM, LIFT):
        handed = omar.hand_in(action, content)
        assert handed.proposal is not None
        with pytest.raises(NotPermitted):
            omar.approve(handed)
        with pytest.raises(NotPermitted, match="needs the role"):
            stewards.sam.hand_in(action, content)
    assert officers.standing(SHIELD)[0].confirmed_at is None


def test_shielding_again_neither_adds_nor_prolongs_and_does_once_the_first_has_lapsed(
    seaton: World, trio: Trio, officers: Officers
):
    """Given a shield that stands, when the agency shields again, then nothing is added or prolonged; once it has lapsed, the old request sent again
    shields nobody, and a new one does. Both stay on record."""
    social_care, _, _ = trio
    say(seaton, social_care)
    asked = seaton.clock.now()
    shield(seaton, social_care)
    (first,) = officers.standing(SHIELD)
    seaton.clock.pass_(days=3)
    shield(seaton, social_care)
    assert officers.standing(SHIELD) == [first]
    seaton.clock.pass_(days=4)
    officers.let_lapse()
    # The old request, said again by a ledger that was restored, is still the old request.
    shield(seaton, social_care, asked_at=asked)
    assert officers.standing(SHIELD) == []
    shield(seaton, social_care)
    assert len(officers.standing(SHIELD)) == 1
    assert len(officers.standing(SHIELD, whole=True)) == 2


def test_it_stands_however_the_client_is_published_again(seaton: World, trio: Trio):
    """Given a shielded client, when their agency withdraws them, states them anew, or moves them to another reference of its own, then the shield
    stands and nobody is told."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    shield(seaton, social_care)
    say(seaton, social_care, event=NoticeEvent.WITHDRAWN)
    say(seaton, social_care)
    say(seaton, social_care, involvement="another")
    # Under another reference of the same agency, too: its involvement moves there and takes the shield along.
    say(seaton, social_care, replace(MAYA, local_id="M-2"), involvement="maya", event=NoticeEvent.CHANGED)
    say(seaton, nursing)
    assert social_care.alerts == nursing.alerts == []


def test_it_covers_whoever_is_linked_later_and_stays_with_both_where_they_are_parted(
    seaton: World, trio: Trio, stewards: Stewards, officers: Officers
):
    """Given a confirmed shield, when another agency's record is linked to the person later and a steward then parts the two, then both stay
    shielded, with whatever is linked to either, for nobody can tell which of them is in danger."""
    social_care, nursing, housing = trio
    say(seaton, social_care)
    shield(seaton, social_care)
    officers.decide(CONFIRM, officers.standing(SHIELD)[0])
    say(seaton, nursing)
    # Nursing's record is of somebody else after all, says a steward. Which of the two is in danger nobody can tell: neither is told of.
    stewards.unlink(2)
    say(seaton, nursing, replace(AHMAD, local_id="maya"), event=NoticeEvent.CHANGED)
    say(seaton, housing)
    say(seaton, housing, AHMAD)
    assert [each.alerts for each in trio] == [[], [], []]
    assert stewards.companions(3) == [1]
    assert stewards.companions(4) == [2]
    assert officers.show(1).records == (1, 2, 3, 4)


def test_it_goes_with_a_steward_s_relinking(seaton: World, trio: Trio, stewards: Stewards, officers: Officers):
    """Given two records that a steward parted, when one is shielded and the two are linked again by two people, then the shield stands on both, and
    nobody is told."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    say(seaton, nursing)
    stewards.unlink(2)
    seaton.step()
    shield(seaton, nursing)
    told = [list(each.events()) for each in trio]
    handed = stewards.relink(2, 1)
    stewards.kim.approve(handed)
    seaton.step()
    assert [each.events() for each in trio] == told
    assert officers.show(1).records == (1, 2)


def test_it_goes_with_a_merge_of_the_agencys_records_and_stays_with_both_when_that_is_undone(seaton: World, trio: Trio):
    """Given a shielded client, when their agency merges two of its own records and later takes that back, then whoever is in either record stays
    shielded, and nobody is told."""
    social_care, nursing, housing = trio
    say(seaton, social_care)
    say(seaton, social_care, replace(TYLER, identifiers=()))
    shield(seaton, social_care, "maya")
    social_care.merge("maya", "tyler")
    seaton.step()
    say(seaton, nursing, replace(TYLER, identifiers=()))
    assert nursing.alerts == []
    social_care.merge("maya", "tyler", MergeEvent.PARTED)
    seaton.step()
    say(seaton, housing)
    assert [each.alerts for each in trio] == [[], [], []]


def test_across_a_family_nobody_is_told_of_or_about_a_shielded_relative(seaton: World, trio: Trio):
    """Given two agencies that know of each other because their clients are brother and sister, when the brother is shielded, then both hear that it
    is no longer shared, and an agency that later names him as another client's brother is told nothing."""
    social_care, nursing, _ = trio
    say(seaton, nursing, TYLER)
    brother = RelatedPerson(RelationKind.SIBLING, nursing.notice(TYLER).evidence)
    say(seaton, social_care, relations=(brother,))
    assert social_care.events() == nursing.events() == [MADE]
    shield(seaton, nursing, "tyler")
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    say(seaton, social_care, AHMAD, relations=(brother,))
    assert len(social_care.alerts) == 2


def test_an_override_serves_one_disclosure_in_one_direction_and_somebody_else_looks_into_it(
    seaton: World, trio: Trio, officers: Officers
):
    """Given a shielded child who is missing tonight, when two people override the shield, then one agency is told of one other, once, in one
    direction, and hears when it is over; what changes in between is not told. Somebody else has to look into it and close it."""
    social_care, nursing, housing = trio
    say(seaton, social_care)
    say(seaton, nursing)
    say(seaton, housing)
    shield(seaton, nursing)
    before = [len(each.alerts) for each in trio]
    officers.override(1, recipient=1, discloser=2)
    seaton.step()
    assert [len(each.alerts) for each in trio] == [before[0] + 1, before[1], before[2]]
    assert social_care.alerts[-1].event is MADE
    assert social_care.alerts[-1].other is not None
    # What changes afterwards is not told: that would be a second one.
    say(seaton, nursing, event=NoticeEvent.CHANGED, end=None, start=None)
    seaton.sweep()
    seaton.step()
    assert len(social_care.alerts) == before[0] + 1
    (item,) = officers.investigations()
    assert item.served_at is not None
    with pytest.raises(NotPermitted, match="somebody else"):
        officers.omar.hand_in(CLOSE, close_content(item.id, "it was right", seaton.mode))
    officers.olga.hand_in(CLOSE, close_content(item.id, "the child was found", seaton.mode))
    assert officers.investigations() == []
    # Once it is over the one who was told hears so, as of any ending.
    say(seaton, nursing, event=NoticeEvent.ENDED)
    assert social_care.events()[-1] is ENDED


def test_an_override_permits_nothing_that_the_rules_do_not(seaton: World, trio: Trio, officers: Officers):
    """Given something that would not be told without the shield either, or involvements that are not there, when two people override the shield,
    then that is refused."""
    social_care, nursing, _ = trio
    say(seaton, social_care)
    say(seaton, nursing, held_back=True)
    shield(seaton, social_care)
    with pytest.raises(Refused, match="without the shield either"):
        officers.override(1, recipient=1, discloser=2)
    with pytest.raises(Refused, match="two live involvements"):
        officers.override(1, recipient=1, discloser=7)
    assert officers.investigations() == []


def test_a_shielded_person_is_never_handed_out_for_review_nor_asked_about(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a possible match that waits for a steward, when one of the two is shielded, then the steward can neither ask an agency about the record
    nor have the details handed out."""
    social_care, nursing, _ = trio
    say(seaton, social_care, PLAIN)
    say(seaton, nursing, replace(PLAIN, given=("Rose",)), sealed_details="sealed")
    view = stewards.case()
    shield(seaton, social_care)
    with pytest.raises(Refused, match="not one that anybody is asked about"):
        stewards.sam.hand_in(ASK, ask_content(view, 1, []))
    with pytest.raises(Refused, match="not handed out"):
        stewards.sam.hand_in(EXPORT, export_content(view))
