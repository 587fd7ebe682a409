"""A practitioner says what came of an alert: references, a code and a day leave, who said it stays, and the gateway has it in the end."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.answers.saying import NotAnswered, answers_document, answers_text, by_whom, code_of, meant
from connectors.exchange.resync import queue_statements
from connectors.exchange.retrying import retry_refused
from connectors.publishing.shielding import SAID_AGAIN
from mappings.answer_json import write_answer
from mappings.canonical.codes import AlertEvent, AnswerCode, MessageKind
from mappings.canonical.receipt import Issue
from tests.connectors.answers.desk import answer, ref_of, told
from tests.connectors.commands.test_commands import Housing, housing, row, set_up
from tests.connectors.office import MONDAY, SCHOOL, Office, involvement
from tests.counterparts import an_alert

assert housing  # a fixture


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Clients 1 and 2 are published, and there is an alert about the first."""
    made = Office(tmp_path)
    made.publish(involvement(1), involvement(2))
    made.exchange()
    return made


def carry(school: Office) -> None:
    school.post()
    school.exchange()


def test_the_gateway_is_told_which_alert_which_answer_which_day_and_not_by_whom(school: Office) -> None:
    alert = told(school)
    assert answer(school, AnswerCode.MADE_CONTACT, by="Alex Worker").new
    carry(school)
    (said,) = school.gateway.answers
    assert (said.agency, said.connection, said.involvement_ref) == (SCHOOL, alert.connection, ref_of(school))
    assert (said.alert, said.version, said.answer, said.day) == (
        alert.id, 1, AnswerCode.MADE_CONTACT, MONDAY.date(),
    )  # fmt: skip
    body = write_answer(said).decode()
    assert not any(word in body for word in ("Alex", "Testcase", "C1", "I1", "K7P"))
    with school.ledger.read() as unit:
        (listed,) = answers_document(unit, SCHOOL, 10)["answers"]
        stored = unit.db.execute("SELECT by FROM answer").fetchone()[0]
    assert (listed["by"], listed["client"], listed["status"]) == ("Alex Worker", "Client 1", "settled")
    assert b"Alex" not in stored


def test_the_alert_is_named_by_what_is_said_on_the_telephone_or_by_its_id(school: Office) -> None:
    alert = told(school)
    with school.ledger.read() as unit:
        for said in ("K7P-4QX", "k7p 4qx", alert.id.value, alert.id.value.upper()):
            assert [each.connection for each in meant(unit, said)] == [alert.connection]
        assert meant(unit, "K7P-4QY") == []
        for nonsense in ("", "nobody", "x" * 5_000):
            with pytest.raises(NotAnswered, match="reference to say"):
                meant(unit, nonsense)
    told(school, event=AlertEvent.ENDED, version=2)
    with school.ledger.read() as unit:
        assert meant(unit, "K7P-4QX") == []


def test_an_answer_is_one_of_the_list_and_a_name_is_short(school: Office) -> None:
    assert code_of(" Made-Contact ") is AnswerCode.MADE_CONTACT
    with pytest.raises(NotAnswered, match="made-contact"):
        code_of("rang her")
    assert by_whom("  Alex   Worker ") == "Alex Worker"
    for name in ("x" * 121, "Alex\x07"):
        with pytest.raises(NotAnswered, match="120"):
            by_whom(name)


def test_the_same_again_is_not_sent_again_and_another_answer_is(school: Office) -> None:
    told(school)
    assert answer(school, AnswerCode.SEEN).new
    assert not answer(school, AnswerCode.SEEN).new
    assert answer(school, AnswerCode.ALREADY_KNEW).new
    told(school, version=2, event=AlertEvent.CHANGED)
    assert answer(school, AnswerCode.SEEN).new, "of a newer alert it is another answer"
    carry(school)
    assert [each.version for each in school.gateway.answers] == [1, 1, 2]


def test_different_people_is_said_again_with_each_statement_for_a_fortnight_and_nothing_else_is(school: Office) -> None:
    told(school)
    for code in (AnswerCode.DIFFERENT_PEOPLE, AnswerCode.SEEN):
        answer(school, code)
    carry(school)
    for days, expected in ((1, 3), (20, 3)):
        school.clock.time = MONDAY + timedelta(days=days)
        with school.ledger.write() as unit:
            queue_statements(unit, SCHOOL, school.clock())
        school.publish_due()
        school.exchange()
        assert len(school.gateway.answers) == expected
    first, _, again = school.gateway.answers
    assert (again.alert, again.answer, again.day) == (first.alert, AnswerCode.DIFFERENT_PEOPLE, first.day)
    assert again.id != first.id
    assert again.sequence > first.sequence
    assert timedelta(days=20) > SAID_AGAIN


