"""Practitioners' answers all the way: two agencies learn of each other over the real broker, and answer in their own systems, one by a task on its
FHIR server, the other by files beside its alerts. What is said pauses, waits for a steward, and is counted."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.rabbitmq import RabbitMQ
from mappings.fhir import extensions as url
from tests.connectors.sinks.fhir_store import FhirStore
from tests.system.broker_users import BrokerUsers
from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.site import Site
from tests.system.typed import typed
from tests.system.until import until

CHILDREN = 6


@pytest.fixture
def server() -> Iterator[FhirStore]:
    store = FhirStore()
    yield store
    store.close()


def patchwork(seaton: Partnership, *words: str) -> dict[str, Any]:
    """A command at the gateway, as a steward or an information-governance lead types it beside the running program."""
    ran = typed("patchwork", [*words, "--json", "--settings", seaton.settings_file], seaton.folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def keeps_tasks_at(site: Site, server: FhirStore) -> None:
    """What somebody at the agency adds to its settings."""
    said = site.settings_file.read_text("utf-8")
    sink = (
        f'[[sinks]]\nkind = "fhir"\nurl = "{server.url}"\nform = "task"\ncare_team = true\nanswers_every_seconds = 1\n'
    )
    site.settings_file.write_text(said.replace("[channel]", f"{sink}\n[channel]"), "utf-8")


def answer_by_file(site: Site, alert: str, answer: str) -> None:
    """A file as staff put it down: written whole, then given its name."""
    folder = site.shown / "answers"
    folder.mkdir(exist_ok=True)
    part = folder / f"{alert}.json.part"
    part.write_text(json.dumps({"alert": alert, "answer": answer, "by": "Carys Lund"}), "utf-8")
    os.replace(part, folder / f"{alert}.json")


def alerts_of(site: Site) -> dict[str, str]:
    """The id of each alert that says somebody is involved, by connection."""
    documents = [json.loads(path.read_text("utf-8")) for path in sorted(site.shown.glob("*-*.json"))]
    made = [each for each in documents if each["status"] == "completed" and "made" in json.dumps(each["category"])]
    return {each["identifier"][1]["value"]: each["identifier"][0]["value"] for each in made}


def test_two_agencies_answer_in_their_own_systems(tmp_path: Path, rabbitmq: RabbitMQ, server: FhirStore) -> None:
    with Partnership(tmp_path, amqp=("school", "health"), broker=BrokerUsers(rabbitmq, tmp_path)) as seaton:
        school, health = seaton.sites["school"], seaton.sites["health"]
        keeps_tasks_at(school, server)
        for site in (school, health):
            site.state(rows(*range(CHILDREN)))
        seaton.start()
        for site in (school, health):
            until(lambda site=site: site.told() == {"made": CHILDREN}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
        until(lambda: len(server.all("CareTeam")) == CHILDREN, "the care teams", school.describe)
        assert {each["status"] for each in server.all("CareTeam")} == {"active"}

        # The school's worker has rung, and they mean different children.
        task = server.all("Task")[0]
        said = {"coding": [{"system": url.ANSWERS, "code": "different-people"}]}
        server.edit("Task", task["id"], status="completed", businessStatus=said)
        until(lambda: school.told()["ended"] == 1, "the school to hear the ending", school.describe)
        until(lambda: health.told()["ended"] == 1, "health to hear the ending", health.describe)
        until(lambda: server.stored["Task", task["id"]].get("output"), "the receipt in the task", school.describe)
        assert server.stored["Task", task["id"]]["output"][0]["valueString"] == "Taken by Patchwork: different-people"
        until(
            lambda: sorted(each["status"] for each in server.all("CareTeam"))[-1:] == ["inactive"],
            "the care team to be emptied",
            school.describe,
        )
        (case,) = patchwork(seaton, "review", "list")["cases"]
        assert (case["reason"], case["state"]) == ("contested", "open")

        # Health has made contact about the others, and one of its files names an alert that there is not.
        over = {connection for event, connection in health.alerts() if event == "ended"}
        standing = [id for connection, id in alerts_of(health).items() if connection not in over]
        assert len(standing) == CHILDREN - 1
        for id in standing:
            answer_by_file(health, id, "made-contact")
        answer_by_file(health, "00000000-0000-4000-8000-000000000000", "made-contact")
        taken, rejected = (health.shown / "answers" / name for name in ("taken", "rejected"))
        until(lambda: len(list(taken.glob("*.json"))) == CHILDREN - 1, "the answers to be taken", health.describe)
        until(lambda: list(rejected.glob("*.reason.txt")), "the wrong one to be put aside", health.describe)
        until(health.is_quiet, "the answers to be receipted", health.describe)

        answers = counted(patchwork(seaton, "governance", "report"))
        assert (answers["made-contact"], answers["different-people"]) == (5, "<5"), (
            "in steps of five, and no small number"
        )
        assert "answer refused" in health.program.log.read_text("utf-8")


def counted(report: dict[str, Any]) -> dict[str, Any]:
    """What the report says of answers, wherever it stands in it."""
    waiting: list[Any] = [report]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if "made-contact" in node:
                return node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    raise AssertionError("the report says nothing of answers")
