"""Chapter 14. Those who help a child, and those who help a relative whom the child's record names, learn of each other. Nothing else joins a
family: not an address, not a surname, not a relative's relative."""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from identity.person.standardise import standardise
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    Gender,
    NoticeEvent,
    ReceiptOutcome,
    RelationKind,
    RelationStanding,
    Sensitivity,
)
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import RelatedPerson
from mappings.canonical.person import PartialDate, Person
from tests.spec.people import CLIFF_WAY, HARBOUR_ROAD, MAYA, TYLER, nhs
from tests.spec.stewards import appointed

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
PROBATION = AgencyId("urn:patchwork:seaton:probation")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
MADE, CHANGED, ENDED, RETRACTED = AlertEvent.MADE, AlertEvent.CHANGED, AlertEvent.ENDED, AlertEvent.RETRACTED
PARENT, CHILD = RelationKind.PARENT, RelationKind.CHILD
BOTH_AGES = (AgeBand.UNBORN, AgeBand.CHILD, AgeBand.ADULT)

DARREN = Person(
    local_id="darren",
    given=("Darren", "James"),
    family="Whitlock",
    birth_date=PartialDate(1985, 7, 17),
    gender=Gender.MALE,
    addresses=(HARBOUR_ROAD,),
    identifiers=nhs("9990104018"),
)
SIOBHAN = Person(
    local_id="siobhan",
    given=("Siobhán",),
    family="O'Neill",
    birth_date=PartialDate(1988, 2, 1),
    gender=Gender.FEMALE,
    addresses=(CLIFF_WAY,),
    identifiers=nhs("9990103011"),
)


@pytest.fixture
def trio(seaton: World) -> tuple[Counterpart, Counterpart, Counterpart]:
    """Children's social care, the father's probation officer and the health visitor; their agreement names parents."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(PROBATION), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, PROBATION, NURSING, age_bands=BOTH_AGES, relations=(PARENT,))
    return joined


def related(
    speaker: Counterpart,
    person: Person,
    kind: RelationKind = PARENT,
    standing: RelationStanding = RelationStanding.CURRENT,
) -> RelatedPerson:
    """What a notice says of a relative: the kind, and evidence."""
    return RelatedPerson(kind, tuple(speaker.tokeniser.evidence([standardise(person)])), standing)


def about_maya(speaker: Counterpart, *relatives: RelatedPerson, event: NoticeEvent = NoticeEvent.STARTED) -> None:
    """The speaker is involved with Maya, whose record names these relatives."""
    speaker.say(speaker.notice(MAYA, event=event, relations=relatives))


def about_darren(speaker: Counterpart, event: NoticeEvent = NoticeEvent.STARTED, **changes: object) -> None:
    """The speaker is involved with Darren, an adult."""
    speaker.say(speaker.notice(DARREN, event=event, age_band=AgeBand.ADULT, age_band_until=None, **changes))


def test_the_childs_worker_and_the_fathers_learn_of_each_other_and_of_the_relation_only(seaton: World, trio):
    """Given a child's record that names her father, when his worker's agency is involved with him, then the two workers learn of each other, and of
    the relation only."""
    social_care, probation, _ = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()

    assert [(alert.event, alert.relation) for alert in social_care.alerts] == [(MADE, PARENT)]
    assert [(alert.event, alert.relation) for alert in probation.alerts] == [(MADE, CHILD)]
    assert social_care.alerts[0].spoken_reference == probation.alerts[0].spoken_reference
    assert social_care.alerts[0].recipient_person == social_care.references.person("maya")
    assert probation.alerts[0].recipient_person == probation.references.person("darren")


def test_a_relative_who_joins_later_is_found_too(seaton: World, trio):
    """Given a child's record that names her father, when an agency becomes involved with him later, then both workers are told then."""
    social_care, probation, _ = trio
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()
    assert social_care.alerts == []

    about_darren(probation)
    seaton.step()
    assert (social_care.events(), probation.events()) == ([MADE], [MADE])


def test_a_relative_whom_nobody_helps_is_nobody_in_the_register(seaton: World, trio):
    """Given a child's record that names relatives whom nobody helps, when it is taken in, then the register holds no person for them."""
    social_care, _, _ = trio
    about_maya(social_care, related(social_care, DARREN), related(social_care, SIOBHAN))
    seaton.step()
    with seaton.store.read() as unit:
        assert unit.counts()["people"] == 1


