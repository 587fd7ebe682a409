"""Chapter 34. The family from Cliff Way, all rules at once: a mother who needs to stay safe, a father who is helped too, and a child in between.

Siobhán goes to the outreach service of Harbour, a charity, about domestic abuse; its worker Dana Frost also helps Maya's father Darren to
keep his tenancy. Maya has a social worker, a health visitor and a school; Darren has a probation officer; Siobhán has a housing officer.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.audit.disclosures import connections, disclosures
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.protection import Protection
from identity.person.address_standard import standard_location
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.access import AccessVerdict
from mappings.canonical.alert import Alert
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    Mode,
    NoticeEvent,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import RelatedPerson, Worker
from mappings.canonical.person import Address, Person
from mappings.fhir import alert_bundle
from tests.spec.dpos import appointed as appointed_dpo
from tests.spec.people import MAYA, TYLER
from tests.spec.stewards import appointed
from tests.spec.test_family import DARREN, SIOBHAN

SOCIAL_CARE, NURSING, SCHOOL, PROBATION, HOUSING, HARBOUR = (
    AgencyId(f"urn:patchwork:seaton:{name}")
    for name in ("social-care", "nursing", "school", "probation", "housing", "harbour")
)
ADULT = {"age_band": AgeBand.ADULT, "age_band_until": None}
BOTH_AGES = (AgeBand.UNBORN, AgeBand.CHILD, AgeBand.ADULT)
PARENT, CHILD = RelationKind.PARENT, RelationKind.CHILD
MADE, RETRACTED = AlertEvent.MADE, AlertEvent.RETRACTED
REFUGE = Address(("9 Quiet Lane",), "Seaton", "ZZ7 4QP")
OUTREACH = Worker("Dana Frost", "Outreach worker", "Harbour outreach", Contact("01632 960077", "dana@harbour.example"))
# How Harbour appears wherever it may be named: by its office, since a worker of it also does what must stay private.
OFFICE = Worker("", "", "Harbour", Contact("01632 960070", "office@harbour.example"))


@dataclass
class Family:
    """Everybody who helps somebody of the family, and the register that they speak to."""

    seaton: World
    social_care: Counterpart
    nursing: Counterpart
    school: Counterpart
    probation: Counterpart
    housing: Counterpart
    harbour: Counterpart

    def everybody(self) -> list[Counterpart]:
        return [self.social_care, self.nursing, self.school, self.probation, self.housing, self.harbour]

    def others(self) -> list[Counterpart]:
        """Everybody but Harbour."""
        return self.everybody()[:-1]

    def about_maya(self, speaker: Counterpart, **changes: object) -> None:
        """The speaker is involved with Maya, whose record names both her parents."""
        parents = tuple(
            RelatedPerson(PARENT, tuple(speaker.tokeniser.evidence([standardise(parent)])))
            for parent in (DARREN, SIOBHAN)
        )
        speaker.say(speaker.notice(MAYA, relations=parents, **changes))

    def about(self, speaker: Counterpart, adult: Person, involvement: str = "", **changes: object) -> None:
        speaker.say(speaker.notice(adult, involvement, **(ADULT | changes)))

    def outreach(self, event: NoticeEvent = NoticeEvent.STARTED, person: Person = SIOBHAN) -> None:
        """Harbour says, as it must, that it is involved with the mother."""
        private = {"service": ServiceLine.DOMESTIC_ABUSE, "sensitivity": Sensitivity.SENSITIVE, "worker": OUTREACH}
        self.about(self.harbour, person, "outreach", event=event, **private)

    def tenancy(self) -> None:
        """Harbour helps the father, too, in a line that may be named."""
        self.about(self.harbour, DARREN, "tenancy", service=ServiceLine.HOUSING, worker=OFFICE)

    def told(self) -> Iterator[Alert]:
        """Every alert that anybody ever got."""
        for counterpart in self.everybody():
            yield from counterpart.alerts


@pytest.fixture
def family(seaton: World) -> Family:
    """Six agencies, and one agreement about children, adults and parents that would have everything shown."""
    agencies = (SOCIAL_CARE, NURSING, SCHOOL, PROBATION, HOUSING, HARBOUR)
    joined = [seaton.join(each) for each in agencies]
    seaton.agree(*agencies, age_bands=BOTH_AGES, relations=(PARENT,))
    return Family(seaton, *joined)


def all_speak(family: Family) -> None:
    """Everybody says whom they are involved with, Harbour about the mother as well as about the father."""
    for speaker in (family.social_care, family.nursing, family.school):
        family.about_maya(speaker)
    family.about(family.probation, DARREN)
    family.about(family.housing, SIOBHAN)
    family.outreach()
    family.tenancy()
    family.seaton.step()


def test_the_mothers_outreach_is_never_visible_to_anybody(family: Family) -> None:
    """Given outreach with the mother by a worker who also helps the father, when everybody involved with her, her child and the father is told of
    each other, then no alert holds the outreach, its worker, its contact or any word of it, and the outreach itself is told of nobody."""
    all_speak(family)
    family.seaton.sweep()
    family.seaton.step()
    alerts = list(family.told())
    assert len(alerts) > 10
    hidden = str(family.harbour.references.involvement("outreach"))
    for text in (alert_bundle.write(alert).decode() for alert in alerts):
        for word in ("Dana", "Frost", "outreach", "Outreach", "960077", "domestic-abuse", hidden):
            assert word not in text
    assert {str(alert.recipient_involvement) for alert in family.harbour.alerts} == {
        str(family.harbour.references.involvement("tenancy"))
    }


def test_nobody_can_tell_that_the_outreach_was_declared(family: Family) -> None:
    """Given everybody's alerts before the outreach is declared, when it is declared, changed, ended and withdrawn, then nobody is told anything
    more, and Harbour is answered as for any other notice."""
    for speaker in (family.social_care, family.nursing):
        family.about_maya(speaker)
    family.about(family.housing, SIOBHAN)
    family.seaton.step()
    before = [counterpart.events() for counterpart in family.everybody()]
    for event in (NoticeEvent.STARTED, NoticeEvent.CHANGED, NoticeEvent.ENDED, NoticeEvent.WITHDRAWN):
        family.outreach(event)
        family.seaton.step()
        family.seaton.sweep()
        family.seaton.step()
    assert [counterpart.events() for counterpart in family.everybody()] == before
    assert {receipt.outcome for receipt in family.harbour.receipts} == {family.housing.receipts[0].outcome}
    assert {receipt.issues for receipt in family.harbour.receipts} == {()}


def test_the_childs_team_and_the_fathers_worker_learn_of_each_other(family: Family) -> None:
    """Given Maya's social worker, whose record names her father, and his probation officer, when both are involved, then each is told of the
    other and of the relation, and neither reads a client's name."""
    family.about_maya(family.social_care)
    family.about(family.probation, DARREN)
    family.seaton.step()
    (for_child,), (for_father,) = family.social_care.alerts, family.probation.alerts
    assert (for_child.relation, for_father.relation) == (PARENT, CHILD)
    assert for_child.other is not None
    assert for_father.other is not None
    assert (for_child.other.agency, for_father.other.agency) == (PROBATION, SOCIAL_CARE)
    for alert in (for_child, for_father):
        written = alert_bundle.write(alert).decode()
        assert not any(name in written for name in ("Maya", "Darren", "Whitlock", "O'Neill"))


