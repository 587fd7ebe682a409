"""Chapter 19. When two people were taken for one: the link is undone, whoever was told hears "disregard", and it is not made again."""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.linkage.link_changes import UNLINK, show_link, unlink_content
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import LOCAL_READER
from gateway.trust.lifecycle import OFF_BOARD_CONNECTOR, REVOKE_CONNECTOR
from mappings.canonical.codes import AlertEvent, MessageKind, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from tests.spec.people import HARBOUR_ROAD, MAYA, MYA, thin
from tests.spec.stewards import Stewards, appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.ENDED, AlertEvent.RETRACTED

PLAIN = replace(MAYA, identifiers=())
ONE, TWO, THREE = 1, 2, 3  # the records of social care, nursing and housing

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


def linked(seaton: World, *counterparts: Counterpart) -> None:
    """Every one of them says the same girl."""
    for counterpart in counterparts:
        counterpart.say(counterpart.notice(PLAIN))
    seaton.step()


def test_unlinking_tells_everybody_who_was_told_to_disregard_it(seaton: World, trio: Trio, stewards: Stewards):
    """Given three agencies taken to share a child, when a steward takes one record out, then everybody told of or by it is told to disregard it,
    and the other two stay connected."""
    social_care, nursing, housing = trio
    linked(seaton, *trio)
    assert stewards.unlink(TWO).done
    seaton.step()
    assert nursing.events() == [MADE, MADE, RETRACTED, RETRACTED]
    assert nursing.told == {}
    # What holds between the other two is not touched.
    assert len(social_care.told) == len(housing.told) == 1
    assert social_care.events() == [MADE, MADE, RETRACTED]
    assert stewards.companions(ONE) == [THREE]
    assert stewards.companions(TWO) == []


def test_one_steward_is_enough_to_undo_a_link_and_nobody_else_may(seaton: World, trio: Trio, stewards: Stewards):
    """Given a wrong link, when one steward undoes it, then that is enough; nobody who is not a steward may."""
    social_care, nursing, _ = trio
    linked(seaton, social_care, nursing)
    registrar = stewards.sam.second
    assert registrar is not None
    with pytest.raises(NotPermitted, match="needs the role steward"):
        replace(stewards, sam=registrar).unlink(TWO)
    assert stewards.unlink(TWO).done
    (event,) = stewards.audited("record-unlinked")
    assert (event["record"], event["told"], event["others"]) == (TWO, True, "1")


def test_it_is_not_linked_again_however_alike_the_evidence_is(seaton: World, trio: Trio, stewards: Stewards):
    """Given a link that was undone, when both sides state the same details again, then it is not made again and not asked about again."""
    social_care, nursing, _ = trio
    linked(seaton, social_care, nursing)
    stewards.unlink(TWO)
    seaton.step()
    for counterpart in (social_care, nursing):
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    seaton.sweep()
    seaton.step()
    assert social_care.told == nursing.told == {}
    assert stewards.cases() == []


def test_what_is_said_of_one_pair_does_not_keep_others_from_either(seaton: World, trio: Trio, stewards: Stewards):
    """Given two records that a steward parted, when a third fits both, then a steward is asked about each, and nobody is told meanwhile."""
    social_care, nursing, housing = trio
    linked(seaton, social_care, nursing)
    stewards.unlink(TWO)
    housing.say(housing.notice(PLAIN))
    seaton.step()
    # Housing's girl is as like the one as the other: that is for a steward.
    assert housing.told == {}
    assert len(stewards.cases()) == 2


def test_who_was_told_that_it_ended_is_told_that_it_never_was(seaton: World, trio: Trio, stewards: Stewards):
    """Given a connection that was told as ended, when its link is undone, then those told are told that it never was."""
    social_care, nursing, _ = trio
    linked(seaton, social_care, nursing)
    nursing.say(nursing.notice(PLAIN, event=NoticeEvent.ENDED))
    seaton.step()
    stewards.unlink(TWO)
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]


