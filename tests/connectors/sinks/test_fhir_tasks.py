"""Alerts as Tasks on the agency's own FHIR server: who owns them, what is never written over, what is called off, and how staff answer by them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.sinks.fhir_server import FhirTaskSink, fhir_sink
from connectors.sinks.fhir_settings import FhirServerSettings, Form, Storing
from connectors.sinks.port import Delivery, SinkDown
from mappings.canonical.codes import AlertEvent, AnswerCode
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from mappings.fhir import extensions as url
from tests.connectors.office import MONDAY, SCHOOL
from tests.connectors.sinks.fhir_store import FhirStore
from tests.counterparts import an_alert

PERSON, INVOLVEMENT = PersonRef("a" * 64), InvolvementRef("b" * 64)
STAFF, TEAMS = "https://school.example/id/staff", "https://school.example/id/team"


@pytest.fixture
def server() -> Iterator[FhirStore]:
    store = FhirStore()
    yield store
    store.close()


def task_sink(server: FhirStore, **said: Any) -> FhirTaskSink:
    settings = FhirServerSettings(
        **{
            "url": server.url,
            "form": Form.TASK,
            "agency": SCHOOL.value,
            "answers_every": 0,
            "practitioner_system": STAFF,
            "team_system": TEAMS,
            **said,
        }
    )
    made = fhir_sink(settings)
    assert isinstance(made, FhirTaskSink)
    return made


def delivery(event: AlertEvent = AlertEvent.MADE, version: int = 1, **said: Any) -> Delivery:
    alert = an_alert(SCHOOL, PERSON, INVOLVEMENT, MONDAY, event=event, version=version)
    named = {"worker": "Alex Worker", "team": "Year 6", "worker_id": "S-17"} | said
    return Delivery(alert, "C-4711", "O. Testcase", "I-4711", text=f"Said {event}, {version}.", **named)


def only(server: FhirStore) -> dict[str, Any]:
    (task,) = server.all("Task")
    return task


def code(answer: str, system: str = url.ANSWERS) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": answer}]}


class TestOwner:
    """An alert reaches the worker whom the agency's own data names, by the agency's own id."""

    def test_a_worker_owns_it_by_the_agencys_own_id(self, server: FhirStore) -> None:
        task_sink(server, patient_system="https://school.example/id/pupil").deliver(delivery())
        task = only(server)
        assert (task["status"], task["intent"], task["code"]["coding"][0]["code"]) == (
            "requested",
            "proposal",
            "connection-made",
        )
        assert task["owner"] == {
            "type": "Practitioner", "identifier": {"system": STAFF, "value": "S-17"}, "display": "Alex Worker"
        }  # fmt: skip
        assert task["for"]["identifier"] == {"system": "https://school.example/id/pupil", "value": "C-4711"}
        assert task["description"] == "Said connection-made, 1."
        assert task["restriction"]["period"]["end"].startswith("2026-03-30")
        assert PERSON.value not in str(task)
        assert INVOLVEMENT.value not in str(task)

    @pytest.mark.parametrize(
        ("said", "owner"),
        [
            ({"worker_id": ""}, {"type": "Practitioner", "display": "Alex Worker"}),
            (
                {"worker": "Year 6", "worker_id": ""},
                {"type": "Organization", "identifier": {"system": TEAMS, "value": "Year 6"}, "display": "Year 6"},
            ),
            (
                {"worker": "", "team": "", "worker_id": ""},
                {"type": "Organization", "identifier": {"system": TEAMS, "value": "duty"}},
            ),
            (
                {"worker": "", "worker_id": "", "rerouted": True},
                {"type": "Organization", "identifier": {"system": TEAMS, "value": "duty"}},
            ),
        ],
        ids=["no id", "a team", "nobody", "passed on to whoever is on duty"],
    )
    def test_without_a_worker_it_is_the_teams_or_whoever_is_on_duty(
        self, server: FhirStore, said: dict[str, Any], owner: dict[str, Any]
    ) -> None:
        task_sink(server, duty_team="duty").deliver(delivery(**said))
        assert only(server)["owner"] == owner

    def test_without_anybody_it_is_whoever_takes_it(self, server: FhirStore) -> None:
        task_sink(server).deliver(delivery(worker="", team="", worker_id=""))
        assert "owner" not in only(server)


@pytest.mark.parametrize(
    ("form", "storing"), [(Form.TASK, Storing.PUT), (Form.TASK, Storing.TRANSACTION), (Form.BUNDLE, Storing.PUT)]
)
class TestOnce:
    """Whatever is delivered again, what staff made of a Task stays."""

    def test_a_task_is_never_written_over(self, server: FhirStore, form: Form, storing: Storing) -> None:
        sink, given = task_sink(server, form=form, storing=storing), delivery()
        sink.deliver(given)
        server.edit("Task", only(server)["id"], status="accepted", businessStatus=code("made-contact"))
        sink.deliver(given)
        assert only(server)["status"] == "accepted"
        assert only(server)["businessStatus"] == code("made-contact")

    def test_passed_on_it_is_another_task_and_the_first_keeps_its_answer(
        self, server: FhirStore, form: Form, storing: Storing
    ) -> None:
        sink, given = task_sink(server, form=form, storing=storing), delivery()
        sink.deliver(given)
        server.edit("Task", only(server)["id"], status="completed", businessStatus=code("not-on-my-caseload"))
        again = replace(given, worker="Robin Other", worker_id="S-18", rerouted=True)
        sink.deliver(again)
        sink.deliver(again)
        first, second = server.all("Task")
        assert (first["status"], first["owner"]["display"]) == ("completed", "Alex Worker")
        assert (second["status"], second["owner"]["identifier"]["value"]) == ("requested", "S-18")

    def test_in_a_bundle_the_task_points_at_the_communication(
        self, server: FhirStore, form: Form, storing: Storing
    ) -> None:
        task_sink(server, form=form, storing=storing).deliver(delivery())
        communications = [f"Communication/{each['id']}" for each in server.all("Communication")]
        assert [only(server)["focus"]["reference"]] * len(communications) == communications if communications else True
        assert bool(communications) is (form is Form.BUNDLE)


class TestCalledOff:
    """What a later alert takes the place of is not gone on with."""

    def test_what_is_retracted_is_cancelled_wherever_it_stands(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], status="in-progress", note=[{"text": "rang twice"}])
        sink.deliver(delivery(AlertEvent.RETRACTED, 2))
        first, second = server.all("Task")
        assert (first["status"], first["note"]) == ("cancelled", [{"text": "rang twice"}])
        assert (second["status"], second["description"]) == ("requested", "Said connection-retracted, 2.")
        assert "restriction" not in second

    @pytest.mark.parametrize(
        ("status", "after"), [("requested", "cancelled"), ("accepted", "accepted"), ("completed", "completed")]
    )
    def test_what_changed_is_cancelled_only_where_nobody_has_begun(
        self, server: FhirStore, status: str, after: str
    ) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], status=status)
        sink.deliver(delivery(AlertEvent.CHANGED, 2))
        assert [each["status"] for each in server.all("Task")] == [after, "requested"]

    def test_another_involvement_is_left_alone(self, server: FhirStore) -> None:
        sink, other = task_sink(server), delivery()
        sink.deliver(replace(other, alert=replace(other.alert, recipient_involvement=InvolvementRef("c" * 64))))
        sink.deliver(delivery(AlertEvent.RETRACTED, 2))
        assert [each["status"] for each in server.all("Task")] == ["requested", "requested"]

    def test_who_writes_first_is_not_written_over(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())

        def staff_are_quicker(method: str, path: str) -> int:
            if method == "PUT":
                server.refuses = lambda _method, _path: 0
                server.edit("Task", only(server)["id"], note=[{"text": "staff were quicker"}])
            return 0

        server.refuses = staff_are_quicker
        with pytest.raises(SinkDown, match="just now"):
            sink.deliver(delivery(AlertEvent.RETRACTED, 2))
        assert only(server)["note"] == [{"text": "staff were quicker"}]
        sink.deliver(delivery(AlertEvent.RETRACTED, 2))
        assert server.all("Task")[0]["status"] == "cancelled"


class TestAnswers:
    """What staff make of a Task is an answer, taken once, with a receipt beside it."""

    @pytest.mark.parametrize(
        ("parts", "answer"),
        [
            ({"status": "received"}, AnswerCode.SEEN),
            ({"status": "accepted"}, AnswerCode.SEEN),
            ({"status": "completed"}, AnswerCode.SEEN),
            ({"status": "rejected"}, AnswerCode.NOT_RELEVANT),
            *(({"status": "completed", "businessStatus": code(each)}, each) for each in AnswerCode),
            ({"status": "in-progress", "businessStatus": code("made-contact")}, AnswerCode.MADE_CONTACT),
            ({"status": "accepted", "businessStatus": code("triage", "urn:own")}, AnswerCode.SEEN),
            (
                {"output": [{"type": {"text": "answer"}, "valueCodeableConcept": code("different-people")}]},
                AnswerCode.DIFFERENT_PEOPLE,
            ),
        ],
    )
    def test_what_it_says(self, server: FhirStore, parts: dict[str, Any], answer: AnswerCode) -> None:
        sink, given = task_sink(server), delivery()
        sink.deliver(given)
        server.edit("Task", only(server)["id"], **parts)
        (file,) = sink.answers(10)
        assert (file.fault, file.alert, file.answer, file.by) == ("", str(given.alert.id), answer, "Alex Worker")
        assert file.reference == str(given.alert.spoken_reference)

    @pytest.mark.parametrize(
        "parts",
        [{}, {"status": "on-hold"}, {"status": "cancelled"}, {"businessStatus": {"text": "no time yet"}}],
    )
    def test_what_says_nothing(self, server: FhirStore, parts: dict[str, Any]) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], **parts)
        assert sink.answers(10) == []

    @pytest.mark.parametrize(
        ("parts", "why"),
        [
            ({"businessStatus": code("rang-them")}, "the code rang-them is no answer; an answer is one of: seen,"),
            ({"status": "completed", "businessStatus": code("done-7", "urn:own")}, "the code done-7 is no answer"),
            ({"businessStatus": code("O. Testcase rang")}, "what the Task says is no answer"),
            (
                {
                    "businessStatus": code("seen"),
                    "output": [{"type": {"text": "-"}, "valueCodeableConcept": code("made-contact")}],
                },
                "what the Task says is no answer",
            ),
        ],
        ids=["unknown", "of another system", "a sentence", "two at once"],
    )
    def test_what_cannot_be_read_is_refused_by_name_and_not_guessed_at(
        self, server: FhirStore, parts: dict[str, Any], why: str
    ) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], **parts)
        (file,) = sink.answers(10)
        assert file.fault.startswith(why)
        sink.answer_rejected(file, file.fault)
        assert only(server)["output"][-1]["type"]["coding"][0]["code"] == "refused"
        assert only(server)["output"][-1]["valueString"].startswith(why)
        assert sink.answers(10) == []
        server.edit("Task", only(server)["id"], businessStatus=code("made-contact"), output=only(server)["output"][-1:])
        assert [each.answer for each in sink.answers(10)] == [AnswerCode.MADE_CONTACT], "put right, it is an answer"

    def test_it_is_taken_once_also_by_a_program_that_starts_anew(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], status="accepted")
        (file,) = sink.answers(10)
        assert sink.answers(10) == [file], "as long as nobody has put it away"
        sink.answer_taken(file)
        receipt = only(server)["output"][0]
        assert (receipt["type"]["coding"][0]["code"], receipt["valueString"]) == ("taken", "Taken by Patchwork: seen")
        assert sink.answers(10) == task_sink(server).answers(10) == []
        server.edit("Task", only(server)["id"], status="completed", businessStatus=code("made-contact"))
        assert [each.answer for each in task_sink(server).answers(10)] == [AnswerCode.MADE_CONTACT]

    def test_who_changed_it_meanwhile_is_not_written_over_and_is_read_again(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], status="accepted")
        (file,) = sink.answers(10)
        server.edit("Task", only(server)["id"], businessStatus=code("already-knew"))
        with pytest.raises(SinkDown, match="just now"):
            sink.answer_taken(file)
        assert [each.answer for each in sink.answers(10)] == [AnswerCode.ALREADY_KNEW]

    def test_where_no_receipt_can_be_written_it_is_said_once_and_stops_nothing(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        server.edit("Task", only(server)["id"], status="accepted")
        (file,) = sink.answers(10)
        server.refuses = lambda method, _path: 405 if method == "PUT" else 0
        with pytest.raises(SinkDown, match="no receipt in its Task"):
            sink.answer_taken(file)
        assert sink.answers(10) == []

    def test_a_server_that_is_down_is_not_asked_all_the_time(self, server: FhirStore) -> None:
        sink = task_sink(server, answers_every=3600)
        server.status = 500
        with pytest.raises(SinkDown, match="cannot be searched"):
            sink.answers(10)
        assert sink.answers(10) == []
        assert len(server.asked) == 1

    def test_a_server_that_asks_to_wait_holds_nobody_up(self, server: FhirStore) -> None:
        sink = task_sink(server)
        server.status = 503
        with pytest.raises(SinkDown, match="too busy now"):
            sink.deliver(delivery())
        assert len(server.asked) == 1

    def test_another_agencys_tasks_on_the_same_server_are_theirs(self, server: FhirStore) -> None:
        ours, theirs, given = task_sink(server), task_sink(server, agency="urn:patchwork:seaton:health"), delivery()
        ours.deliver(given)
        server.edit("Task", only(server)["id"], status="accepted")
        assert theirs.answers(10) == []
        assert len(ours.answers(10)) == 1

    def test_a_server_that_passes_over_what_it_does_not_know_is_not_believed(self, server: FhirStore) -> None:
        server.lenient = True
        group = {"system": url.AGENCIES, "value": "urn:patchwork:seaton:health"}
        strange = {"resourceType": "Task", "status": "accepted", "intent": "order"}
        server.keep("Task", "somebody-elses", strange | {"identifier": [{"system": "urn:own", "value": "1"}]})
        server.keep(
            "Task",
            "another-agencys",
            strange | {"identifier": [{"system": url.TASKS, "value": "1"}], "groupIdentifier": group},
        )
        sink = task_sink(server)
        sink.deliver(delivery(AlertEvent.RETRACTED, 2))
        assert [each["status"] for each in server.all("Task")] == ["accepted", "accepted", "requested"]
        assert sink.answers(10) == []

    def test_nothing_is_looked_for_by_anything_of_a_client(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery())
        sink.answers(10)
        assert "Testcase" not in str(server.asked)
        assert "4711" not in str(server.asked)

    def test_of_what_is_over_only_a_word_is_an_answer(self, server: FhirStore) -> None:
        sink = task_sink(server)
        sink.deliver(delivery(AlertEvent.ENDED, 2))
        server.edit("Task", only(server)["id"], status="completed")
        assert sink.answers(10) == []