def test_another_agency_of_the_child_does_not_learn_of_the_father_from_it(seaton: World, trio):
    """Given two agencies of one child of which one names the father, when his worker is told of that one, then the other learns nothing of the
    father."""
    social_care, probation, nursing = trio
    nursing.say(nursing.notice(MAYA))
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()

    assert [alert.relation for alert in nursing.alerts] == [None]
    assert len(probation.alerts) == 1


def test_it_goes_one_step_and_no_further(seaton: World, trio):
    """Given Maya's record that names her brother and the brother's that names their father, when all are involved, then nobody joins Maya to the
    father by way of her brother."""
    social_care, probation, nursing = trio
    seaton.agree(
        SOCIAL_CARE, PROBATION, NURSING, version=2, age_bands=BOTH_AGES, relations=(PARENT, RelationKind.SIBLING)
    )
    for each in trio:
        each.place = replace(each.place, agreement_version=2)
    about_darren(probation)
    nursing.say(nursing.notice(TYLER, relations=(related(nursing, DARREN),)))
    about_maya(social_care, related(social_care, TYLER, RelationKind.SIBLING))
    seaton.step()

    assert {alert.relation for alert in social_care.alerts} == {RelationKind.SIBLING}
    assert {alert.relation for alert in probation.alerts} == {CHILD}
    assert {alert.relation for alert in nursing.alerts} == {RelationKind.SIBLING, PARENT}


def test_an_address_and_a_surname_join_nobody(seaton: World, trio):
    """Given people of one address and one surname, when no record states a relation, then nobody is told of the other."""
    social_care, probation, _ = trio
    about_maya(social_care)
    probation.say(probation.notice(SIOBHAN, age_band=AgeBand.ADULT, age_band_until=None))
    seaton.step()
    assert social_care.alerts == probation.alerts == []


@pytest.mark.parametrize(
    "terms",
    [
        {"age_bands": BOTH_AGES},
        {"age_bands": BOTH_AGES, "relations": (RelationKind.SIBLING,)},
        {"age_bands": (AgeBand.UNBORN, AgeBand.CHILD), "relations": (PARENT,)},
        {"age_bands": (AgeBand.ADULT,), "relations": (PARENT,)},
    ],
)
def test_an_agreement_that_does_not_cover_the_relation_and_both_ages_tells_nobody(seaton: World, terms):
    """Given an agreement that does not cover the relation or one of the two ages, when a child's record names the father, then nobody is told and
    every notice is answered as usual."""
    social_care, probation = seaton.join(SOCIAL_CARE), seaton.join(PROBATION)
    seaton.agree(SOCIAL_CARE, PROBATION, **terms)
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()
    assert social_care.alerts == probation.alerts == []
    assert social_care.outcomes() == probation.outcomes() == [ReceiptOutcome.ACCEPTED]


def test_a_relation_counts_from_either_side(seaton: World, trio):
    """Given the father's record naming the child instead, when both are involved, then both workers are told, each of the relation as it is from
    their side."""
    social_care, probation, _ = trio
    about_maya(social_care)
    about_darren(probation, relations=(related(probation, MAYA, CHILD),))
    seaton.step()
    assert [alert.relation for alert in social_care.alerts] == [PARENT]
    assert [alert.relation for alert in probation.alerts] == [CHILD]


@pytest.mark.parametrize("standing", [RelationStanding.DISPUTED, RelationStanding.NO_CONTACT])
def test_a_disputed_relative_or_one_under_no_contact_joins_nobody_whoever_says_so(seaton: World, trio, standing):
    """Given a relation that was told of, when any agency states that it is disputed or that there is to be no contact, then it joins nobody any
    more and those told hear that it is over."""
    social_care, probation, nursing = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()
    assert social_care.events() == probation.events() == [MADE]

    about_maya(nursing, related(nursing, DARREN, standing=standing))
    seaton.step()
    assert social_care.events()[:2] == [MADE, MADE]  # of the father, and of the health visitor
    assert probation.told == {}
    assert [alert.relation for alert in social_care.told.values()] == [None]


