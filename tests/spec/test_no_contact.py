"""Chapter 42. People who must not meet: a court has said so, or an agency knows why. Then nobody learns through the family who helps the
other, whoever else calls them relatives, and for as long as nobody takes it back.
"""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import LOCAL_READER
from gateway.withholding.no_contact import LIFT, lift_content, list_no_contacts
from mappings.canonical.codes import AlertEvent, NoticeEvent, RelationKind, RelationStanding
from tests.spec.officers import Officers, officers_of
from tests.spec.people import MAYA
from tests.spec.stewards import appointed
from tests.spec.test_family import (
    BOTH_AGES,
    DARREN,
    NURSING,
    PARENT,
    PROBATION,
    SOCIAL_CARE,
    about_darren,
    about_maya,
    related,
)

MADE, CHANGED, ENDED, RETRACTED = AlertEvent
NO_CONTACT = RelationStanding.NO_CONTACT
Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    """Children's social care, the father's probation officer and the health visitor; their agreement names parents."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(PROBATION), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, PROBATION, NURSING, age_bands=BOTH_AGES, relations=(PARENT,))
    return joined


@pytest.fixture
def met(seaton: World, trio: Trio) -> Trio:
    """Social care calls Darren Maya's father, and his probation officer and hers know of each other; so do the health visitor and social care,
    who both help Maya."""
    social_care, probation, nursing = trio
    about_darren(probation)
    about_maya(social_care, related(social_care, DARREN))
    about_maya(nursing)
    seaton.step()
    assert [each.events() for each in trio] == [[MADE, MADE], [MADE], [MADE]]
    return trio


@pytest.fixture
def officers(seaton: World) -> Officers:
    return officers_of(seaton, appointed(seaton))


def standing(officers: Officers) -> int:
    return len(list_no_contacts(officers.office, LOCAL_READER))


def forbid(seaton: World, nursing: Counterpart) -> None:
    """The health visitor's record says that Darren must not meet Maya."""
    about_maya(nursing, related(nursing, DARREN, standing=NO_CONTACT), event=NoticeEvent.CHANGED)
    seaton.step()


def test_any_agencys_word_stops_it_at_once_in_both_directions_and_whoever_was_told_hears_that_it_is_over(
    seaton: World, met: Trio
):
    """Given Maya's social worker and her father's probation officer, who know of each other, when the health visitor's record says that he must not
    meet her, then both hear at once that it is over; that both help Maya herself social worker and health visitor still know."""
    social_care, probation, nursing = met
    forbid(seaton, nursing)
    # That both help Maya herself the two agencies still know.
    assert social_care.events() == [MADE, MADE, ENDED]
    assert probation.events() == [MADE, ENDED]
    assert nursing.events() == [MADE]


def test_it_holds_from_the_other_side_too(seaton: World, met: Trio):
    """Given the same two, when it is the father's own probation record that says that he must not meet Maya, then both hear that it is over, just
    the same."""
    social_care, probation, _ = met
    child = related(probation, replace(MAYA, local_id="maya"), RelationKind.CHILD, NO_CONTACT)
    about_darren(probation, NoticeEvent.CHANGED, relations=(child,))
    seaton.step()
    assert social_care.events() == [MADE, MADE, ENDED]
    assert probation.events() == [MADE, ENDED]


def test_it_outlives_the_involvement_of_whoever_said_so_and_its_erasure(seaton: World, met: Trio, officers: Officers):
    """Given a no-contact whose agency is no longer involved and has been erased, when another agency calls the two relatives, then it stands and
    nobody is told; when the agency that had said so calls them relatives itself, without more, then it is taken back."""
    social_care, probation, nursing = met
    forbid(seaton, nursing)
    about_maya(nursing, event=NoticeEvent.ENDED)
    seaton.step()
    seaton.clock.pass_(days=120)
    assert seaton.keep_house()["erased"] == 1
    for speaker in (social_care, nursing):
        about_maya(speaker, related(speaker, DARREN, RelationKind.CARER), event=NoticeEvent.CHANGED)
        about_darren(probation, NoticeEvent.CHANGED)
        seaton.sweep()
        seaton.step()
        if speaker is social_care:
            assert probation.events() == [MADE, ENDED]
            assert standing(officers) == 1
    # The agency that had said so calls them relatives now, without more: it has taken it back.
    assert standing(officers) == 0


def test_who_may_be_the_relative_is_kept_apart_as_well(seaton: World, met: Trio):
    """Given a record that says that Maya must not meet somebody who may or may not be her father, when nobody can tell for certain, then her
    father's probation officer and her social worker are kept apart as well."""
    social_care, probation, nursing = met
    # A brother of the same day, or the same man under another name?
    unsure = replace(DARREN, identifiers=(), given=("Kevin",))
    about_maya(nursing, related(nursing, unsure, standing=NO_CONTACT), event=NoticeEvent.CHANGED)
    seaton.step()
    with seaton.store.read() as unit:
        (stated,) = (
            each
            for number in (1, 2, 3)
            for each in unit.relations.of_involvement(number)
            if each.standing is NO_CONTACT
        )
    assert stated.person_id is None, "nobody can tell for certain that it is he"
    assert probation.events() == [MADE, ENDED]
    assert social_care.events() == [MADE, MADE, ENDED]


def test_it_goes_with_the_records_through_other_links(seaton: World, met: Trio, officers: Officers):
    """Given a no-contact, when another agency brings a second record of the same father, then those who help him know of each other, Maya's social
    worker is told of none of them, and the no-contact stands on as one."""
    social_care, probation, nursing = met
    forbid(seaton, nursing)
    about_maya(nursing, event=NoticeEvent.ENDED)
    seaton.step()
    # A second record of the father comes in, of another agency: it is the same man.
    about_darren(nursing)
    seaton.step()
    assert probation.events() == [MADE, ENDED, MADE]
    assert nursing.events()[-1] is MADE
    assert len([event for event in social_care.events() if event is MADE]) == 2
    assert standing(officers) == 1


def test_two_people_lift_it_once_the_order_is_over(seaton: World, met: Trio, officers: Officers):
    """Given a no-contact whose order is over, when one person with the role proposes to lift it, then nothing is told; when a second approves, then
    both are told of each other again. Somebody without the role cannot propose it, it cannot be lifted twice, and it stays on record."""
    social_care, probation, nursing = met
    forbid(seaton, nursing)
    about_maya(nursing, event=NoticeEvent.ENDED)
    seaton.step()
    (known,) = list_no_contacts(officers.office, LOCAL_READER)
    content = lift_content(known.id, seaton.mode)
    with pytest.raises(NotPermitted, match="needs the role"):
        officers.olga.hand_in(LIFT, content)
    handed = officers.anna.hand_in(LIFT, content)
    seaton.step()
    assert probation.events() == [MADE, ENDED]
    assert officers.omar.approve(handed).result.pairs == 1
    seaton.step()
    assert probation.events() == [MADE, ENDED, MADE]
    assert social_care.events()[-1] is MADE
    with pytest.raises(Refused, match="no-contact list"):
        officers.anna.hand_in(LIFT, content)
    assert len(list_no_contacts(officers.office, LOCAL_READER, whole=True)) == 1
