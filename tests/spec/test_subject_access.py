"""Chapter 30. A person asks what Patchwork holds of them, and who was told. They are answered within a month.

The gateway cannot look anybody up: the tokens are made on the data protection officer's own machine, only what is surest counts, every agency
speaks for its own record first, and what was sealed is opened on that machine alone.
"""

import json
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.access_request import AccessItem, AccessRequest, AccessState, ItemState
from gateway.refused import NotPermitted, Refused
from gateway.subject_access.opening import CLOSE, EXTEND, OPEN, open_content, reason_content
from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey
from identity.person.standardise import standardise
from mappings.canonical.access import AccessQuestionKind, AccessVerdict, ExemptionGround
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    Informed,
    Mode,
    NoticeEvent,
    ReceiptOutcome,
    RelationKind,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import RelatedPerson
from mappings.canonical.person import PartialDate, Person
from tests.spec.dpos import Dpo, appointed
from tests.spec.people import CLIFF_WAY, MAYA, MYA, nhs

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
SEXUAL_HEALTH = AgencyId("urn:patchwork:seaton:sexual-health")
CONFIRM, CHECK, RELATIVE = AccessQuestionKind.CONFIRM, AccessQuestionKind.CHECK, AccessQuestionKind.RELATIVE
RELEASE, EXEMPT, NOT_THEIRS = AccessVerdict.RELEASE, AccessVerdict.EXEMPT, AccessVerdict.NOT_THEIRS

DAWN = Person(
    local_id="dawn",
    given=("Dawn",),
    family="O'Neill",
    birth_date=PartialDate(1985, 6, 2),
    addresses=(CLIFF_WAY,),
    identifiers=nhs("9990103011"),
)
Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def dpo(seaton: World, tmp_path: Path) -> Dpo:
    return appointed(seaton, tmp_path)


@pytest.fixture
def pair(seaton: World, dpo: Dpo) -> Pair:
    """Two agencies that know Maya, and know of each other."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
    late = date(2029, 12, 31)
    seaton.agree(SOCIAL_CARE, NURSING, SEXUAL_HEALTH, valid_until=late, review_by=late)
    for each in joined:
        each.say(each.notice(MAYA))
    for _ in range(3):
        seaton.step()
    return joined


def answer_all(
    dpo: Dpo, *agencies: Counterpart, verdict: AccessVerdict = RELEASE, ground: ExemptionGround | None = None
) -> None:
    dpo.ask_agencies()
    for agency in agencies:
        for question in agency.access_lists[-1].questions:
            agency.answer_access(question.id, verdict, ground)
    dpo.seaton.step()


def kinds(items: list[AccessItem]) -> dict[AgencyId, AccessQuestionKind]:
    return {each.agency: each.kind for each in items}


def text_of(folder: Path) -> str:
    return (folder / "answer.html").read_text()


# The person is answered.


def test_a_person_is_told_who_is_involved_and_who_was_told_what(dpo: Dpo, pair: Pair):
    """Given a person who asks what is held of them, when every agency has agreed, then the answer says which agencies are involved and which was
    told what of which other, names no member of staff, and says whom to turn to; that it was handed out is on record."""
    request = dpo.open()
    assert kinds(dpo.search(request, MAYA)) == {SOCIAL_CARE: CONFIRM, NURSING: CONFIRM}
    answer_all(dpo, *pair)
    _, folder = dpo.answer(request)
    answered = json.loads((folder / "answer.json").read_text())
    assert {each["agency"] for each in answered["records"]} == {SOCIAL_CARE.value, NURSING.value}
    first, second = answered["disclosures"]
    assert {first["told"], second["told"]} == {SOCIAL_CARE.value, NURSING.value}
    assert "work contact" in first["shown"]
    page = text_of(folder)
    assert "Seaton Nursing" in page
    assert "Worker of" not in page, "no member of staff is named"
    assert "rights@seaton.example" in page
    assert dpo.show(request).request.state is AccessState.RELEASED
    assert dpo.audited("access-released")[0]["disclosures"] == 2
    assert dpo.audited("access-file-opened")[0]["as_exported"] is True


def test_nothing_of_the_person_is_kept_with_the_request(seaton: World, dpo: Dpo, pair: Pair):
    """Given a request that was searched for, when it is looked at, then neither name, number nor postcode of the person is in it."""
    request = dpo.open()
    dpo.search(request, MAYA)
    view = repr(dpo.show(request))
    for word in ("Maya", "O'Neill", "9990100012", "ZZ2"):
        assert word not in view


def test_what_is_less_than_sure_its_own_agency_looks_at_first(dpo: Dpo, pair: Pair, seaton: World):
    """Given a person whose details are only like those of some records, when they ask, then each agency looks at its own record first; the one that
    says it is somebody else's is left out of the answer, and so is what was told of it."""
    # She gives no number and has moved since: the records are like her, and no more than that.
    asked = replace(MAYA, identifiers=(), addresses=())
    request = dpo.open()
    assert set(kinds(dpo.search(request, asked)).values()) == {CHECK}
    dpo.ask_agencies()
    (question,) = pair[0].access_lists[-1].questions
    assert (question.kind, question.person_ref) == (CHECK, pair[0].references.person("maya"))
    assert question.request == request.reference
    pair[0].answer_access(question.id, NOT_THEIRS)
    pair[1].answer_access(pair[1].access_lists[-1].questions[0].id, RELEASE)
    seaton.step()
    _, folder = dpo.answer(request)
    answered = json.loads((folder / "answer.json").read_text())
    assert [each["agency"] for each in answered["records"]] == [NURSING.value]
    assert answered["disclosures"] == [], "each of them is about the other agency's record too"