def test_an_alert_that_waits_when_its_link_is_undone_never_leaves(seaton: World, trio: Trio, stewards: Stewards):
    """Given an alert that waits, when its link is undone, then it never leaves."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(PLAIN))
    nursing.say(nursing.notice(PLAIN))
    seaton.receive()
    with seaton.store.read() as unit:
        assert unit.counts()["alerts_pending"] == 2
    stewards.unlink(TWO)
    seaton.step()
    seaton.clock.pass_(hours=1)
    seaton.step()
    assert social_care.events() == nursing.events() == []


def test_an_alert_on_its_way_is_followed_by_its_retraction(seaton: World, trio: Trio, stewards: Stewards):
    """Given an alert on its way, when its link is undone, then the retraction follows it."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(PLAIN))
    nursing.say(nursing.notice(PLAIN))
    seaton.receive()
    seaton.relay().send_alerts()
    stewards.unlink(TWO)
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, RETRACTED]
    seaton.clock.pass_(hours=1)
    seaton.step()
    assert social_care.events() == [MADE, RETRACTED]


def test_a_retraction_that_overtakes_its_alert_suppresses_it(seaton: World, trio: Trio, stewards: Stewards):
    """Given a retraction that overtakes its alert, when both arrive, then the alert is not believed."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(PLAIN))
    nursing.say(nursing.notice(PLAIN))
    seaton.receive()
    seaton.relay().send_alerts()
    stewards.unlink(TWO)
    seaton.relay().send_alerts()
    parcels = list(social_care.end.take(50, 0.0))
    alerts = [parcel for parcel in parcels if social_care.open(parcel.sealed).header.kind is MessageKind.ALERT]
    for parcel in reversed(alerts):
        social_care.hear(parcel)
    assert social_care.events() == [RETRACTED, MADE]
    assert social_care.told == {}


def test_an_alert_that_was_sent_and_not_yet_answered_is_sent_again_after_its_person_was_joined_with_another(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given an alert that nobody has answered yet, when its person is joined with another, then it is sent again and everybody is told in the
    end."""
    social_care, nursing, housing = trio
    weak = thin(PLAIN)
    social_care.say(social_care.notice(PLAIN))
    nursing.say(nursing.notice(PLAIN))
    housing.say(housing.notice(weak))
    seaton.receive()
    seaton.relay().send_alerts()
    # The parcels are lost: nobody hears them, and their life is over.
    for counterpart in trio:
        counterpart.end.acknowledge(counterpart.end.take(50, 0.0))
    stewards.confirm(stewards.case())
    seaton.clock.pass_(hours=1)
    seaton.step()
    assert [len(counterpart.told) for counterpart in trio] == [2, 2, 2]


