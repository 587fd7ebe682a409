"""Chapter 43. In the agency's own system: on its FHIR server an alert is a task for the worker concerned, each client has one current care team, and
the worker answers by the task itself.

What is kept there is kept in the client's own record at the agency. Nobody else's id is in it, and whoever is taken back is gone from it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.reading.exclusion import ExclusionList
from connectors.sinks.fhir_server import fhir_sink
from connectors.sinks.fhir_settings import FhirServerSettings, Form
from mappings.canonical.alert import OtherParty
from mappings.canonical.codes import AlertEvent, AlertLevel, AnswerCode, RelationKind, ServiceLine
from mappings.canonical.identifiers import AgencyId, MessageId, SpokenReference
from mappings.canonical.notice import Worker
from mappings.fhir import extensions as url
from tests.connectors.answers.desk import alert_of
from tests.connectors.office import Office, involvement
from tests.connectors.sinks.fhir_store import FhirStore

MADE, CHANGED, ENDED, RETRACTED = AlertEvent
OTHER = MessageId("00000000-0000-4000-8000-0000000000c2")
NURSING = OtherParty(
    AgencyId("urn:patchwork:seaton:nursing"), "Seaton Nursing", ServiceLine.PUBLIC_HEALTH_NURSING, Worker()
)


@dataclass
class School:
    """The school's connector and its own FHIR server."""

    office: Office
    server: FhirStore

    def hear(self, *alerts: Any) -> None:
        """The gateway tells, and it is delivered."""
        self.office.gateway.send_alerts(*alerts)
        self.office.deliver()

    @property
    def team(self) -> dict[str, Any]:
        """The one care team there is."""
        (found,) = self.server.all("CareTeam")
        return found

    @property
    def members(self) -> list[str]:
        """Who is in it, as shown."""
        return [each["member"]["display"] for each in self.team.get("participant", [])]

    def answers(self) -> list[AnswerCode]:
        """What the gateway was told."""
        self.office.exchange()
        return [each.answer for each in self.office.gateway.answers]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The school publishes two clients; alerts go to its FHIR server."""
    server, office = FhirStore(), Office(tmp_path)
    settings = FhirServerSettings(
        server.url,
        form=Form.TASK,
        agency=office.reception.agency.value,
        care_team=True,
        notify_url=f"{server.origin}/told",
        answers_every=0,
        duty_team="duty",
    )
    office.sinks = (fhir_sink(settings),)
    office.publish(involvement(1, worker_id="S-17"), involvement(2, worker="", worker_id=""))
    office.exchange()
    yield School(office, server)
    server.close()


def code(answer: str) -> dict[str, Any]:
    return {"coding": [{"system": url.ANSWERS, "code": answer}]}


# ---------------------------------------------------------------- the task


def test_an_alert_is_a_task_for_the_worker_and_the_systems_hear_only_where_it_is(school: School):
    """Given an agency whose alerts are tasks, when it is told of somebody, then its own worker has a task about its own client, and its systems
    hear where the task stands and nothing of whom it is about."""
    school.hear(alert_of(school.office))
    (task,) = school.server.all("Task")
    assert (task["owner"]["identifier"]["value"], task["owner"]["display"]) == ("S-17", "Alex Worker")
    assert task["for"]["identifier"]["value"] == "C1"
    assert "Client 1" in task["description"]
    assert "Karen Priest" in task["description"]
    (told,) = school.server.told
    assert f"{school.server.url}/Task/{task['id']}" in json.dumps(told)
    for said in ("Client 1", "C1", "Karen", "Housing", "K7P", task["for"]["identifier"]["value"]):
        assert f'"{said}' not in json.dumps(told)


def test_where_no_worker_is_named_the_team_has_it(school: School):
    """Given a client for whom the agency's data names a team only, when it is told of somebody, then the task is the team's."""
    school.hear(alert_of(school.office, 2))
    (task,) = school.server.all("Task")
    assert (task["owner"]["type"], task["owner"]["display"]) == ("Organization", "Year 6")


# ---------------------------------------------------------------- the care team


def test_each_client_has_one_current_care_team(school: School):
    """Given a client of whom two others are told one after the other, when that is delivered, then one care team holds both, with work contacts and
    the reference to say, and with no id of anybody else's system."""
    first = alert_of(school.office)
    school.hear(first)
    assert school.team["status"] == "active"
    school.hear(an_other(school))
    assert school.members == ["Karen Priest, Tenancy, Seaton Housing", "Seaton Nursing"]
    assert "01632 960010" in json.dumps(school.team["contained"])
    assert "No alert does not mean nobody is involved" in school.team["note"][0]["text"]
    assert "as of 2 March 2026" in school.team["note"][0]["text"]
    for id in (first.connection, first.recipient_person, first.other.agency if first.other else ""):
        assert str(id) not in json.dumps(school.team)


