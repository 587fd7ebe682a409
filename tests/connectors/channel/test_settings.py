"""Settings of both channels are right or refused by name; waits have ends; names are what permissions expect."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.backoff import Backoff
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.topology import Topology, is_inbox_of, new_inbox_name, routing_key
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, PartnershipId

SECRET = Path("password")
names = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True).map(ConnectorId)


@pytest.mark.parametrize(
    ("named", "changes"),
    [
        ("tls", {"tls": False}),
        ("tls", {"host": "127.0.0.1", "tls": False, "ca_file": SECRET}),
        ("key_file", {"cert_file": SECRET}),
        ("password_file", {"password_file": None}),
        ("user", {"user": ""}),
        ("times", {"heartbeat": 0}),
        ("times", {"confirm_timeout": 0.0}),
        ("times", {"connect_timeout": -1.0}),
    ],
)
def test_amqp_settings_that_do_not_fit(named: str, changes: dict[str, Any]) -> None:
    fine: dict[str, Any] = {"host": "broker.example", "user": "housing", "password_file": SECRET}
    AmqpSettings(**fine)
    with pytest.raises(ValueError, match=named):
        AmqpSettings(**{**fine, **changes})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_without_tls_on_this_machine_only(host: str) -> None:
    AmqpSettings(host=host, user="housing", password_file=SECRET, tls=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "gateway.example",
        "ftp://gateway.example",
        "https://",
        "https://user:secret@gateway.example",
        "https://gateway.example/?x=1",
        "https://gateway.example/#x",
        "http://gateway.example",
        "http://127.0.0.1.example",
        "http://10.0.0.1",
    ],
)
def test_https_urls_that_do_not_do(url: str) -> None:
    with pytest.raises(ValueError, match="https:") as caught:
        HttpsSettings(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("changes", [{"cert_file": SECRET}, {"connect_timeout": 0.0}, {"answer_timeout": -1.0}])
def test_https_settings_that_do_not_fit(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="https:"):
        HttpsSettings("https://gateway.example", **changes)


def test_the_path_under_which_a_gateway_is_served() -> None:
    settings = HttpsSettings("https://gateway.example:8443/partners/patchwork/")
    assert (settings.origin, settings.prefix) == ("https://gateway.example:8443", "/partners/patchwork")
    assert HttpsSettings("http://[::1]:80").prefix == ""


def test_waits_grow_to_a_bound_with_jitter_and_start_anew() -> None:
    now = [100.0]
    backoff = Backoff(first=0.5, longest=30.0, clock=lambda: now[0])
    assert backoff.remaining == 0
    for n in range(40):
        backoff.failed()
        whole = min(30.0, 0.5 * 2**n)
        assert whole / 2 <= backoff.remaining <= whole
        now[0] += backoff.remaining
    backoff.failed()
    backoff.succeeded()
    assert backoff.remaining == 0


@given(names, names)
def test_an_inbox_is_that_of_one_connector(one: ConnectorId, other: ConnectorId) -> None:
    inbox = new_inbox_name(one)
    assert is_inbox_of(one, inbox)
    assert is_inbox_of(other, inbox) is (one == other)
    assert inbox != new_inbox_name(one)


@pytest.mark.parametrize("inbox", ["", "inbox.housing", "inbox.housing." + "0" * 31, "inbox.housing." + "G" * 32, "#"])
def test_names_that_are_no_inbox(inbox: str) -> None:
    assert not is_inbox_of(ConnectorId("housing"), inbox)
    assert not is_inbox_of(ConnectorId("housing"), "inbox.housing." + "0" * 32 + "\n")


def test_live_and_trial_and_partnerships_share_no_name() -> None:
    seen: list[str] = []
    for partnership in ("seaton", "northport"):
        for mode in Mode:
            topology = Topology(PartnershipId(partnership), mode)
            seen += [
                topology.notices_exchange,
                topology.intake_queue,
                topology.inbox_exchange,
                topology.dead_letters,
            ]
    assert len(set(seen)) == len(seen)
    assert seen[0] == "patchwork.seaton.live.notices"
    assert routing_key(ConnectorId("housing")) == "housing.notice"
