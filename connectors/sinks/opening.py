"""From what the settings say of a sink to the sink."""

from connectors.configuration.sinks import (
    EmailSinkSettings,
    FhirSinkSettings,
    FolderSinkSettings,
    Hl7v2SinkSettings,
    SinkSettings,
    WebhookSinkSettings,
)
from connectors.settings import SettingsFault
from connectors.sinks.port import Sink
from mappings.canonical.identifiers import AgencyId


def opened_sink(said: SinkSettings, agency: AgencyId) -> Sink:
    """The sink of an agency, which has connected to nothing yet. Raises `SettingsFault`, naming the setting. Each kind is loaded only where it is
    used."""
    try:
        match said:
            case FolderSinkSettings():
                from connectors.sinks.folder import FolderSink

                return FolderSink(said.path, said.name, said.patient_system)
            case FhirSinkSettings():
                return _fhir(said, agency)
            case WebhookSinkSettings():
                return _webhook(said)
            case EmailSinkSettings():
                return _email(said)
            case Hl7v2SinkSettings():
                return _hl7v2(said)
    except OSError as problem:
        raise SettingsFault(f"sink {said.name!r}: ca_file cannot be used: {problem.strerror}") from None
    except ValueError as problem:
        raise SettingsFault(f"sinks: {problem}") from None


def _fhir(said: FhirSinkSettings, agency: AgencyId) -> Sink:
    from connectors.sinks.fhir_server import fhir_sink
    from connectors.sinks.fhir_settings import FhirServerSettings, Form, Storing

    settings = FhirServerSettings(
        url=said.url,
        token_file=said.token_file,
        ca_file=said.ca_file,
        patient_system=said.patient_system,
        storing=Storing(said.storing),
        form=Form(said.form),
        care_team=said.care_team,
        practitioner_system=said.practitioner_system,
        team_system=said.team_system,
        duty_team=said.duty_team,
        notify_url=said.notify_url,
        notify_token_file=said.notify_token_file,
        agency=agency.value,
        answers_every=said.answers_every_seconds,
    )
    return fhir_sink(settings, said.name)


def _webhook(said: WebhookSinkSettings) -> Sink:
    from connectors.sinks.webhook import WebhookSettings, WebhookSink

    settings = WebhookSettings(
        said.url, said.secret_file, said.key_file, said.networks, said.ca_file, said.patient_system
    )
    return WebhookSink(settings, said.name)


def _email(said: EmailSinkSettings) -> Sink:
    from connectors.sinks.email import EmailSettings, EmailSink, Tls

    settings = EmailSettings(
        host=said.host,
        port=said.port,
        tls=Tls(said.tls),
        sender=said.sender,
        to=said.to,
        user=said.user,
        password_file=said.password_file,
        ca_file=said.ca_file,
        staff_file=said.staff_file,
        link=said.link,
    )
    return EmailSink(settings, said.name)


def _hl7v2(said: Hl7v2SinkSettings) -> Sink:
    from connectors.sinks.hl7v2_document import DocumentTemplate
    from connectors.sinks.hl7v2_mllp import MllpSettings, MllpSink

    template = DocumentTemplate(
        sending_application=said.sending_application,
        sending_facility=said.sending_facility,
        receiving_application=said.receiving_application,
        receiving_facility=said.receiving_facility,
        document_type=said.document_type,
        document_title=said.document_title,
        id_authority=said.id_authority,
        charset=said.charset,
    )
    settings = MllpSettings(said.host, said.port, said.tls, said.ca_file, said.cert_file, said.key_file)
    return MllpSink(settings, template, said.name)