def test_the_charity_is_met_through_the_father_and_by_its_office_alone(family: Family) -> None:
    """Given that Harbour helps the father in a line that may be named, when the child's team is told of it, then it reads the charity, that line
    and its office, and no worker's name."""
    family.about_maya(family.social_care)
    family.outreach()
    family.tenancy()
    family.seaton.step()
    (alert,) = family.social_care.alerts
    assert alert.other is not None
    assert (alert.relation, alert.other.agency, alert.other.service) == (PARENT, HARBOUR, ServiceLine.HOUSING)
    assert (alert.other.worker.name, alert.other.worker.contact.phone) == ("", "01632 960070")


def test_nobody_joins_the_mother_and_the_father(family: Family) -> None:
    """Given a housing officer for the mother and a probation officer for the father, when the child's records name both parents, then the two are
    not told of each other: it goes one step, and never over the child."""
    for speaker in (family.social_care, family.nursing, family.school):
        family.about_maya(speaker)
    family.about(family.probation, DARREN)
    family.about(family.housing, SIOBHAN)
    family.seaton.step()
    for counterpart, other in ((family.probation, HOUSING), (family.housing, PROBATION)):
        assert {alert.relation for alert in counterpart.alerts} == {CHILD}
        assert other not in {alert.other.agency for alert in counterpart.alerts if alert.other}