def test_a_twin_is_not_a_hit(dpo: Dpo, pair: Pair):
    """Given a twin who asks, when the register is searched, then no record of her sister counts as surely hers."""
    request = dpo.open()
    assert CONFIRM not in kinds(dpo.search(request, MYA)).values()


def test_what_a_controller_keeps_back_is_neither_shown_nor_hinted_at(dpo: Dpo, pair: Pair, seaton: World):
    """Given an agency that keeps its record back for fear of serious harm, when the answer is made, then nothing in it names that agency; it says,
    as every answer does, that some information may have been left out."""
    request = dpo.open()
    dpo.search(request, MAYA)
    dpo.ask_agencies()
    social_care, nursing = pair
    nursing.answer_access(nursing.access_lists[-1].questions[0].id, EXEMPT, ExemptionGround.SERIOUS_HARM)
    social_care.answer_access(social_care.access_lists[-1].questions[0].id, RELEASE)
    seaton.step()
    _, folder = dpo.answer(request)
    for name in ("answer.html", "answer.json", "answer.fhir.json"):
        assert "ursing" not in (folder / name).read_text()
    assert "Some information may have been left out" in text_of(folder)


def test_nothing_is_handed_out_before_every_controller_has_spoken(dpo: Dpo, pair: Pair, seaton: World):
    """Given a request that an agency has not answered yet, when the data protection officer wants the file, then it is refused; only after a
    fortnight may she enter what the agencies said on paper, and that letter is on record."""
    request = dpo.open()
    items = dpo.search(request, MAYA)
    with pytest.raises(Refused, match=r"2 records of .* wait for their agency's answer"):
        dpo.export(request)
    with pytest.raises(Refused, match="has until 2026-03-16 to answer through its own connector"):
        dpo.record_answer(request, items[0].id, "release")
    seaton.clock.pass_(days=15)
    for each in items:
        dpo.record_answer(request, each.id, "release")
    answered = dpo.show(request).items
    assert {(each.answered_by, each.evidence) for each in answered} == {("dora", "letter of 20 March")}
    dpo.answer(request)


def test_an_agency_is_asked_about_its_own_record_only_and_answers_for_no_other(dpo: Dpo, pair: Pair, seaton: World):
    """Given two agencies that are asked, when one looks at its list, then only its own record is on it; when the other answers that question or a
    made-up one, then it is refused in the same words, and nothing changes."""
    request = dpo.open()
    dpo.search(request, MAYA)
    dpo.ask_agencies()
    social_care, nursing = pair
    (theirs,) = nursing.access_lists[-1].questions
    assert theirs.person_ref == nursing.references.person("maya")
    before = len(social_care.receipts)
    for question in (theirs.id, MessageId("00000000-0000-4000-8000-000000000009")):
        social_care.answer_access(question, RELEASE)
    seaton.step()
    refused = social_care.receipts[before:]
    assert [each.outcome for each in refused] == [ReceiptOutcome.REFUSED] * 2
    assert refused[0].issues == refused[1].issues, "another's question and none at all look alike"
    assert {each.state for each in dpo.show(request).items} == {ItemState.ASKED}