def test_whoever_is_taken_back_is_gone_at_once(school: School):
    """Given a care team of two, when one is to be disregarded, then that one is gone in the same delivery; when the other ends too, then it
    is inactive and names nobody."""
    school.hear(alert_of(school.office), an_other(school))
    school.hear(alert_of(school.office, event=RETRACTED, version=2))
    assert school.members == ["Seaton Nursing"]
    assert "Karen" not in json.dumps(school.team)
    school.hear(an_other(school, event=ENDED, version=2, other=None))
    assert (school.team["status"], school.members) == ("inactive", [])
    assert "contained" not in school.team


def test_what_was_taken_back_while_the_server_was_down_is_not_in_it_afterwards(school: School):
    """Given a server that is down, when somebody is told of and taken back meanwhile, then nothing of it is there when the server is back."""
    school.server.status = 503
    school.hear(alert_of(school.office))
    school.hear(alert_of(school.office, event=RETRACTED, version=2))
    school.server.status = 0
    school.office.clock.wait(hours=2)
    school.office.deliver()
    assert "Karen" not in json.dumps([*school.server.all("CareTeam"), *school.server.all("Task")])


def test_a_client_put_on_the_exclusion_list_has_an_empty_care_team(school: School):
    """Given a client with a care team, when the agency puts the client on its exclusion list, then the care team is emptied, though nobody told."""
    school.hear(alert_of(school.office))
    school.office.exclusion = ExclusionList(frozenset({"C1"}))
    school.office.publish()
    school.office.deliver()
    assert (school.team["status"], school.members) == ("inactive", [])


def test_a_connector_that_lost_its_ledger_leaves_nobody_standing(school: School):
    """Given a connector that lost its ledger after somebody was told of, when it begins anew and is told of another client, then whoever is no longer
    told of is gone from the care team that stood there, and another agency's care teams are left alone."""
    school.hear(alert_of(school.office))
    stood = school.team
    assigner = {"identifier": {"system": url.AGENCIES, "value": "urn:patchwork:seaton:health"}}
    theirs = stood | {"identifier": [{"system": url.CARE_TEAMS, "value": "0" * 64, "assigner": assigner}]}
    school.server.keep("CareTeam", "theirs", theirs)
    school.office.ledger.close()
    for path in school.office.folder.glob("ledger.sqlite3*"):
        path.unlink()
    school.office.ledger = school.office.open_ledger()
    school.office.publish()
    school.office.exchange()
    school.hear(alert_of(school.office, 2))
    statuses = [(each["id"], each["status"]) for each in school.server.all("CareTeam")]
    assert statuses[:2] == [(stood["id"], "inactive"), ("theirs", "active")]
    assert "Karen" not in json.dumps(school.server.stored["CareTeam", stood["id"]])


def test_whoever_is_involved_with_a_relative_is_not_in_the_clients_care_team(school: School):
    """Given somebody who is involved with a brother of the client, when the agency is told, then the worker has a task and the care team stays as it
    is."""
    school.hear(an_other(school, relation=RelationKind.SIBLING))
    assert len(school.server.all("Task")) == 1
    assert school.server.all("CareTeam") == []


