"""A sink: the agency's own FHIR server. Each alert becomes one Communication, one Task, or both there, however often it is delivered; and there is
one current CareTeam a client, where the settings ask for it.

* A Communication is put under the alert's own id (`PUT [base]/Communication/[id]`, FHIR R4 "update as create"); a server that does not allow that
  is given a transaction with a conditional update by the alert's identifier instead.
* A Task is created once and never written over (`connectors.sinks.fhir_tasks`): it is how staff answer.
* A CareTeam is put in the place of the one before by a conditional update.
* Where the settings name an address for it, the agency's systems are told id-only that something was stored, and nothing of what.

No address holds anything about a client.
"""

from typing import Any

from connectors.alerts.care_teams import ClientTeam
from connectors.sinks.fhir_finding import FhirFinding
from connectors.sinks.fhir_requests import CARE_TEAM, FhirRequests
from connectors.sinks.fhir_settings import FhirServerSettings, Form, Storing
from connectors.sinks.fhir_tasks import FhirTasks
from connectors.sinks.port import AnswerFile, Delivery
from mappings.fhir import client_care_team, notification, standalone_alert
from mappings.fhir import extensions as url


class FhirServerSink:
    """See the port. One connection is kept."""

    def __init__(self, settings: FhirServerSettings, name: str = "fhir") -> None:
        self.name = name
        self.keeps_care_teams = settings.care_team
        self._settings = settings
        self._requests = FhirRequests(name, settings.ca_file, settings.connect_timeout, settings.answer_timeout)
        self._finding = FhirFinding(settings, name)
        self._tasks = FhirTasks(settings, self._requests, name)

    def deliver(self, delivery: Delivery) -> None:
        """See the port. What is over is called off first, so that nobody goes on with it."""
        settings = self._settings
        if settings.form is not Form.COMMUNICATION:
            self._tasks.call_off(delivery)
        match settings.form:
            case Form.COMMUNICATION:
                address = self._tell(delivery)
            case Form.TASK:
                address = self._tasks.ask(delivery)
            case Form.BUNDLE:
                address = self._tasks.ask(delivery, self._communication(delivery))
        if settings.notify_url:
            notice = notification.for_agency(delivery.alert, address)
            self._requests.send("POST", settings.notify_url, notice, settings.notify_token_file)

    def keep_care_team(self, team: ClientTeam) -> None:
        """See `connectors.alerts.care_teams.KeepsCareTeams`."""
        document = client_care_team.for_client(
            team.alerts,
            team.client_local_id,
            team.note,
            key=team.key,
            agency=self._settings.agency,
            system=self._settings.patient_system,
        )
        address = f"{self._settings.base}/{client_care_team.address(document)}"
        self._requests.send("PUT", address, document, self._settings.token_file, what=CARE_TEAM)

    def care_teams(self) -> dict[str, str]:
        """See `connectors.alerts.care_teams.KeepsCareTeams`."""
        kept = (client_care_team.kept_for(each, self._settings.agency) for each in self._finding.active_care_teams())
        return dict(each for each in kept if each is not None)

    def close(self) -> None:
        """Let go of the connection."""
        self._requests.close()

    def _tell(self, delivery: Delivery) -> str:
        """Store the Communication; answers its address, where somebody is to be told it."""
        communication, address = (
            self._communication(delivery),
            f"{self._settings.base}/Communication/{delivery.alert.id}",
        )
        if self._settings.storing is Storing.PUT:
            self._send("PUT", address, communication)
            return address
        self._send("POST", self._settings.base, standalone_alert.as_transaction(communication))
        if not self._settings.notify_url:
            return ""
        return self._finding.address("Communication", url.ALERTS, str(delivery.alert.id))

    def _communication(self, delivery: Delivery) -> dict[str, Any]:
        return standalone_alert.for_agency(
            delivery.alert, delivery.client_local_id, delivery.text, system=self._settings.patient_system
        )

    def _send(self, method: str, url: str, document: dict[str, Any]) -> None:
        self._requests.send(method, url, document, self._settings.token_file)


class FhirTaskSink(FhirServerSink):
    """The same where alerts are Tasks: staff answer by them."""

    def answers(self, limit: int) -> list[AnswerFile]:
        """See `TakesAnswers`."""
        return self._tasks.answers(limit)

    def answer_taken(self, file: AnswerFile) -> None:
        """See `TakesAnswers`: the Task gets an output that says so."""
        self._tasks.receipt(file)

    def answer_rejected(self, file: AnswerFile, why: str) -> None:
        """See `TakesAnswers`: the Task gets an output that says why."""
        self._tasks.receipt(file, why)


def fhir_sink(settings: FhirServerSettings, name: str = "fhir") -> FhirServerSink:
    """The sink that these settings ask for. Raises `OSError` where `ca_file` cannot be used."""
    return (FhirServerSink if settings.form is Form.COMMUNICATION else FhirTaskSink)(settings, name)
