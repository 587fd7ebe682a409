"""Chapter 33. Agencies of one organisation meet as any others do; and a practitioner who works for three of them is never alerted about herself.

Dana Frost is a registered social worker. She works for children's social care, and on some days for nursing and for a school. Each agency's
notices carry a keyed token of her registration number, which nobody can read a number from.
"""

from pathlib import Path

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.ports import UnitOfWork
from identity.custody.epoch import new_epoch
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AgeBand, AlertEvent, Mode, NoticeEvent, RelationKind
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, RelatedPerson, Worker
from mappings.fhir import alert_bundle, notice_bundle
from mappings.professional_numbers import ProfessionalRegister, registration
from tests.connectors.office import Office, involvement
from tests.spec.people import MAYA
from tests.spec.test_family import DARREN

SOCIAL_CARE, NURSING, SCHOOL = (
    AgencyId(f"urn:patchwork:seaton:{name}") for name in ("social-care", "nursing", "school")
)
MADE, ENDED = AlertEvent.MADE, AlertEvent.ENDED
DANA = registration(ProfessionalRegister.SWE, "SW 123456")
INES = registration(ProfessionalRegister.NMC, "98I1234E")
Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    """Three agencies of one council, which may learn of each other."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(SCHOOL)
    bands = (AgeBand.UNBORN, AgeBand.CHILD, AgeBand.ADULT)
    seaton.agree(SOCIAL_CARE, NURSING, SCHOOL, age_bands=bands, relations=(RelationKind.PARENT,))
    return joined


def by(speaker: Counterpart, number: str, **changes: object) -> Notice:
    """The speaker is involved with Maya, by the practitioner of that registration number."""
    worker = Worker(
        "Dana Frost" if number == DANA else "Ines Novak", "Worker", str(speaker.id), Contact("01632 960077", "")
    )
    tokens = (speaker.tokeniser.worker(number),) if number else ()
    return speaker.notice(MAYA, worker=worker, worker_tokens=tokens, **changes)


def organisations(unit: UnitOfWork) -> set[str]:
    return {agency.organisation for agency in unit.trust.agencies()}


def test_agencies_of_one_organisation_learn_of_each_other(seaton: World, trio: Trio):
    """Given three agencies of one council, when two of them are involved with one child, then both are told, as agencies of two organisations
    would be."""
    with seaton.store.read() as unit:
        assert organisations(unit) == {"Seaton Council"}
    social_care, nursing, _ = trio
    social_care.say(by(social_care, DANA))
    nursing.say(by(nursing, INES))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE]


def test_whoever_works_for_three_agencies_is_never_alerted_about_herself(seaton: World, trio: Trio):
    """Given one practitioner who is involved with a child for three agencies, when all three say so, then none is told of another."""
    for speaker in trio:
        speaker.say(by(speaker, DANA))
    seaton.step()
    seaton.sweep()
    seaton.step()
    assert [speaker.alerts for speaker in trio] == [[], [], []]


def test_others_are_told_of_each_of_her_roles(seaton: World, trio: Trio):
    """Given a practitioner who is involved with a child for two agencies, when somebody else becomes involved at a third, then that one is told of
    both roles, and each role is told in its own agency's inbox."""
    social_care, nursing, school = trio
    for speaker in (social_care, nursing):
        speaker.say(by(speaker, DANA))
    school.say(by(school, INES))
    seaton.step()
    assert (social_care.events(), nursing.events(), school.events()) == ([MADE], [MADE], [MADE, MADE])


def test_two_practitioners_of_one_name_are_told_of_each_other(seaton: World, trio: Trio):
    """Given two practitioners of the same name with different numbers, or of whom one has none, when both are involved, then they are told of each
    other: a name says nothing."""
    social_care, nursing, school = trio
    social_care.say(by(social_care, DANA))
    nursing.say(by(nursing, registration(ProfessionalRegister.SWE, "SW654321")))
    school.say(by(school, ""))
    seaton.step()
    assert [len(speaker.told) for speaker in trio] == [2, 2, 2]


