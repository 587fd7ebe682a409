"""From the settings to a sink: every kind, and what is wrong named by its setting."""

from pathlib import Path

import pytest

from connectors.settings import SettingsFault, load
from connectors.sinks.email import EmailSink
from connectors.sinks.fhir_server import FhirServerSink
from connectors.sinks.folder import FolderSink
from connectors.sinks.hl7v2_mllp import MllpSink
from connectors.sinks.opening import opened_sink
from connectors.sinks.port import Sink
from connectors.sinks.webhook import WebhookSink
from tests.connectors.commands.test_commands import SETTINGS

KINDS = {
    FolderSink: 'kind = "folder"\nname = "files"\npath = "alerts"',
    FhirServerSink: 'kind = "fhir"\nurl = "https://ehr.seaton.example/fhir"',
    WebhookSink: 'kind = "webhook"\nurl = "https://alerts.seaton.example"\nkey_file = "webhook.key"',
    MllpSink: 'kind = "hl7v2"\nhost = "ehr.seaton.example"\nport = 2575',
    EmailSink: 'kind = "email"\nhost = "mail.seaton.example"\nsender = "p@seaton.example"\nto = "duty@seaton.example"',
}


def opened(folder: Path, said: str) -> Sink:
    path = folder / "connector.toml"
    path.write_text(SETTINGS + f"\n[[sinks]]\n{said}\n")
    (agency,) = load(path).agencies
    return opened_sink(agency.sinks[-1], agency.id)


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.__name__)
def test_every_kind_is_opened(tmp_path: Path, kind: type) -> None:
    assert isinstance(opened(tmp_path, KINDS[kind]), kind)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (KINDS[WebhookSink].replace("https", "http"), "plain http"),
        (KINDS[WebhookSink].replace('key_file = "webhook.key"', ""), "name a secret_file, a key_file, or both"),
        (KINDS[EmailSink].replace("duty@", "duty "), "to must be one address"),
        (KINDS[EmailSink] + '\ntls = "perhaps"', "tls"),
        (KINDS[FhirServerSink] + '\nca_file = "missing.pem"', "ca_file cannot be used"),
        (KINDS[FhirServerSink] + '\nnotify_url = "http://ehr.seaton.example/told"', "notify_url: plain http"),
        (KINDS[FhirServerSink] + '\nnotify_token_file = "told.token"', "nothing without notify_url"),
        (KINDS[FhirServerSink] + '\nduty_team = "duty"', "set form to task or bundle"),
        (KINDS[FhirServerSink] + '\nform = "task"\nanswers_every_seconds = 0', "answers_every_seconds"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, said: str, problem: str) -> None:
    with pytest.raises(SettingsFault, match=problem):
        opened(tmp_path, said)
