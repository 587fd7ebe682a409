"""An alert that is not on the caseload of whom it went to goes to somebody else of ours, and to whoever is on duty where nobody is named."""

from pathlib import Path

import pytest

from connectors.alerts.worklist import worklist
from connectors.sinks.email import EmailSettings, Tls, message_of
from mappings.canonical.codes import AlertEvent, AnswerCode
from tests.connectors.answers.desk import answer, told
from tests.connectors.office import Office, involvement

NOT_MINE = AnswerCode.NOT_ON_CASELOAD


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Alex is named for client 1, and has been told."""
    made = Office(tmp_path)
    made.publish(involvement(1), involvement(2))
    made.exchange()
    told(made)
    return made


def worker_on_list(school: Office) -> str:
    with school.ledger.read() as unit:
        (entry,) = worklist(unit, school.clock()).entries
    return entry.worker


def test_it_goes_to_whoever_is_on_duty_and_says_why(school: Office) -> None:
    assert school.desktop.shown[0].worker == "Alex Worker"
    rerouted = answer(school, NOT_MINE).rerouted
    assert rerouted is not None
    assert (rerouted.from_worker, rerouted.to) == ("Alex Worker", "")
    school.deliver()
    (shown,) = school.desktop.shown
    assert (shown.worker, shown.rerouted) == ("", True)
    assert "Not on the caseload of Alex Worker" in shown.text
    assert "For: Alex Worker" not in shown.text
    assert worker_on_list(school) == ""


def test_it_goes_to_the_other_worker_whom_our_own_records_name_for_the_client(school: Office) -> None:
    client = involvement(1).person
    school.next_day()
    school.publish(involvement(1), involvement(2), involvement(5, person=client, worker="Sam New"))
    school.exchange()
    answer(school, NOT_MINE)
    school.deliver()
    assert school.desktop.shown[0].worker == worker_on_list(school) == "Sam New"


def test_where_several_others_are_named_nobody_is_picked(school: Office) -> None:
    client = involvement(1).person
    school.next_day()
    others = [involvement(number, person=client, worker=f"Worker {number}") for number in (5, 6)]
    school.publish(involvement(1), involvement(2), *others)
    school.exchange()
    answer(school, NOT_MINE)
    assert worker_on_list(school) == ""


def test_it_is_passed_on_once_and_what_comes_later_goes_there_too(school: Office) -> None:
    answer(school, NOT_MINE)
    school.deliver()
    assert answer(school, NOT_MINE).rerouted is None
    before = len(school.desktop.shown)
    school.deliver()
    assert len(school.desktop.shown) == before
    told(school, event=AlertEvent.CHANGED, version=2)
    assert school.desktop.shown[-1].worker == ""


def test_once_our_own_system_names_somebody_else_its_word_counts_again(school: Office) -> None:
    answer(school, NOT_MINE)
    school.next_day()
    school.publish(involvement(1, worker="Sam New"), involvement(2))
    school.exchange()
    assert worker_on_list(school) == "Sam New"
    told(school, event=AlertEvent.CHANGED, version=2)
    assert (school.desktop.shown[-1].worker, school.desktop.shown[-1].rerouted) == ("Sam New", False)


def test_the_mail_to_whoever_is_on_duty_is_another_mail(school: Office) -> None:
    settings = EmailSettings("localhost", "patchwork@school.example", "duty@school.example", tls=Tls.NONE)
    first = message_of(school.desktop.shown[0], settings, "alex@school.example")
    answer(school, NOT_MINE)
    school.deliver()
    second = message_of(school.desktop.shown[0], settings, "duty@school.example")
    assert first["Message-ID"] != second["Message-ID"]
    assert "Client 1" not in second.as_string()