def test_what_has_not_changed_is_not_written_again(school: School):
    """Given a care team, when nothing changed, then it is left alone, also by a program that starts anew and after a day."""
    school.hear(alert_of(school.office))
    asked = len(school.server.asked)
    school.office.ledger = school.office.open_ledger()
    school.office.clock.wait(days=1)
    school.office.deliver()
    written = [method for method, _, _ in school.server.asked[asked:] if method != "GET"]
    assert written == []


# ---------------------------------------------------------------- the answer


@pytest.mark.parametrize(
    "answer", [AnswerCode.MADE_CONTACT, AnswerCode.DIFFERENT_PEOPLE, AnswerCode.NO_LONGER_INVOLVED]
)
def test_the_worker_answers_by_the_task(school: School, answer: AnswerCode):
    """Given a task, when the worker completes it with one of the answers, then the gateway is told that answer, once, and the task says that it was
    taken."""
    school.hear(alert_of(school.office))
    (task,) = school.server.all("Task")
    school.server.edit("Task", task["id"], status="completed", businessStatus=code(answer))
    assert school.answers() == [answer]
    assert school.server.all("Task")[0]["output"][0]["valueString"] == f"Taken by Patchwork: {answer}"
    assert school.answers() == [answer]


def test_not_on_my_caseload_passes_the_task_on(school: School):
    """Given a task of one worker, when they answer that it is not on their caseload, then whoever is on duty has a task of their own."""
    school.hear(alert_of(school.office))
    (task,) = school.server.all("Task")
    school.server.edit("Task", task["id"], status="completed", businessStatus=code("not-on-my-caseload"))
    school.answers()
    first, second = school.server.all("Task")
    assert (first["status"], second["status"]) == ("completed", "requested")
    assert second["owner"]["identifier"]["value"] == "duty"
    assert "Not on the caseload of Alex Worker" in second["description"]


def test_an_answer_to_what_has_changed_since_counts(school: School):
    """Given a task that a worker had begun with when something about it changed, when they complete the older task, then the answer counts."""
    school.hear(alert_of(school.office))
    (task,) = school.server.all("Task")
    school.server.edit("Task", task["id"], status="in-progress")
    assert school.answers() == [AnswerCode.SEEN]
    school.hear(alert_of(school.office, event=CHANGED, version=2))
    school.server.edit("Task", task["id"], status="completed", businessStatus=code("made-contact"))
    assert school.answers() == [AnswerCode.SEEN, AnswerCode.MADE_CONTACT]


def test_a_word_that_is_none_of_the_answers_is_refused_by_name_and_stays(school: School):
    """Given a task completed with a word that is no answer, when it is read, then it is refused by that word, nothing is told, and the task says why;
    put right, it counts."""
    school.hear(alert_of(school.office))
    (task,) = school.server.all("Task")
    school.server.edit("Task", task["id"], status="completed", businessStatus=code("rang-them"))
    done = school.office.deliver()
    ((_, sink, why),) = done.refused
    assert (sink, why.split(";")[0], done.answers) == ("fhir", "the code rang-them is no answer", {"rejected": 1})
    assert school.answers() == []
    assert "rang-them is no answer" in school.server.all("Task")[0]["output"][0]["valueString"]
    assert school.office.deliver().refused == []
    school.server.edit("Task", task["id"], businessStatus=code("made-contact"))
    assert school.answers() == [AnswerCode.MADE_CONTACT]


def an_other(school: School, **changes: Any) -> Any:
    """Somebody at the nursing service, who is not named, is involved with client 1 too."""
    said = {
        "level": AlertLevel.ID_ONLY,
        "other": NURSING,
        "connection": OTHER,
        "spoken_reference": SpokenReference("M3R-7WT"),
    }
    return replace(alert_of(school.office), **(said | changes))
