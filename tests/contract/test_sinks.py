"""What every sink promises: once is once, twice is still once, down is down, refused is refused; nothing about a client in any name."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Protocol

import pytest

from connectors.alerts.care_teams import ClientTeam
from connectors.sinks.email import EmailSink
from connectors.sinks.fhir_server import fhir_sink
from connectors.sinks.fhir_settings import FhirServerSettings, Form, Storing
from connectors.sinks.folder import FolderSink
from connectors.sinks.hl7v2_document import DocumentTemplate
from connectors.sinks.hl7v2_mllp import MllpSettings, MllpSink
from connectors.sinks.port import Delivery, Sink, SinkDown, SinkRefused, TakesAnswers
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from mappings.fhir import extensions as url
from tests.connectors.office import MONDAY, SCHOOL
from tests.connectors.sinks.fhir_store import FhirStore
from tests.connectors.sinks.receiver import Receiver, receiving, sink_for
from tests.connectors.sinks.test_email import Mailbox, mail_server
from tests.connectors.sinks.test_email import settings as email_settings
from tests.connectors.sinks.test_hl7v2_mllp import Receiver as MllpReceiver
from tests.connectors.sinks.test_hl7v2_mllp import acknowledged
from tests.connectors.sinks.test_hl7v2_mllp import receiving as receiving_documents
from tests.counterparts import an_alert

PERSON, INVOLVEMENT = PersonRef("a" * 64), InvolvementRef("b" * 64)


class Place(Protocol):
    """Where a sink puts things, as a test sees it."""

    sink: Sink
    shows_text: bool

    def texts(self) -> list[str]:
        """The readable text of every alert there; something for each where a sink shows none (`shows_text`)."""

    def addresses(self) -> list[str]:
        """Every file name or URL that was used."""

    def break_down(self) -> None:
        """From now on it cannot take anything."""


class Folder:
    """The folder sink."""

    shows_text = True

    def __init__(self, parent: Path) -> None:
        self.path = parent / "alerts"
        self.sink: Sink = FolderSink(self.path)

    def texts(self) -> list[str]:
        documents = [json.loads(path.read_text()) for path in sorted(self.path.glob("*.json"))]
        texts = [document["payload"][0]["contentString"] for document in documents]
        assert sorted(texts) == sorted(path.read_text() for path in self.path.glob("*.txt"))
        return texts

    def addresses(self) -> list[str]:
        return [path.name for path in self.path.iterdir()]

    def break_down(self) -> None:
        for path in self.path.glob("*"):
            path.unlink()
        self.path.rmdir()
        self.path.write_text("a file stands where the folder should be")


class FhirServer(FhirStore):
    """The agency's FHIR server, given alerts in one of the forms."""

    shows_text = True

    def __init__(
        self, storing: Storing = Storing.PUT, token: Path | None = None, form: Form = Form.COMMUNICATION
    ) -> None:
        super().__init__()
        agency = SCHOOL.value
        settings = FhirServerSettings(
            self.url, token, agency=agency, storing=storing, form=form, answers_every=0, answer_timeout=5
        )
        self.fhir = fhir_sink(settings)
        self.sink: Sink = self.fhir

    def texts(self) -> list[str]:
        said = [str(one["payload"][0]["contentString"]) for one in self.all("Communication")]
        tasks = [str(one["description"]) for one in self.all("Task")]
        # Where there are both, both say the same.
        assert not (said and tasks) or said == tasks
        return said or tasks

    def addresses(self) -> list[str]:
        # What a search or a condition in a header looks for stands in logs, too.
        return [f"{path} {headers.get('if-none-exist', '')}" for _, path, headers in self.asked]

    def break_down(self) -> None:
        self.status = 503

    def close(self) -> None:
        self.fhir.close()
        super().close()


