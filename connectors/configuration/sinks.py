"""What the settings say of where alerts go: one table a sink. What they mean is checked where the sink is opened (`connectors.sinks.opening`)."""

from typing import Annotated, Literal

from pydantic import Field

from connectors.alerts.digest_policy import When, Wish
from connectors.configuration.table import NAME, File, Table


class Digested(Table):
    """A sink that people read. `digest`: when first alerts come as one digest a worker; `digest_above`: how many a worker gets in 24 hours
    before that; `digest_at`: the time of day (UTC) of daily ones; `digest_for`: what single workers or teams want instead."""

    digest: When = When.WHEN_MANY
    digest_above: int = Field(20, ge=1, le=10_000)
    digest_at: str = Field("07:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    digest_for: dict[Annotated[str, Field(min_length=1, max_length=200)], Wish] = Field(
        default_factory=dict, max_length=2000
    )


class FolderSinkSettings(Digested):
    """Alerts as files."""

    kind: Literal["folder"]
    name: str = Field("folder", pattern=NAME)
    path: File
    patient_system: str = ""


class FhirSinkSettings(Table):
    """Alerts into the agency's own FHIR server: `form` says as which resources, `care_team` whether one CareTeam a client is kept current there,
    `notify_url` who is told id-only that something was stored."""

    kind: Literal["fhir"]
    name: str = Field("fhir", pattern=NAME)
    url: str
    token_file: File | None = None
    ca_file: File | None = None
    patient_system: str = ""
    storing: Literal["put", "transaction"] = "put"
    form: Literal["communication", "task", "bundle"] = "communication"
    care_team: bool = False
    practitioner_system: str = Field("", max_length=200)
    team_system: str = Field("", max_length=200)
    duty_team: str = Field("", max_length=200)
    notify_url: str = Field("", max_length=500)
    notify_token_file: File | None = None
    answers_every_seconds: int = Field(60, ge=1, le=86_400)


class WebhookSinkSettings(Table):
    """Alerts to an HTTPS address of the agency's own, signed as Standard Webhooks says."""

    kind: Literal["webhook"]
    name: str = Field("webhook", pattern=NAME)
    url: str
    secret_file: File | None = None
    key_file: File | None = None
    networks: tuple[str, ...] = Field((), max_length=32)
    ca_file: File | None = None
    patient_system: str = ""


class EmailSinkSettings(Digested):
    """E-mail that says that there is an alert, and never about whom."""

    kind: Literal["email"]
    name: str = Field("email", pattern=NAME)
    host: str
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["implicit", "starttls", "none"] = "starttls"
    sender: str
    to: str
    user: str = ""
    password_file: File | None = None
    ca_file: File | None = None
    staff_file: File | None = None
    link: str = Field("", max_length=500)


class Hl7v2SinkSettings(Table):
    """Alerts as documents (HL7 v2.4 MDM^T02) to the agency's own system over MLLP."""

    kind: Literal["hl7v2"]
    name: str = Field("hl7v2", pattern=NAME)
    host: str
    port: int = Field(ge=1, le=65535)
    tls: bool = True
    ca_file: File | None = None
    cert_file: File | None = None
    key_file: File | None = None
    sending_application: str = Field("PATCHWORK", max_length=60)
    sending_facility: str = Field("", max_length=60)
    receiving_application: str = Field("", max_length=60)
    receiving_facility: str = Field("", max_length=60)
    document_type: str = Field("PATCHWORK", max_length=30)
    document_title: str = Field("Patchwork alert", max_length=60)
    id_authority: str = Field("", max_length=60)
    charset: Literal["UNICODE UTF-8", "8859/1"] = "UNICODE UTF-8"


SinkSettings = FolderSinkSettings | FhirSinkSettings | WebhookSinkSettings | EmailSinkSettings | Hl7v2SinkSettings