def test_a_wrong_confirmation_can_be_undone(seaton: World, trio: Trio, stewards: Stewards):
    """Given a confirmation that was wrong, when a steward undoes it, then both sides are told to disregard it."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(PLAIN))
    nursing.say(nursing.notice(thin(PLAIN)))
    seaton.step()
    stewards.confirm(stewards.case())
    seaton.step()
    stewards.unlink(TWO)
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, RETRACTED]
    assert stewards.cases() == []


def test_a_wrong_undoing_can_be_undone_by_two(seaton: World, trio: Trio, stewards: Stewards):
    """Given an undoing that was wrong, when two stewards sign, then the records are joined again and everybody is told."""
    _, nursing, _ = trio
    linked(seaton, *trio)
    stewards.unlink(TWO)
    seaton.step()
    waiting = stewards.relink(TWO, ONE)
    assert not waiting.done
    seaton.step()
    assert nursing.told == {}
    with pytest.raises(NotPermitted, match="another enrolled person"):
        stewards.sam.approve(waiting)
    assert stewards.kim.approve(waiting).done
    seaton.step()
    assert [len(counterpart.told) for counterpart in trio] == [2, 2, 2]
    assert stewards.companions(TWO) == [ONE, THREE]
    # And that stands, too.
    nursing.say(nursing.notice(thin(replace(PLAIN, addresses=(HARBOUR_ROAD,)))))
    seaton.step()
    assert [len(counterpart.told) for counterpart in trio] == [2, 2, 2]


def test_where_it_belongs_elsewhere_the_connection_that_follows_is_made_at_once(
    seaton: World, trio: Trio, stewards: Stewards
):
    """Given a record linked to the wrong twin, when a steward undoes it, then both are told and the right connection is made at once."""
    social_care, nursing, _ = trio
    twin_by_initial = replace(PLAIN, given=("M",))
    for counterpart, person in ((social_care, PLAIN), (social_care, MYA), (nursing, twin_by_initial)):
        counterpart.say(counterpart.notice(person))
        seaton.step()
    of_maya = next(view for view in stewards.cases() if ONE in view.records)
    stewards.confirm(of_maya)
    seaton.step()
    (alert,) = social_care.alerts
    assert alert.recipient_person == social_care.references.person("maya")
    # It was the other twin.
    stewards.unlink(3)
    seaton.step()
    assert sorted(nursing.events()) == [MADE, MADE, RETRACTED]
    (alert,) = social_care.told.values()
    assert alert.recipient_person == social_care.references.person("mya")
    assert stewards.cases() == []


def test_an_agency_that_leaves_closes_what_asked_about_its_clients(seaton: World, trio: Trio, stewards: Stewards):
    """Given a case about an agency's client, when the agency leaves for good, then the case closes."""
    social_care, nursing, _ = trio
    social_care.say(social_care.notice(PLAIN))
    nursing.say(nursing.notice(thin(PLAIN)))
    seaton.step()
    assert len(stewards.cases()) == 1
    omar = stewards.sam.second
    assert omar is not None
    anna = omar.second
    assert anna is not None
    anna.move("nursing", REVOKE_CONNECTOR)
    anna.move("nursing", OFF_BOARD_CONNECTOR)
    assert stewards.cases() == []
    assert [fields["why"] for fields in stewards.audited("review-case-closed")] == ["not-involved"]


def test_every_link_a_record_had_stays_to_be_seen(seaton: World, trio: Trio, stewards: Stewards):
    """Given a link that was undone, when one looks at the record, then both links are there with their times and who decided them."""
    social_care, nursing, _ = trio
    linked(seaton, social_care, nursing)
    stewards.unlink(TWO)
    with seaton.store.read() as unit:
        before, after = unit.records.links(TWO)
    assert before.valid_to == after.valid_from == seaton.clock.now()
    assert (before.decided_by, after.decided_by, after.method) == ("linkage", "sam", "parted")


def test_what_was_signed_for_links_that_have_changed_since_is_refused(seaton: World, trio: Trio, stewards: Stewards):
    """Given an undoing signed on links that have changed since, when it is handed in, then it is refused."""
    social_care, nursing, housing = trio
    linked(seaton, social_care, nursing)
    content = unlink_content(show_link(stewards.office, LOCAL_READER, TWO))
    housing.say(housing.notice(PLAIN))
    seaton.step()
    with pytest.raises(Refused, match="have changed since this was signed"):
        stewards.sam.hand_in(UNLINK, content)
    assert len(nursing.told) == 2
    with pytest.raises(Refused, match="no linked record 99"):
        show_link(stewards.office, LOCAL_READER, 99)


def test_there_is_nothing_to_undo_for_a_record_that_is_alone(seaton: World, trio: Trio, stewards: Stewards):
    """Given a record that is alone, when a steward would undo its link, then it is refused: there is nothing to undo."""
    linked(seaton, trio[0])
    with pytest.raises(Refused, match="nothing to undo"):
        stewards.unlink(ONE)