class Webhook:
    """A webhook's receiver, which keeps the last of each id, as it is told to."""

    shows_text = True

    def __init__(self, folder: Path, receiver: Receiver) -> None:
        self._receiver = receiver
        self.sink: Sink = sink_for(receiver, folder)

    def texts(self) -> list[str]:
        kept = {each.id: each.text for each in self._receiver.taken}
        return list(kept.values())

    def addresses(self) -> list[str]:
        return [each.path for each in self._receiver.taken]

    def break_down(self) -> None:
        self._receiver.status = 503


FHIR = {
    "fhir put": (Storing.PUT, Form.COMMUNICATION),
    "fhir transaction": (Storing.TRANSACTION, Form.COMMUNICATION),
    "fhir task": (Storing.PUT, Form.TASK),
    "fhir task in a transaction": (Storing.TRANSACTION, Form.TASK),
    "fhir bundle": (Storing.PUT, Form.BUNDLE),
}


class Mail:
    """A mail server. What it takes never says about whom an alert is; the same alert has the same message id."""

    shows_text = False

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self.sink: Sink = EmailSink(email_settings(box))

    def texts(self) -> list[str]:
        mail = [message_from_bytes(raw) for _, raw in self._box.mail]
        return list({each["Message-ID"]: str(each["Subject"]) for each in mail}.values())

    def addresses(self) -> list[str]:
        return [address for recipients, _ in self._box.mail for address in recipients]

    def break_down(self) -> None:
        self._box.answer = "451 not now"


class Documents:
    """A system that takes documents over MLLP, and keeps the last of each control id."""

    shows_text = True

    def __init__(self, receiver: MllpReceiver) -> None:
        self._receiver = receiver
        settings = MllpSettings("127.0.0.1", receiver.port, tls=False, timeout=5)
        self.sink: Sink = MllpSink(settings, DocumentTemplate())

    def texts(self) -> list[str]:
        segments = [message.decode().split("\r") for message in self._receiver.taken]
        return list({each[0].split("|")[9]: each[5].split("|")[5] for each in segments}.values())

    def addresses(self) -> list[str]:
        return [f"127.0.0.1:{self._receiver.port}"]

    def break_down(self) -> None:
        self._receiver.answer = lambda control: acknowledged("AE", control)


