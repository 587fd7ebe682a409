"""Answers put down as small files beside the alerts: taken up, put away, and wrong ones put aside with a sentence."""

import json
import os
from pathlib import Path

import pytest

from connectors.sinks.answer_files import MAX_BYTES
from mappings.canonical.codes import AlertEvent, AnswerCode
from tests.connectors.answers.desk import told, with_folder
from tests.connectors.office import Office, involvement


@pytest.fixture
def school(tmp_path: Path) -> Office:
    """Alerts about client 1 go to a desktop and into a folder."""
    made = Office(tmp_path)
    with_folder(made)
    made.publish(involvement(1), involvement(2))
    made.exchange()
    told(made)
    answers_of(made).mkdir()
    return made


def answers_of(school: Office) -> Path:
    return school.folder / "alerts" / "answers"


def put(school: Office, name: str, text: str | bytes) -> None:
    (answers_of(school) / name).write_bytes(text.encode() if isinstance(text, str) else text)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


def test_a_line_of_text_or_a_small_document_is_an_answer(school: Office) -> None:
    put(school, "a.txt", "\ufeffk7p-4qx made-contact Alex Worker\r\n")
    put(school, "b.JSON", json.dumps({"alert": "K7P-4QX", "answer": "already-knew", "by": "Alex Worker"}))
    put(school, "c.json", json.dumps({"alert": school.desktop.shown[0].alert.id.value, "answer": "seen"}))
    done = school.deliver()
    assert done.answers == {"taken": 3}
    school.exchange()
    assert [each.answer for each in school.gateway.answers] == [
        AnswerCode.MADE_CONTACT, AnswerCode.ALREADY_KNEW, AnswerCode.SEEN
    ]  # fmt: skip
    assert names(answers_of(school)) == ["taken"]
    assert names(answers_of(school) / "taken") == ["a.txt", "b.JSON", "c.json"]
    with school.ledger.read() as unit:
        assert {each.by for each in unit.answers.all(10)} == {"Alex Worker", ""}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.txt", "K7P-4QX", "one line"),
        ("a.txt", "K7P-4QX seen\nK7P-4QX made-contact", "one line"),
        ("a.txt", "", "one line"),
        ("a.txt", "ZZZ-ZZZ seen", "no current connection"),
        ("a.txt", "Client1 seen", "such as K7P-4QX"),
        ("a.txt", "K7P-4QX rang", "an answer is one of"),
        ("a.txt", "K7P-4QX seen " + "x" * 200, "120"),
        ("a.txt", b"\xff\xfe", "UTF-8"),
        ("a.txt", "K" * (MAX_BYTES + 1), "at most"),
        ("a.json", "[" * 4_000, "and nothing else"),
        ("a.json", '{"alert": "K7P-4QX"}', "and nothing else"),
        ("a.json", '{"alert": "K7P-4QX", "answer": "seen", "note": "she said"}', "and nothing else"),
        ("a.json", '{"alert": 7, "answer": "seen"}', "and nothing else"),
        ("a.docx", "K7P-4QX seen", ".txt or .json"),
    ],
)
def test_a_wrong_one_is_put_aside_with_a_sentence(school: Office, name: str, text: str | bytes, why: str) -> None:
    put(school, name, text)
    put(school, "z.txt", "K7P-4QX seen")
    assert school.deliver().answers == {"rejected": 1, "taken": 1}
    rejected = answers_of(school) / "rejected"
    assert names(rejected) == [name, f"{name}.reason.txt"]
    sentence = (rejected / f"{name}.reason.txt").read_text()
    assert why in sentence
    assert "Testcase" not in sentence
    assert school.deliver().answers == {}


def test_of_a_connection_that_is_over_nothing_is_answered(school: Office) -> None:
    told(school, event=AlertEvent.ENDED, version=2)
    put(school, "a.txt", "K7P-4QX seen")
    assert school.deliver().answers == {"rejected": 1}
    school.exchange()
    assert school.gateway.answers == []


def test_links_are_not_followed_and_what_is_not_whole_is_left_alone(school: Office, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere.txt"
    secret.write_text("K7P-4QX different-people")
    (answers_of(school) / "link.txt").symlink_to(secret)
    os.mkfifo(answers_of(school) / "pipe.txt")
    (answers_of(school) / "folder.txt").mkdir()
    for name in (".a.txt", "a.txt.part"):
        put(school, name, "K7P-4QX seen")
    assert school.deliver().answers == {"rejected": 2}
    assert secret.exists()
    assert names(answers_of(school)) == [".a.txt", "a.txt.part", "folder.txt", "rejected"]


def test_one_that_was_taken_up_before_a_death_is_the_same_answer(school: Office) -> None:
    put(school, "a.txt", "K7P-4QX made-contact")
    school.deliver()
    (answers_of(school) / "taken" / "a.txt").rename(answers_of(school) / "a.txt")
    assert school.deliver().answers == {"taken": 1}
    school.exchange()
    assert len(school.gateway.answers) == 1


def test_a_folder_that_cannot_be_used_is_told_and_stops_nothing(school: Office) -> None:
    answers_of(school).rmdir()
    answers_of(school).write_text("not a folder")
    done = school.deliver()
    assert "folder of answers" in done.handed[school.reception.agency].problems["folder"]
    told(school, event=AlertEvent.CHANGED, version=2)
    assert school.desktop.shown[-1].alert.version == 2


def test_an_answer_leaves_with_the_same_delivery(school: Office) -> None:
    put(school, "a.txt", "K7P-4QX different-people")
    done = school.deliver()
    assert sum(each.sent for each in done.posted.values()) == 1
    school.gateway.take()
    assert [each.answer for each in school.gateway.answers] == [AnswerCode.DIFFERENT_PEOPLE]


def test_passing_on_reaches_the_sinks_in_the_same_delivery(school: Office) -> None:
    put(school, "a.txt", "K7P-4QX not-on-my-caseload")
    school.deliver()
    assert school.desktop.shown[0].worker == ""
    (text,) = (school.folder / "alerts").glob("*-*.txt")
    assert "Not on the caseload of Alex Worker" in text.read_text()
