"""Alerts as Tasks on the agency's own FHIR server: created once, called off when they are over, read for the answers that staff give by them.

* A Task is never written over: a delivery that comes again finds it there. What we change in one later (called off, or answered for) is changed in
  the version that was read (`If-Match`).
* Answers are looked for among our own Tasks that changed since the last look; after a start among all of the last four weeks. A receipt in the Task
  itself says which answer was taken, so that none is taken twice, and staff see what became of it.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sinks.fhir_finding import FhirFinding, has_identifier
from connectors.sinks.fhir_requests import TASK_CHANGE, ChangedMeanwhile, FhirRequests
from connectors.sinks.fhir_settings import FhirServerSettings, Storing
from connectors.sinks.port import AnswerFile, Delivery, SinkDown, SinkRefused
from mappings.canonical.codes import AlertEvent, AnswerCode
from mappings.fhir import alert_task, standalone_alert, task_answer
from mappings.fhir import extensions as url

Json = dict[str, Any]
_OVERLAP = timedelta(minutes=5)
_OVER = frozenset({AlertEvent.ENDED, AlertEvent.RETRACTED})
_UNTOUCHED = frozenset({"draft", "requested", "ready", "on-hold"})
_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class FhirTasks:
    """Those of one sink."""

    def __init__(self, settings: FhirServerSettings, requests: FhirRequests, sink: str) -> None:
        self._settings, self._requests, self._sink = settings, requests, sink
        self._finding = FhirFinding(settings, sink)
        self._waiting: dict[str, tuple[AnswerFile, Json, str]] = {}
        self._without_receipt: dict[str, str] = {}
        self._since: datetime | None = None
        self._look_at = self._rest_until = 0.0

    def ask(self, delivery: Delivery, communication: Json | None = None) -> str:
        """Store the Task unless it is there, in one transaction with the Communication where there is one; answers its address."""
        said, base = self._settings, self._settings.base
        task = alert_task.for_agency(
            delivery.alert,
            delivery.client_local_id,
            delivery.text,
            key=key_of(delivery),
            owner=owner_of(delivery, said),
            system=said.patient_system,
        )
        if communication is None and said.storing is Storing.PUT:
            address = f"{base}/Task/{task['id']}"
            if not self._finding.by_identifier("Task", url.TASKS, task["id"]):
                self._send("PUT", address, task)
            return address
        bundle: Json = {"resourceType": "Bundle", "type": "transaction", "entry": []}
        if communication is not None:
            bundle = standalone_alert.as_transaction(communication)
            task["focus"] = {"reference": bundle["entry"][0]["fullUrl"]}
        bundle["entry"].append(alert_task.as_entry(task))
        self._send("POST", base, bundle)
        return self._finding.address("Task", url.TASKS, task["id"]) if said.notify_url else ""

    def call_off(self, delivery: Delivery) -> None:
        """What earlier alerts about the same asked for is cancelled: all of it where it is over, else what nobody has begun with."""
        told, own = alert_task.told_of(delivery.alert), key_of(delivery)
        for task in self._finding.by_identifier("Task", url.TOLD, told):
            status = task.get("status")
            over = delivery.alert.event in _OVER and status not in alert_task.CLOSED
            if (over or status in _UNTOUCHED) and not has_identifier(task, url.TASKS, own):
                self._change(task, alert_task.taken_over(task))

    def answers(self, limit: int) -> list[AnswerFile]:
        """Those that wait, looked for now and then. Raises `SinkDown`."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + self._settings.answers_every
            self._look()
        return [] if now < self._rest_until else [file for file, _, _ in self._waiting.values()][:limit]

    def receipt(self, file: AnswerFile, why: str = "") -> None:
        """Say in the Task what became of its answer. Raises `SinkDown`."""
        _, task, said = self._waiting[file.name]
        try:
            self._change(task, task_answer.with_receipt(task, said, why))
        except ChangedMeanwhile:
            # The next look reads it as it is then, and the same answer again is the same.
            del self._waiting[file.name]
            raise
        except SinkRefused as problem:
            del self._waiting[file.name]
            self._without_receipt[file.name] = said
            raise SinkDown(f"an answer was taken up and has no receipt in its Task: {problem}") from None
        except SinkDown:
            self._rest_until = time.monotonic() + self._settings.answers_every
            raise
        del self._waiting[file.name]

    def _look(self) -> None:
        since = self._since or datetime.now(UTC) - alert_task.ANSWERED_WITHIN
        tasks, at = self._finding.changed_tasks(self._settings.agency, since)
        for task in tasks:
            found = task_answer.read(task, self._settings.agency)
            if found is None or self._without_receipt.get(found.task) == found.said:
                self._waiting.pop(str(task.get("id")), None)
            else:
                self._waiting[found.task] = _file(found), task, found.said
        self._since = at - _OVERLAP

    def _change(self, before: Json, after: Json) -> None:
        meta = before.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        match = {"if-match": f'W/"{version}"'} if isinstance(version, str) else {}
        address = f"{self._settings.base}/Task/{before['id']}"
        self._requests.send("PUT", address, after, self._settings.token_file, match, TASK_CHANGE)

    def _send(self, method: str, address: str, document: Json) -> None:
        self._requests.send(method, address, document, self._settings.token_file)


def key_of(delivery: Delivery) -> str:
    """The Task's own id. For whoever it is passed on to it is another Task."""
    return alert_task.key_of(delivery.alert, delivery.worker if delivery.rerouted else None)


def owner_of(delivery: Delivery, settings: FhirServerSettings) -> alert_task.Owner | None:
    """Our worker, else the team on duty where it was passed on or names no team, else the team; None where our data and the settings name nobody."""
    if delivery.worker not in ("", delivery.team):
        return alert_task.Owner("Practitioner", delivery.worker, delivery.worker_id, settings.practitioner_system)
    if settings.duty_team and (delivery.rerouted or not delivery.team):
        return alert_task.Owner("Organization", "", settings.duty_team, settings.team_system)
    if delivery.team:
        return alert_task.Owner("Organization", delivery.team, delivery.team, settings.team_system)
    return None


def _file(found: task_answer.TaskAnswer) -> AnswerFile:
    known = {code.value for code in AnswerCode}
    if found.said in known:
        return AnswerFile(found.task, found.alert, found.said, found.by, reference=found.reference)
    named = f"the code {found.said}" if _PLAIN.fullmatch(found.said) else "what the Task says"
    return AnswerFile(found.task, fault=f"{named} is no answer; an answer is one of: {', '.join(AnswerCode)}")
