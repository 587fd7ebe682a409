"""Chapter 3. Who counts as the same person. A wrong link tells a stranger about a family; whatever is not clear is left apart."""

from dataclasses import replace

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import Certainty, Strength
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import PartialDate
from tests.spec.people import AHMAD, HARBOUR_ROAD, MAYA, MYA, TYLER, nhs

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    """Two agencies with an agreement about children."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    seaton.agree(SOCIAL_CARE, NURSING)
    return joined


def connected(seaton: World, pair, here, there) -> bool:
    """Whether the two agencies learn of each other when each says its person."""
    social_care, nursing = pair
    social_care.say(social_care.notice(here))
    nursing.say(nursing.notice(there))
    seaton.step()
    assert len(social_care.told) == len(nursing.told)
    return bool(social_care.told)


def test_the_same_verified_number_is_the_same_person_and_the_alert_says_so(seaton: World, pair):
    """Given one verified number in two records, when both are stated, then they are one person, and the alert says that the number agreed."""
    assert connected(seaton, pair, MAYA, replace(MAYA, family="Oneill", addresses=()))
    assert pair[0].alerts[0].certainty is Certainty.SAME_NUMBER


def test_without_a_number_names_birth_date_and_address_together_are_enough(seaton: World, pair):
    """Given two records without a number, when names, birth date and address all agree, then they are one person."""
    assert connected(seaton, pair, replace(MAYA, identifiers=()), replace(MAYA, identifiers=()))
    assert pair[0].alerts[0].certainty is Certainty.STRONG_MATCH


def test_accents_and_apostrophes_do_not_keep_people_apart(seaton: World, pair):
    """Given names that differ in accents and apostrophes only, when both are stated, then they are one person."""
    here = replace(TYLER, given=("Siobhán",), family="O'Neill", identifiers=())
    assert connected(seaton, pair, here, replace(here, given=("Siobhan",), family="ONEILL"))


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (MAYA, MYA),
        (replace(MAYA, identifiers=()), replace(MYA, identifiers=())),
        (replace(MAYA, identifiers=()), replace(MYA, given=("Rose",), identifiers=())),
        (MAYA, TYLER),
        (MAYA, replace(MAYA, identifiers=nhs("9990101019"))),
        (MAYA, replace(AHMAD, identifiers=MAYA.identifiers)),
        (replace(MAYA, identifiers=()), replace(MAYA, identifiers=(), birth_date=None, addresses=())),
    ],
    ids=[
        "twins with their numbers",
        "twins without numbers and with names that sound alike",
        "twins without numbers",
        "brother and sister at one address",
        "two different verified numbers",
        "one number with another name and birth date",
        "no birth date and no address",
    ],
)
def test_never_automatic(seaton: World, pair, here, there):
    """Given twins, siblings, two different verified numbers, one number with other details, or too little detail, when both are stated, then they
    are never linked automatically."""
    assert not connected(seaton, pair, here, there)


def test_without_a_birth_date_both_names_and_the_address_are_enough(seaton: World, pair):
    """Given a record without a birth date, when both names and the address agree, then they are one person."""
    undated = replace(MAYA, identifiers=(), birth_date=None)
    assert connected(seaton, pair, replace(MAYA, identifiers=()), undated)


def test_an_unverified_number_alone_proves_nothing(seaton: World, pair):
    """Given a number that nobody verified, when nothing else agrees, then it proves nothing."""
    here = replace(MAYA, identifiers=nhs("9990100012", Strength.WEAK))
    there = replace(AHMAD, identifiers=nhs("9990100012", Strength.WEAK))
    assert not connected(seaton, pair, here, there)


def test_twins_known_to_both_agencies_are_each_connected_with_themselves(seaton: World, pair):
    """Given twins known to two agencies, when both are stated by both, then each twin is connected with herself."""
    social_care, nursing = pair
    for counterpart in pair:
        for child in (MAYA, MYA):
            counterpart.say(counterpart.notice(child))
    seaton.step()
    about = {alert.recipient_person: alert.spoken_reference for alert in social_care.told.values()}
    assert set(about) == {social_care.references.person("maya"), social_care.references.person("mya")}
    there = {alert.spoken_reference: alert.recipient_person for alert in nursing.told.values()}
    assert there[about[social_care.references.person("maya")]] == nursing.references.person("maya")


def test_whoever_joins_late_is_connected_with_everybody_already_there(seaton: World, pair):
    """Given an agency that joins late, when it states its clients, then each who is known already is connected."""
    social_care, _ = pair
    for child in (MAYA, MYA, TYLER, AHMAD):
        social_care.say(social_care.notice(child))
    seaton.step()
    late = seaton.join(AgencyId("urn:patchwork:seaton:late"))
    seaton.agree(SOCIAL_CARE, NURSING, late.agency, version=2)
    late.place = replace(late.place, agreement_version=2)
    for child in (MAYA, TYLER):
        late.say(late.notice(child))
    seaton.step()
    assert len(late.told) == 2


def test_a_corrected_birth_date_connects_what_was_apart(seaton: World, pair):
    """Given two records apart because of a wrong birth date, when it is corrected, then both sides are told."""
    social_care, nursing = pair
    wrong = replace(
        MAYA, identifiers=(), birth_date=PartialDate(2009, 12, 30), given=("Maia",), addresses=(HARBOUR_ROAD,)
    )
    assert not connected(seaton, pair, replace(MAYA, identifiers=()), wrong)
    nursing.say(nursing.notice(replace(MAYA, identifiers=())))
    seaton.step()
    assert len(social_care.told) == len(nursing.told) == 1


def test_a_link_somebody_was_told_of_is_not_moved_in_silence(seaton: World, pair):
    """Given a link that was told, when one record changes to somebody else's details, then the link is questioned and not moved in silence."""
    social_care, nursing = pair
    assert connected(seaton, pair, replace(MAYA, identifiers=()), replace(MAYA, identifiers=()))
    nursing.say(nursing.notice(replace(AHMAD, local_id="maya")))
    seaton.step()
    assert len(social_care.told) == 1
    with seaton.store.read() as uow:
        outcomes = [event.fields.get("link") for event in uow.audit.events(0, 100)]
    assert "questioned" in outcomes
