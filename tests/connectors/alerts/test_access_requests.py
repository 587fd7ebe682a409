"""Somebody asks what is held of them: the gateway's question inside our own walls, and what we answer."""

from datetime import date
from pathlib import Path

import pytest

from connectors.alerts.access_requests import NotAsked, access_requests, answer_question, as_json, as_text
from mappings.access_json import read_access_answer, write_access_list
from mappings.canonical.access import AccessList, AccessQuestion, AccessQuestionKind, AccessVerdict, ExemptionGround
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import MessageId, PersonRef
from tests.connectors.office import SCHOOL, Office, involvement

ONE, TWO = (MessageId(f"00000000-0000-4000-8000-00000000000{n}") for n in (1, 2))
DUE = date(2026, 3, 16)


@pytest.fixture
def school(tmp_path: Path) -> Office:
    school = Office(tmp_path)
    school.publish(involvement(1), involvement(2))
    school.exchange()
    return school


def listed(school: Office, n: int, *questions: tuple[MessageId, PersonRef]) -> bytes:
    asked = tuple(AccessQuestion(id, AccessQuestionKind.CHECK, ref, "ABCD-EFGH", DUE) for id, ref in questions)
    return write_access_list(AccessList(SCHOOL, school.clock().date(), n, asked))


def ask(school: Office, n: int, *questions: tuple[MessageId, PersonRef]) -> str:
    school.gateway.send(
        MessageKind.ACCESS_LIST, MessageId("00000000-0000-4000-8000-0000000000ff"), listed(school, n, *questions)
    )
    taken = school.deliver().parcels
    return next(name for name in taken if name.startswith("access list"))


def client(school: Office, number: int) -> PersonRef:
    with school.ledger.read() as unit:
        known = unit.involvements.find(school.references.involvement(f"I{number}"))
    assert known is not None
    return known.person_ref


def open_questions(school: Office) -> list[MessageId]:
    with school.ledger.read() as unit:
        return [each.question.id for each in access_requests(unit, SCHOOL).entries]


def test_the_question_names_our_own_client_and_the_request_to_ring_about(school: Office) -> None:
    with school.ledger.read() as unit:
        assert "asked about nobody yet" in as_text(access_requests(unit, SCHOOL))
    assert ask(school, 1, (ONE, client(school, 1)), (TWO, PersonRef("f" * 64))) == "access list"
    with school.ledger.read() as unit:
        found = access_requests(unit, SCHOOL)
    document = as_json(found)["questions"]
    assert [each["request"] for each in document] == ["ABCD-EFGH"] * 2
    assert document[0]["client_id"]
    assert document[1]["client"] == "", "a client of whom the ledger knows no more"
    assert "is it theirs at all" in as_text(found)


def test_a_later_list_takes_the_place_of_an_earlier_one_and_never_the_other_way_round(school: Office) -> None:
    ask(school, 2, (TWO, client(school, 2)))
    assert ask(school, 1, (ONE, client(school, 1))) == "access list, older"
    assert open_questions(school) == [TWO]
    ask(school, 3)
    assert open_questions(school) == []


def test_the_answer_leaves_signed_and_the_question_is_gone(school: Office) -> None:
    ask(school, 1, (ONE, client(school, 1)), (TWO, client(school, 2)))
    with school.ledger.write() as unit:
        answer_question(unit, SCHOOL, ONE, AccessVerdict.EXEMPT, ExemptionGround.SERIOUS_HARM, school.clock())
        (queued,) = [each for each in unit.outbox.list("", 100) if each.kind is MessageKind.ACCESS_ANSWER]
    assert open_questions(school) == [TWO]
    assert queued.body is not None
    said = read_access_answer(queued.body)
    assert (said.id, said.question, said.agency) == (queued.id, ONE, SCHOOL)
    assert (said.verdict, said.ground) == (AccessVerdict.EXEMPT, ExemptionGround.SERIOUS_HARM)


def test_only_what_was_asked_is_answered_and_an_exemption_says_why(school: Office) -> None:
    with school.ledger.write() as unit, pytest.raises(NotAsked, match="no such question"):
        answer_question(unit, SCHOOL, ONE, AccessVerdict.RELEASE, None, school.clock())
    ask(school, 1, (ONE, client(school, 1)))
    with school.ledger.write() as unit, pytest.raises(ValueError, match="names its ground"):
        answer_question(unit, SCHOOL, ONE, AccessVerdict.EXEMPT, None, school.clock())
    assert open_questions(school) == [ONE]