def test_it_ends_with_the_statement(seaton: World, trio):
    """Given workers who met by a stated relation, when the record no longer states it, then both hear that the connection is over."""
    social_care, probation, _ = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()

    about_maya(social_care, event=NoticeEvent.CHANGED)
    seaton.step()
    assert social_care.events() == probation.events() == [MADE, ENDED]


@pytest.mark.parametrize(("event", "heard"), [(NoticeEvent.ENDED, ENDED), (NoticeEvent.WITHDRAWN, RETRACTED)])
def test_it_ends_with_the_involvement_that_states_it(seaton: World, trio, event, heard):
    """Given workers who met by a stated relation, when the involvement that states it ends or is withdrawn, then both hear of an ending or a
    retraction."""
    social_care, probation, _ = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()

    about_maya(social_care, related(social_care, DARREN), event=event)
    seaton.step()
    assert social_care.events() == probation.events() == [MADE, heard]


def test_it_ends_with_the_relatives_involvement(seaton: World, trio):
    """Given workers who met by a stated relation, when the relative's involvement ends, then both hear that the connection is over."""
    social_care, probation, _ = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()

    about_darren(probation, NoticeEvent.ENDED)
    seaton.step()
    assert social_care.events() == probation.events() == [MADE, ENDED]


def test_a_relative_who_turns_out_to_be_somebody_else_is_retracted(seaton: World, trio):
    """Given a probation record with the wrong man's details, when it is corrected, then both workers are told to disregard what they heard."""
    social_care, probation, _ = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()

    other = replace(
        DARREN, given=("Imran",), family="Sadiq", birth_date=PartialDate(1979, 12, 3), identifiers=nhs("9990105014")
    )
    probation.say(probation.notice(other, event=NoticeEvent.CHANGED, age_band=AgeBand.ADULT, age_band_until=None))
    seaton.step()
    assert social_care.told == probation.told == {}
    assert social_care.events()[-1] is probation.events()[-1] is RETRACTED


def test_a_service_that_must_stay_private_is_not_told_of_across_a_family_either(seaton: World, trio):
    """Given a sensitive service that helps the father, when the child's record names him, then neither side is told anything."""
    social_care, probation, _ = trio
    about_darren(probation, sensitivity=Sensitivity.SENSITIVE)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()
    assert social_care.alerts == probation.alerts == []


def test_an_alert_that_waits_while_the_relation_is_taken_back_is_never_sent(seaton: World, trio):
    """Given an alert across a family that has not left yet, when the relation is taken back, then it is never sent."""
    social_care, probation, _ = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    seaton.receive()
    about_maya(social_care, event=NoticeEvent.CHANGED)
    seaton.step()
    assert social_care.alerts == probation.alerts == []


def test_a_parent_and_a_child_of_one_name_are_not_taken_for_each_other(seaton: World, trio):
    """Given a girl and her mother of one name at one address, when both are stated, then the two are not taken for each other."""
    social_care, probation, _ = trio
    younger = replace(SIOBHAN, local_id="younger", birth_date=PartialDate(2013, 5, 20), identifiers=())
    social_care.say(social_care.notice(younger, relations=(related(social_care, replace(SIOBHAN, identifiers=())),)))
    probation.say(probation.notice(replace(younger, local_id="p-younger")))
    seaton.step()
    assert {alert.relation for alert in (*social_care.alerts, *probation.alerts)} == {None}


def test_a_steward_who_parts_or_joins_a_relatives_records_changes_who_is_family(seaton: World, trio):
    """Given workers who met through a father, when a steward parts his records, then those told hear "disregard"; when two stewards join them
    again, then they are told again."""
    social_care, probation, nursing = trio
    stewards = appointed(seaton)
    about_darren(probation)
    about_darren(nursing)
    about_maya(social_care, related(social_care, DARREN))
    seaton.step()
    assert social_care.events() == [MADE, MADE]

    # Two people are as much alike to the father whom the child's record names as each other: neither is taken for him.
    assert stewards.unlink(2).done
    seaton.step()
    assert social_care.events() == [MADE, MADE, RETRACTED, RETRACTED]
    assert social_care.told == {}
    assert nursing.events()[-1] == probation.events()[-1] == RETRACTED

    waiting = stewards.relink(2, 1)
    assert stewards.kim.approve(waiting).done
    seaton.step()
    assert social_care.events()[4:] == [MADE, MADE]
    assert len(social_care.told) == 2