def test_an_agency_may_think_better_of_it_until_the_file_is_handed_out(dpo: Dpo, pair: Pair, seaton: World):
    """Given an agency that agreed, when it changes its mind before the answer is handed out, then its last word counts; when it does so afterwards,
    then nothing changes, and that it came too late is on record."""
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    nursing = pair[1]
    question = nursing.access_lists[-1].questions[0].id
    nursing.answer_access(question, EXEMPT, ExemptionGround.WORKERS)
    seaton.step()
    assert [each.verdict for each in dpo.show(request).items] == [RELEASE, EXEMPT]
    dpo.answer(request)
    nursing.answer_access(question, RELEASE)
    seaton.step()
    assert [each.verdict for each in dpo.show(request).items] == [RELEASE, EXEMPT]
    assert len(dpo.audited("access-answer-late")) == 1


# Services that must stay private, and a parent who asks for a child.


@pytest.fixture
def clinic(seaton: World, pair: Pair) -> Counterpart:
    """A sexual health clinic that knows Maya too. It connects to nothing."""
    clinic = seaton.join(SEXUAL_HEALTH)
    clinic.say(clinic.notice(MAYA, sensitivity=Sensitivity.SENSITIVE, service=ServiceLine.SEXUAL_HEALTH))
    seaton.step()
    return clinic


def test_a_private_service_is_shown_to_the_person_only_when_it_was_decided(dpo: Dpo, pair: Pair, clinic: Counterpart):
    """Given a service that must stay private, when the person asks, then nothing is handed out before the data protection officer has decided about
    it, and it is in the answer because she said so."""
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair, clinic)
    (held,) = [each for each in dpo.show(request).items if each.held]
    assert held.agency == SEXUAL_HEALTH
    with pytest.raises(Refused, match="must stay private"):
        dpo.export(request)
    dpo.decide(request, held.id, include=True)
    _, folder = dpo.answer(request)
    assert "sexual health" in text_of(folder)


def test_a_parent_sees_no_private_service_no_team_and_no_address(dpo: Dpo, pair: Pair, clinic: Counterpart):
    """Given a parent who asks for a child, when the data protection officer leaves the private service out, then the answer shows neither that
    service, nor a team, nor an address."""
    request = dpo.open("parental-responsibility", about_child=True, proof="court-order")
    dpo.search(request, MAYA)
    answer_all(dpo, *pair, clinic)
    (held,) = [each for each in dpo.show(request).items if each.held]
    dpo.decide(request, held.id, include=False)
    _, folder = dpo.answer(request)
    for name in ("answer.html", "answer.json", "answer.fhir.json"):
        text = (folder / name).read_text()
        assert "exual" not in text
        assert "Cliff Way" not in text
    answered = json.loads((folder / "answer.json").read_text())
    assert {one["team"] for each in answered["records"] for one in each["involvements"]} == {""}


def test_the_person_themselves_sees_role_and_team(dpo: Dpo, pair: Pair):
    """Given a child who is able to decide and asks for herself, when the answer is made, then it shows the teams that are involved."""
    request = dpo.open("child-able-to-decide", about_child=True)
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    _, folder = dpo.answer(request)
    answered = json.loads((folder / "answer.json").read_text())
    assert {one["team"] for each in answered["records"] for one in each["involvements"]} == {"Team"}