@pytest.fixture(params=["folder", *FHIR, "webhook", "email", "hl7v2"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        yield Folder(tmp_path)
    elif request.param == "webhook":
        with receiving(tmp_path) as receiver:
            yield Webhook(tmp_path, receiver)
    elif request.param == "email":
        with mail_server(tmp_path) as box:
            yield Mail(box)
    elif request.param == "hl7v2":
        with receiving_documents() as documents:
            yield Documents(documents)
    else:
        storing, form = FHIR[request.param]
        server = FhirServer(storing, form=form)
        yield server
        server.close()


def a_delivery(version: int = 1, text: str = "Somebody else is involved with O. Testcase.") -> Delivery:
    alert = an_alert(SCHOOL, PERSON, INVOLVEMENT, MONDAY, version=version)
    return Delivery(alert, "C-4711", "O. Testcase", "I-4711", "Alex Worker", text)


def test_an_alert_is_there_when_deliver_returns(place: Place) -> None:
    place.sink.deliver(a_delivery())
    said = "Somebody else is involved with O. Testcase."
    assert place.texts() == ([said] if place.shows_text else ["Patchwork alert K7P-4QX"])


def test_the_same_alert_twice_is_there_once(place: Place) -> None:
    delivery = a_delivery()
    place.sink.deliver(delivery)
    place.sink.deliver(delivery)
    assert len(place.texts()) == 1


def test_two_alerts_are_two(place: Place) -> None:
    place.sink.deliver(a_delivery())
    place.sink.deliver(a_delivery(2, "It is no longer shared through Patchwork."))
    assert len(place.texts()) == 2


def test_no_file_name_or_address_holds_anything_of_a_client(place: Place) -> None:
    place.sink.deliver(a_delivery())
    for address in place.addresses():
        for secret in ("4711", "Testcase", PERSON.value, INVOLVEMENT.value, "K7P"):
            assert secret not in address


def test_when_it_cannot_take_anything_it_says_so_without_saying_what(place: Place) -> None:
    place.sink.deliver(a_delivery())
    place.break_down()
    with pytest.raises(SinkDown) as caught:
        place.sink.deliver(a_delivery(2))
    assert "Testcase" not in str(caught.value)
    assert place.sink.name in str(caught.value)


class Answerable(Protocol):
    """A sink where staff answer, as they see it."""

    sink: Sink

    def reply(self, code: str) -> None:
        """One of them answers the one alert there."""

    def said_of_it(self) -> str:
        """What they read of what became of it."""

    def break_down(self) -> None:
        """From now on it cannot be read."""


class AnswerableFolder(Folder):
    """Answers are files."""

    def reply(self, code: str) -> None:
        (alert,) = self.path.glob("*-*.json")
        answers = self.path / "answers"
        answers.mkdir(exist_ok=True)
        (answers / f"{code}.json").write_text(json.dumps({"alert": alert.stem, "answer": code, "by": "Alex Worker"}))

    def said_of_it(self) -> str:
        taken, rejected = (self.path / "answers" / name for name in ("taken", "rejected"))
        return "".join(path.read_text() for path in rejected.glob("*.reason.txt")) + "taken" * taken.exists()

    def break_down(self) -> None:
        self.path.mkdir()
        (self.path / "answers").write_text("a file stands where the folder should be")


class AnswerableTasks(FhirServer):
    """Answers are what becomes of a Task."""

    def reply(self, code: str) -> None:
        (task,) = self.all("Task")
        said = {"coding": [{"system": url.ANSWERS, "code": code}]}
        self.edit("Task", task["id"], status="completed", businessStatus=said)

    def said_of_it(self) -> str:
        (task,) = self.all("Task")
        return " ".join(f"{each['type']['coding'][0]['code']} {each['valueString']}" for each in task.get("output", []))


class TestAnswers:
    """What every sink promises where staff answer by it."""

    @pytest.fixture(params=["folder", "task", "bundle"])
    def answerable(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Answerable]:
        if request.param == "folder":
            yield AnswerableFolder(tmp_path)
            return
        server = AnswerableTasks(form=Form(request.param))
        yield server
        server.close()

    def test_an_answer_waits_until_it_is_put_away_and_no_longer(self, answerable: Answerable) -> None:
        given = a_delivery()
        answerable.sink.deliver(given)
        answers = taking_answers(answerable)
        assert answers.answers(10) == []
        answerable.reply("made-contact")
        (file,) = answers.answers(10)
        assert (file.alert, file.answer, file.by, file.fault) == (
            str(given.alert.id),
            "made-contact",
            "Alex Worker",
            "",
        )
        assert answers.answers(10) == [file]
        assert answers.answers(0) == []
        answers.answer_taken(file)
        assert answers.answers(10) == []
        assert "taken" in answerable.said_of_it()

    def test_one_that_is_rejected_says_why_and_the_next_is_heard(self, answerable: Answerable) -> None:
        answerable.sink.deliver(a_delivery())
        answers = taking_answers(answerable)
        answerable.reply("seen")
        (file,) = answers.answers(10)
        answers.answer_rejected(file, "no current connection of ours has this reference")
        assert "no current connection of ours" in answerable.said_of_it()
        answerable.reply("made-contact")
        assert [each.answer for each in answers.answers(10)] == ["made-contact"]

    def test_where_it_cannot_be_read_it_says_so(self, answerable: Answerable) -> None:
        answerable.break_down()
        with pytest.raises(SinkDown, match=answerable.sink.name):
            taking_answers(answerable).answers(10)


def taking_answers(place: Answerable) -> TakesAnswers:
    """The sink, as the other half of its port."""
    assert isinstance(place.sink, TakesAnswers)
    return place.sink


def test_a_sink_by_which_nobody_answers_does_not_claim_to() -> None:
    server = FhirServer()
    assert not isinstance(server.sink, TakesAnswers)
    server.close()


class TestFhirServer:
    """What only a server can answer."""

    @pytest.fixture
    def server(self) -> Iterator[FhirServer]:
        server = FhirServer()
        yield server
        server.close()

    @pytest.mark.parametrize("status", [408, 425, 429, 401, 403, 500, 502, 503, 504])
    def test_what_may_pass_is_tried_again(self, server: FhirServer, status: int) -> None:
        server.status = status
        with pytest.raises(SinkDown):
            server.sink.deliver(a_delivery())

    @pytest.mark.parametrize("status", [302, 400, 404, 405, 409, 410, 412, 413, 422])
    def test_what_will_not_pass_is_kept_for_a_person(self, server: FhirServer, status: int) -> None:
        server.status = status
        with pytest.raises(SinkRefused, match=str(status)):
            server.sink.deliver(a_delivery())

    def test_a_care_team_that_is_refused_says_what_the_server_has_to_allow(self, server: FhirServer) -> None:
        server.status = 412
        with pytest.raises(SinkRefused, match=r"refuses a care team \(status 412\).*conditional update"):
            server.fhir.keep_care_team(ClientTeam("f" * 64, "C-4711", (), "As of today."))
        assert "4711" not in str(server.asked)

    def test_a_server_that_is_not_there_is_down(self) -> None:
        server = FhirServer()
        server.close()
        server.sink = fhir_sink(FhirServerSettings("http://127.0.0.1:9/fhir"))
        with pytest.raises(SinkDown):
            server.sink.deliver(a_delivery())

    def test_the_token_comes_from_a_file_that_only_we_can_read(self, tmp_path: Path) -> None:
        token = tmp_path / "token"
        token.write_text("s3cret\n")
        token.chmod(0o600)
        server = FhirServer(token=token)
        server.sink.deliver(a_delivery())
        assert server.asked[-1][2]["authorization"] == "Bearer s3cret"
        token.chmod(0o644)
        with pytest.raises(SinkDown, match="other users"):
            server.sink.deliver(a_delivery())
        server.close()

    @pytest.mark.parametrize(
        "url", ["http://ehr.example/fhir", "https://user:pw@ehr.example", "ehr.example", "https://ehr.example/?q=1"]
    )
    def test_an_address_that_cannot_be_safe_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match="sink fhir: "):
            FhirServerSettings(url)


class TestFolder:
    """What only files can do."""

    def test_the_same_alert_decided_afresh_replaces_what_was_there(self, tmp_path: Path) -> None:
        place = Folder(tmp_path)
        first = a_delivery()
        place.sink.deliver(first)
        place.sink.deliver(replace(first, text="Somebody else is involved, and the number is new."))
        assert place.texts() == ["Somebody else is involved, and the number is new."]

    def test_nothing_half_written_is_left(self, tmp_path: Path) -> None:
        place = Folder(tmp_path)
        place.sink.deliver(a_delivery())
        assert not list(place.path.glob(".*"))

    def test_what_a_program_that_died_had_half_written_goes_and_what_another_writes_now_stays(
        self, tmp_path: Path
    ) -> None:
        place = Folder(tmp_path)
        place.path.mkdir(exist_ok=True)
        abandoned, written_now = place.path / ".a.part", place.path / ".b.part"
        for each in (abandoned, written_now):
            each.write_text("half a sente", "utf-8")
        hours_ago = time.time() - 2 * 3600
        os.utime(abandoned, (hours_ago, hours_ago))
        place.sink.deliver(a_delivery())
        assert [path.name for path in place.path.glob(".*")] == [".b.part"]

    def test_files_are_not_for_everybody(self, tmp_path: Path) -> None:
        place = Folder(tmp_path)
        place.sink.deliver(a_delivery())
        assert {path.stat().st_mode & 0o007 for path in place.path.iterdir()} == {0}