def test_the_refuge_address_links_nobody(family: Family) -> None:
    """Given that the mother and the children flee to a refuge where another family lives, when agencies record the new address, then it joins
    neither the two families nor anybody of unlike names, and the father's worker is told of nothing new."""
    place = standard_location(REFUGE)
    assert place is not None
    tokens, now = KeyedTokeniser(family.seaton.epoch).protected([place]), family.seaton.clock.now()
    with family.seaton.store.write() as unit:
        unit.protections.offer(
            Protection(family.seaton.epoch.id, Mode.TRIAL, "a" * 64, len(tokens.places), now), tokens
        )
        unit.protections.activate(family.seaton.epoch.id, "a" * 64, now)
    # Nobody has a number for them here; the school knows the girl under another surname, so that only the address would make it sure.
    fled = replace(MAYA, given=("Maya",), addresses=(REFUGE,), identifiers=())
    neighbour = replace(
        TYLER, local_id="neighbour", given=("Callum",), family="Priest", addresses=(REFUGE,), identifiers=()
    )
    family.about(family.probation, DARREN)
    family.social_care.say(family.social_care.notice(fled))
    family.school.say(family.school.notice(replace(fled, family="Robson")))
    family.nursing.say(family.nursing.notice(neighbour))
    family.about(family.housing, replace(SIOBHAN, addresses=(REFUGE,)))
    family.outreach(person=replace(SIOBHAN, addresses=(REFUGE,)))
    family.seaton.step()
    family.seaton.sweep()
    family.seaton.step()
    assert list(family.told()) == []
    with family.seaton.store.read() as unit:
        assert unit.counts()["connections"] == 0


def test_a_wrong_match_is_retracted_from_both_sides(family: Family) -> None:
    """Given a health visitor whose record was matched with Maya's and is her cousin's, when a steward parts them, then both sides are told to
    disregard it, what the social worker and the father's officer know of each other stays, and the record says who was told what."""
    stewards = appointed(family.seaton)
    family.about(family.probation, DARREN)
    family.about_maya(family.social_care)
    family.about_maya(family.nursing)
    family.seaton.step()
    assert family.social_care.events() == [MADE, MADE]
    assert family.nursing.events() == family.probation.events() == [MADE, MADE]
    with family.seaton.store.read() as unit:
        record = unit.records.find(NURSING, family.nursing.references.person("maya"))
    assert record is not None
    assert stewards.unlink(record.id).done
    family.seaton.step()
    assert family.nursing.events().count(RETRACTED) == family.social_care.events().count(RETRACTED) == 1
    assert [alert.relation for alert in family.social_care.told.values()] == [PARENT]
    listed = [each for one in connections(family.seaton.store) for each in disclosures(family.seaton.store, one)]
    between = {SOCIAL_CARE.value, NURSING.value}
    wrong = [each for each in listed if {each.told, each.about} == between and each.event is MADE]
    assert [each.disregard_at is not None for each in wrong] == [True, True]
    assert {each.told for each in wrong} == between


def test_the_fathers_report_shows_what_was_disclosed_about_him_and_nothing_about_the_mother(
    family: Family, tmp_path: Path
) -> None:
    """Given everybody involved with the family, when the father asks what is held of him and every controller has agreed, then he is shown who
    is involved with him and who was told of that, and nothing about the mother, who helps her, or that she needs to stay safe."""
    dpo = appointed_dpo(family.seaton, tmp_path)
    all_speak(family)
    family.seaton.step()
    request = dpo.open()
    found = dpo.search(request, DARREN)
    assert {each.agency for each in found} == {PROBATION, HARBOUR, SOCIAL_CARE, NURSING, SCHOOL}
    dpo.ask_agencies()
    for agency in family.everybody():
        for question in agency.access_lists[-1].questions if agency.access_lists else ():
            agency.answer_access(question.id, AccessVerdict.RELEASE)
    family.seaton.step()
    _, folder = dpo.answer(request)
    answered = json.loads((folder / "answer.json").read_text())
    assert {(each["agency"], each["names_you_as"]) for each in answered["records"]} == {
        (PROBATION.value, None),
        (HARBOUR.value, None),
        *((each.value, "parent") for each in (SOCIAL_CARE, NURSING, SCHOOL)),
    }
    told = {(each["told"], each["about"]) for each in answered["disclosures"]}
    own = {PROBATION.value, HARBOUR.value}
    assert told == {(one, other) for one in own for other in own if one != other} | {
        (child, one) for child in (SOCIAL_CARE.value, NURSING.value, SCHOOL.value) for one in own
    }
    for name in ("answer.html", "answer.json", "answer.fhir.json"):
        text = (folder / name).read_text()
        for word in ("Siobh", "Maya", "outreach", "omestic", "Dana", "Quiet Lane", HOUSING.value, "Seaton Housing"):
            assert word not in text