def test_a_relative_sees_that_they_are_named_as_one_and_nothing_of_whose(dpo: Dpo, pair: Pair, seaton: World):
    """Given a mother whom a child's record names, when she asks, then she reads that she is noted as somebody's parent, and nothing of the
    involvement with that child."""
    social_care = pair[0]
    evidence = tuple(social_care.tokeniser.evidence([standardise(DAWN)]))
    named = RelatedPerson(RelationKind.PARENT, evidence)
    social_care.say(social_care.notice(MAYA, event=NoticeEvent.CHANGED, relations=(named,)))
    seaton.step()
    request = dpo.open()
    assert kinds(dpo.search(request, DAWN)) == {SOCIAL_CARE: RELATIVE}
    answer_all(dpo, social_care)
    _, folder = dpo.answer(request)
    (record,) = json.loads((folder / "answer.json").read_text())["records"]
    assert (record["names_you_as"], record["involvements"]) == ("parent", [])
    assert "noted you as somebody’s parent" in text_of(folder)


# After everything else is erased.


def test_who_was_told_is_answered_when_everything_else_is_erased(dpo: Dpo, pair: Pair, seaton: World):
    """Given involvements that ended and were erased long ago, when the person asks, then the answer, once the data protection officer has decided
    to show it, still says who was told what and when it was over, and that the rest has been erased."""
    for each in pair:
        each.say(each.notice(MAYA, event=NoticeEvent.ENDED))
    for _ in range(2):
        seaton.step()
    seaton.clock.pass_(days=400)
    seaton.keep_house()
    request = dpo.open()
    items = dpo.search(request, MAYA)
    assert kinds(items) == {SOCIAL_CARE: CONFIRM, NURSING: CONFIRM}
    answer_all(dpo, *pair)
    for each in items:
        dpo.decide(request, each.id, include=True)
    _, folder = dpo.answer(request)
    answered = json.loads((folder / "answer.json").read_text())
    assert [each["event"] for each in answered["disclosures"]] == [AlertEvent.MADE] * 2 + [AlertEvent.ENDED] * 2
    assert [each["involvements"] for each in answered["records"]] == [[], []]
    assert "has been erased" in text_of(folder)


# The clock, and who may.


def test_the_clock_is_a_month_and_is_put_off_once(dpo: Dpo, seaton: World):
    """Given a request, when it is opened, then it is due in a month, and may be put off by two more, once and with a reason; after that day it is
    overdue until it is closed."""
    request = dpo.open()
    assert request.due == date(2026, 4, 2)
    later: AccessRequest = dpo.change(EXTEND, reason_content(Mode.TRIAL, request.reference, "many records"))
    assert later.due == date(2026, 6, 2)
    with pytest.raises(Refused, match="put off once already"):
        dpo.change(EXTEND, reason_content(Mode.TRIAL, request.reference, "more"))
    seaton.clock.instant = seaton.clock.instant.replace(month=6, day=2)
    assert not dpo.show(request).is_overdue
    seaton.clock.pass_(days=1)
    assert dpo.show(request).is_overdue
    dpo.change(CLOSE, reason_content(Mode.TRIAL, request.reference, "taken back"))
    assert not dpo.show(request).is_overdue


def test_it_is_a_dpos_business_and_says_what_proof_was_seen(dpo: Dpo, seaton: World):
    """Given a request, when somebody who is no data protection officer opens it, when no proof of identity is named, or when a parent's request
    does not say that it is about a child, then it is refused."""
    registrar = dpo.dora.second
    assert registrar is not None
    today = seaton.clock.now().date()
    steward = registrar.second.colleague("sam", "steward") if registrar.second else registrar
    with pytest.raises(NotPermitted, match="needs the role dpo"):
        steward.hand_in(OPEN, open_content(Mode.TRIAL, "self", False, "passport", "sam", today, today))
    with pytest.raises(Refused, match="proof must be one of"):
        open_content(Mode.TRIAL, "self", False, "", "dora", today, today)
    with pytest.raises(Refused, match="about_child must be true"):
        open_content(Mode.TRIAL, "parental-responsibility", False, "court-order", "dora", today, today)


def test_nothing_is_opened_before_that_is_signed_and_only_by_whom_it_was_sealed_to(dpo: Dpo, pair: Pair):
    """Given the file on the data protection officer's machine, when she gives no reason or has not opened it, then nothing is handed out; when it
    was sealed to other officers, then what was told stays closed and no answer can be made."""
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    machine = dpo.machine(dpo.export(request))
    with pytest.raises(KeyFault, match="say why"):
        machine.open(" ")
    with pytest.raises(KeyFault, match="nothing was opened"):
        machine.release()
    machine.dpo = DecryptionKey.generate()
    assert machine.open("the person asked").unopened == 2
    with pytest.raises(KeyFault, match="sealed to other DPOs only"):
        machine.release()


