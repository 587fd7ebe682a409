"""A webhook: signed so that the public library believes it, sent only where it may be, and as patient as the receiver asks."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError
from typer.testing import CliRunner

from connectors.__main__ import app
from connectors.sinks.port import Delivery, SinkDown, SinkRefused
from connectors.sinks.webhook import WebhookSettings
from connectors.sinks.webhook_signature import make_key, read_keys
from identity.agency.faults import KeyFault
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from tests.connectors.office import MONDAY, SCHOOL
from tests.connectors.sinks.receiver import SECRET, Receiver, receiving, sink_for
from tests.counterparts import an_alert

ALERT = an_alert(SCHOOL, PersonRef("a" * 64), InvolvementRef("b" * 64), MONDAY)
DELIVERY = Delivery(
    ALERT, "C-4711", "O. Testcase", "I-4711", "Alex Worker", "Somebody else is involved with O. Testcase."
)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as one:
        yield one


def test_the_public_library_believes_what_was_sent_and_nothing_else(receiver: Receiver, tmp_path: Path) -> None:
    sink_for(receiver, tmp_path).deliver(DELIVERY)
    (taken,) = receiver.taken
    event = Verifier(SECRET).verify(taken.body, taken.headers)
    assert (event["specversion"], event["type"]) == ("1.0", "org.patchwork.connection-made")
    assert event["data"]["resourceType"] == "Communication"
    assert event["timestamp"] == event["time"] == ALERT.made_at.isoformat()
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(taken.body.replace(b"Somebody", b"Nobody"), taken.headers)


def test_whoever_has_only_the_public_key_can_see_who_sent_it(receiver: Receiver, tmp_path: Path) -> None:
    sink_for(receiver, tmp_path).deliver(DELIVERY)
    (taken,) = receiver.taken
    public = (tmp_path / "public").read_text().removeprefix("whpk_")
    signatures = dict(each.split(",", 1) for each in taken.headers["webhook-signature"].split(" "))
    signed = f"{taken.id}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    Ed25519PublicKey.from_public_bytes(base64.b64decode(public)).verify(base64.b64decode(signatures["v1a"]), signed)


def test_the_same_alert_has_the_same_id_however_often_it_is_sent(receiver: Receiver, tmp_path: Path) -> None:
    sink = sink_for(receiver, tmp_path)
    sink.deliver(DELIVERY)
    sink.deliver(DELIVERY)
    assert {each.id for each in receiver.taken} == {f"{ALERT.id}.{ALERT.version}"}
    assert all(json.loads(each.body)["id"] == each.id for each in receiver.taken)


def test_the_receiver_says_how_long_to_wait(receiver: Receiver, tmp_path: Path) -> None:
    sink, receiver.status = sink_for(receiver, tmp_path), 429
    longest = timedelta(days=1)
    for said, wait in (
        ("120", timedelta(minutes=2)),
        ("9" * 8, longest),
        ("9" * 20, None),
        ("Wed, 02 Mar 2026", None),
        ("-1", None),
    ):
        receiver.answer = {"retry-after": said}
        with pytest.raises(SinkDown) as caught:
            sink.deliver(DELIVERY)
        assert caught.value.retry_after == wait


def test_where_nobody_listens_any_more_nothing_further_is_sent(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 410
    sink = sink_for(receiver, tmp_path)
    for _ in range(3):
        with pytest.raises(SinkRefused, match="nobody listens there any more"):
            sink.deliver(DELIVERY)
    assert receiver.asked == 1


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_not_followed(receiver: Receiver, tmp_path: Path, status: int) -> None:
    receiver.status, receiver.answer = status, {"location": receiver.url + "/elsewhere"}
    with pytest.raises(SinkRefused, match=str(status)):
        sink_for(receiver, tmp_path).deliver(DELIVERY)
    assert receiver.asked == 1


def test_an_address_inside_is_reached_only_where_the_settings_list_it(receiver: Receiver, tmp_path: Path) -> None:
    with pytest.raises(SinkDown, match="list its network in networks"):
        sink_for(receiver, tmp_path, networks=()).deliver(DELIVERY)
    assert receiver.asked == 0


def test_a_receiver_with_another_authoritys_certificate_is_not_told(receiver: Receiver, tmp_path: Path) -> None:
    from tests.gateway.broker.certificates import Authority

    receiver.authority = Authority(tmp_path / "another").file
    with pytest.raises(SinkDown, match="cannot be reached"):
        sink_for(receiver, tmp_path).deliver(DELIVERY)
    assert receiver.asked == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://ehr.example/",
        "https://user:pw@ehr.example",
        "ehr.example",
        "https://ehr.example/#x",
        "ftp://ehr.example",
    ],
)
def test_an_address_that_cannot_be_safe_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sink webhook: "):
        WebhookSettings(url, secret_file=tmp_path / "secret")


def test_a_webhook_without_a_key_or_with_nonsense_for_networks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="name a secret_file, a key_file, or both"):
        WebhookSettings("https://ehr.example/")
    with pytest.raises(ValueError, match="networks are written as"):
        WebhookSettings("https://ehr.example/", secret_file=tmp_path / "secret", networks=("ours",))


@pytest.mark.parametrize(
    "text", ["", "whsec_!!!!", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "whsec_" + "A" * 200]
)
def test_a_secret_that_is_none_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyFault) as caught:
        read_keys(path, None)
    assert not text or text not in str(caught.value)


def test_a_key_that_others_can_read_signs_nothing(receiver: Receiver, tmp_path: Path) -> None:
    sink = sink_for(receiver, tmp_path)
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(SinkDown, match="other users"):
        sink.deliver(DELIVERY)
    assert receiver.asked == 0
    with pytest.raises(KeyFault, match="exists already"):
        make_key(tmp_path / "key")


def test_the_command_shows_the_public_half_of_a_new_key(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["keys", "webhook", str(tmp_path / "webhook.key"), "--json"])
    public = json.loads(made.stdout)["public"].removeprefix("whpk_")
    signed = read_keys(None, tmp_path / "webhook.key").signatures("id", 1, b"body").removeprefix("v1a,")
    Ed25519PublicKey.from_public_bytes(base64.b64decode(public)).verify(base64.b64decode(signed), b"id.1.body")
    assert CliRunner().invoke(app, ["keys", "webhook", str(tmp_path / "webhook.key")]).exit_code == 2