def test_when_she_leaves_one_of_them_her_successor_and_she_are_told(seaton: World, trio: Trio):
    """Given one practitioner at two agencies, when one of them names somebody else in her place, then both are told of each other; when she takes
    the place back, then both hear that it is over."""
    social_care, nursing, _ = trio
    for speaker in (social_care, nursing):
        speaker.say(by(speaker, DANA))
    seaton.step()
    nursing.say(by(nursing, INES, event=NoticeEvent.CHANGED))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE]
    nursing.say(by(nursing, DANA, event=NoticeEvent.CHANGED))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]


def test_it_holds_across_a_family_too(seaton: World, trio: Trio):
    """Given one practitioner who helps a child for one agency and her father for another, when the child's record names the father, then she is not
    alerted about herself."""
    social_care, nursing, _ = trio
    father = RelatedPerson(RelationKind.PARENT, tuple(social_care.tokeniser.evidence([standardise(DARREN)])))
    social_care.say(by(social_care, DANA, relations=(father,)))
    tokens = (nursing.tokeniser.worker(DANA),)
    nursing.say(nursing.notice(DARREN, age_band=AgeBand.ADULT, age_band_until=None, worker_tokens=tokens))
    seaton.step()
    assert social_care.alerts == nursing.alerts == []


def test_while_linkage_keys_change_she_is_known_by_the_one_both_have(seaton: World, trio: Trio):
    """Given one agency that has the next linkage key already, when its notices carry her token under both keys, then she is still not alerted about
    herself."""
    social_care, nursing, _ = trio
    following = KeyedTokeniser(new_epoch(seaton.epoch.partnership, Mode.TRIAL))
    both = (social_care.tokeniser.worker(DANA), following.worker(DANA))
    assert len(set(both)) == 2
    social_care.say(social_care.notice(MAYA, worker_tokens=both))
    nursing.say(by(nursing, DANA))
    seaton.step()
    assert social_care.alerts == nursing.alerts == []


def test_neither_her_number_nor_its_token_is_ever_told(seaton: World, trio: Trio):
    """Given a practitioner whose number is known, when others are told of her, then neither the number nor its token is in any alert."""
    social_care, nursing, _ = trio
    social_care.say(by(social_care, DANA))
    nursing.say(by(nursing, INES))
    seaton.step()
    token = social_care.tokeniser.worker(DANA)
    for alert in (*social_care.alerts, *nursing.alerts):
        written = alert_bundle.write(alert).decode()
        assert "123456" not in written
        assert token not in written


def test_an_alert_that_waits_when_she_turns_out_to_be_the_same_never_leaves(seaton: World, trio: Trio):
    """Given an alert that waits, when the practitioner turns out to be the same at both agencies before it leaves, then nobody hears of it."""
    social_care, nursing, _ = trio
    social_care.say(by(social_care, DANA))
    nursing.say(by(nursing, INES))
    seaton.receive()
    nursing.say(by(nursing, DANA, event=NoticeEvent.CHANGED))
    seaton.step()
    assert social_care.alerts == nursing.alerts == []
    with seaton.store.read() as unit:
        assert unit.counts()["alerts_pending"] == 0


def test_the_token_is_erased_with_her_contact(seaton: World, trio: Trio):
    """Given an involvement of hers that has ended, when its time is over, then her token is erased with her contact."""
    social_care, _, _ = trio
    social_care.say(by(social_care, DANA))
    social_care.say(by(social_care, DANA, event=NoticeEvent.ENDED))
    seaton.step()
    seaton.clock.pass_(days=92)
    assert seaton.keep_house()["erased"] == 1
    with seaton.store.read() as unit:
        held = unit.involvements.find(SOCIAL_CARE, social_care.references.involvement("maya"))
    assert held is not None
    assert (held.worker, held.worker_tokens) == (Worker(), ())


def test_the_agencys_own_export_is_where_her_number_comes_from(tmp_path: Path):
    """Given an export that states the worker's registration number in two rows of three, when it is published, then those two notices carry the same
    token, the third none, and the number itself leaves in none."""
    school = Office(tmp_path)
    school.publish(involvement(1, registration=DANA), involvement(2, registration=DANA), involvement(3))
    school.exchange()
    notices = school.gateway.notices
    token = school.tokenisers[0].worker(DANA)
    assert sorted(notice.worker_tokens for notice in notices) == [(), (token,), (token,)]
    assert not any(b"123456" in notice_bundle.write(notice) for notice in notices)