def test_an_answer_made_of_another_file_is_not_taken(dpo: Dpo, pair: Pair):
    """Given an answer made from a file that was handed out anew since, when it is handed in, then it is refused; that the older file was opened is
    on record all the same."""
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    machine = dpo.machine(dpo.export(request))
    machine.open("the person asked")
    machine.release()
    dpo.seaton.clock.pass_(seconds=1)
    dpo.export(request)
    with pytest.raises(Refused, match="another file than the one handed out last"):
        dpo.carry(machine.folder / "release.json")
    dpo.carry(machine.folder / "opening.json")
    assert dpo.audited("access-file-opened")[0]["as_exported"] is False


def test_searching_again_adds_only_what_has_come_since(dpo: Dpo, pair: Pair, seaton: World):
    """Given a search that found two records, when it is made again, then nothing is added twice, and the audit says how many were new each time."""
    request = dpo.open()
    dpo.search(request, MAYA)
    assert len(dpo.search(request, MAYA)) == 2, "searching again adds nothing that is there"
    assert AgeBand.CHILD.value not in repr(dpo.audited("access-searched"))
    assert [each["new"] for each in dpo.audited("access-searched")] == [2, 0]


# Whether people were told in the first place.


def test_the_register_keeps_how_and_when_the_agency_says_that_the_person_was_told(dpo: Dpo, pair: Pair, seaton: World):
    """Given an agency that says how and when it told the person of Patchwork, when the person asks, then the answer says so, and the register can
    count how and whether people were told."""
    told = {"informed": Informed.IN_PERSON, "informed_date": date(2026, 1, 7)}
    pair[0].say(pair[0].notice(MAYA, event=NoticeEvent.CHANGED, **told))
    seaton.step()
    with seaton.store.read() as unit:
        counts = {(each.agency, each.informed, each.dated): each.count for each in unit.informing.counts()}
    assert counts == {(SOCIAL_CARE, Informed.IN_PERSON, True): 1, (NURSING, Informed.BY_NOTICE, False): 1}
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    _, folder = dpo.answer(request)
    assert "in person, 7 January 2026" in text_of(folder)


def test_an_answered_request_is_forgotten_with_the_record_it_was_answered_from(dpo: Dpo, pair: Pair, seaton: World):
    """Given a request that was answered, when six years have passed, then it is still there, and a day later it is forgotten, and the audit names
    it no more."""
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    dpo.answer(request)
    seaton.clock.pass_(days=366 * 6)
    seaton.keep_house()
    assert dpo.show(request).request.state is AccessState.RELEASED
    seaton.clock.pass_(days=1)
    seaton.keep_house()
    with pytest.raises(Refused, match="no request for access"):
        dpo.show(request)
    assert {each.get("request") for each in dpo.audited("access-released")} == {None}


class Page(HTMLParser):
    """What stands in a page, as a reading program goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scopes: list[str | None] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope"))


def test_the_page_stands_by_itself_and_can_be_read_aloud(dpo: Dpo, pair: Pair):
    """Given the page that the person is given, when a reading program goes through it, then language, title, headings and tables are marked, and it
    loads nothing from elsewhere."""
    request = dpo.open()
    dpo.search(request, MAYA)
    answer_all(dpo, *pair)
    _, folder = dpo.answer(request)
    page = Page()
    page.feed(text_of(folder))
    assert ("lang", "en-GB") in page.attributes
    assert (page.tags.count("h1"), page.tags.count("main"), page.tags.count("title")) == (1, 1, 1)
    assert page.tags.count("caption") == page.tags.count("table") == 3
    assert set(page.scopes) == {"col", "row"}
    headings = [int(tag[1]) for tag in page.tags if tag in ("h1", "h2", "h3")]
    assert all(after - before <= 1 for before, after in pairwise(headings)), "no level is left out"
    assert not {"script", "img", "link", "iframe", "a"} & set(page.tags)
    assert not {"src", "href", "style"} & {name for name, _ in page.attributes}
