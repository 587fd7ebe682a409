"""What the FHIR sink is told: where the agency's own server is, which resources it is given there, and who our staff are to it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from connectors.reaching.own_server import check_base


class Storing(StrEnum):
    """How the server is asked to store a resource: each under its own address, or in a transaction."""

    PUT = "put"
    TRANSACTION = "transaction"


class Form(StrEnum):
    """What becomes of an alert there: a Communication to be read, a Task to be seen to, or both in one transaction."""

    COMMUNICATION = "communication"
    TASK = "task"
    BUNDLE = "bundle"


@dataclass(frozen=True, slots=True)
class FhirServerSettings:
    """`url` is the base of the FHIR endpoint; `token_file` holds a bearer token of the agency's own server (mode 0600); `ca_file` the
    certificates to believe instead of the system's; `patient_system` the identifier system of the agency's client ids, `practitioner_system`
    and `team_system` those of its staff and teams, `duty_team` the id of the team that owns a Task for nobody in particular. `care_team`: keep one
    current CareTeam a client. `notify_url` is told, id-only, that something was stored; `notify_token_file` is shown there.
    `agency` is whose Tasks and CareTeams they are. Times in seconds;
    `answers_every` how long to wait between two looks for answers.

    Plain http is for a server on this machine only. Raises `ValueError`, naming the setting.
    """

    url: str
    token_file: Path | None = None
    ca_file: Path | None = None
    patient_system: str = ""
    storing: Storing = Storing.PUT
    form: Form = Form.COMMUNICATION
    care_team: bool = False
    practitioner_system: str = ""
    team_system: str = ""
    duty_team: str = ""
    notify_url: str = ""
    notify_token_file: Path | None = None
    agency: str = ""
    answers_every: float = 60.0
    connect_timeout: float = 5.0
    answer_timeout: float = 20.0

    def __post_init__(self) -> None:
        check_base(self.url, "sink fhir")
        if self.notify_url:
            check_base(self.notify_url, "sink fhir: notify_url")
        elif self.notify_token_file:
            raise ValueError("sink fhir: notify_token_file means nothing without notify_url")
        if min(self.connect_timeout, self.answer_timeout) <= 0 or self.answers_every < 0:
            raise ValueError("sink fhir: times must be greater than 0")
        if self.form is Form.COMMUNICATION and (self.duty_team or self.practitioner_system or self.team_system):
            raise ValueError(
                "sink fhir: practitioner_system, team_system and duty_team say who owns a Task; set form to task or bundle"
            )

    @property
    def base(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")