def test_one_that_was_refused_is_said_again_when_a_person_asks(school: Office) -> None:
    told(school)
    school.gateway.refuses_answer = lambda said: (Issue("business-rule", "agreement", "", "not in force"),)
    answer(school, AnswerCode.SEEN)
    carry(school)
    with school.ledger.read() as unit:
        (refused,) = unit.outbox.list("refused", 10)
    assert refused.kind is MessageKind.ANSWER
    school.gateway.refuses_answer = lambda said: ()
    with school.ledger.write() as unit:
        assert retry_refused(unit, refused.id, school.clock()) == 1
    school.publish_due()
    school.exchange()
    assert len(school.gateway.answers) == 1


def test_nothing_answered_yet_says_so(school: Office) -> None:
    with school.ledger.read() as unit:
        assert "nothing yet" in answers_text(answers_document(unit, SCHOOL, 10))


def alerted(housing: Housing, *numbers: int) -> None:
    """Housing's tenants are published, and somebody else is involved with these."""
    set_up(housing)
    housing.export(row(1), row(2))
    housing("publish")
    housing.gateway.take()
    housing("deliver")
    for number in numbers:
        notice = housing.gateway.notices[number - 1]
        housing.gateway.send_alerts(
            an_alert(notice.agency, notice.person_ref, notice.involvement_ref, housing.gateway.now())
        )
    housing("deliver")


def test_the_commands_answer_at_once_and_show_what_was_answered(housing: Housing) -> None:
    alerted(housing, 1)
    said = housing.json("answer", "k7p4qx", "made-contact", "--by", "Karen Priest")
    assert (said["answer"], said["new"], said["posted"]["sent"]) == ("made-contact", True, 1)  # type: ignore[index,call-overload]
    housing.gateway.take()
    assert [each.answer for each in housing.gateway.answers] == [AnswerCode.MADE_CONTACT]
    assert "not said twice" in housing("answer", "K7P-4QX", "made-contact").stdout
    assert "steward decides" in housing("answer", "K7P-4QX", "different-people").stdout
    (listed,) = housing.json("answers")["agencies"]  # type: ignore[misc]
    assert {each["answer"] for each in listed["answers"]} == {"made-contact", "different-people"}  # type: ignore[index,call-overload]
    assert "made-contact" in housing("answers").stdout
    assert "by Karen Priest" in housing("answers").stdout


def test_what_cannot_be_answered_is_refused_with_the_way_out(housing: Housing) -> None:
    alerted(housing, 1, 2)
    several = housing("answer", "K7P-4QX", "seen")
    assert (several.exit_code, "by its id" in several.output) == (2, True)
    for arguments, way_out in (
        (("ZZZ-ZZZ", "seen"), "worklist"),
        (("nonsense", "seen"), "such as K7P-4QX"),
        (("K7P-4QX", "whatever"), "no-longer-involved"),
        (("K7P-4QX", "seen", "--by", "x" * 200), "120"),
        (("K7P-4QX", "seen", "--agency", "urn:patchwork:seaton:nobody"), "--agency is one of"),
    ):
        refused = housing("answer", *arguments)
        assert refused.exit_code == 2
        assert way_out in refused.output


def test_ending_and_passing_on_are_said_at_the_command_line_too(housing: Housing) -> None:
    alerted(housing, 1)
    passed = housing.json("answer", "K7P-4QX", "not-on-my-caseload")
    assert passed["rerouted_to"] == "duty"
    ended = housing("answer", "K7P-4QX", "no-longer-involved")
    assert "ends today" in ended.stdout
    housing("publish")
    (listed,) = housing.json("answers", code=1)["agencies"]  # type: ignore[misc]
    (still,) = listed["ended_here_and_still_stated"]  # type: ignore[index,call-overload]
    # Whichever of the two the notices came first of.
    involvement_id = still["involvement"]
    assert (involvement_id in ("H-1|Tenancy", "H-2|Tenancy"), still["source"]) == (True, "tenancies")
    assert "still-involved confirm" in housing("answers").stdout
    assert housing.json("still-involved", "confirm", involvement_id)["confirmed"] == 1
    housing("publish")
    assert housing.json("answers")["agencies"][0]["ended_here_and_still_stated"] == []  # type: ignore[index,call-overload]
