"""A gateway process behind a real proxy that ends TLS: a connector enrols through it, is let in by its certificate and its signature together,
and by neither alone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.ports import free_ports
from tests.gateway.broker.certificates import Authority, Pair
from tests.system.nginx_proxy import NginxProxy
from tests.system.staffed import Staffed
from tests.system.tls_proxy import TlsProxy

SETTINGS = 'proxy_socket = "proxy.sock"\nrequire_client_certificate = true\n'


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Staffed]:
    (port,) = free_ports(1)
    web = Authority(tmp_path / "web")
    with Staffed(tmp_path, SETTINGS, f"https://localhost:{port}") as town:
        authority, socket = tmp_path / "gw" / "authority" / "authority.pem", tmp_path / "gw" / "proxy.sock"
        with proxy(web.server(), authority, socket, port):
            yield town


def proxy(own: Pair, authority: Path, socket: Path, port: int) -> TlsProxy | NginxProxy:
    """Our own, unless whoever starts the tests names an nginx."""
    nginx = os.environ.get("PATCHWORK_TEST_NGINX")
    return NginxProxy(nginx, own, authority, socket, port) if nginx else TlsProxy(own, authority, socket, port)


def channel(town: Staffed, settings: str) -> tuple[bool, str]:
    """Whether the connector program reaches the channel with these settings, and what it says."""
    said = town.run("patchwork-connector", "check", "--settings", settings, "--json")
    (found,) = [each for each in json.loads(said.stdout)["checks"] if each["part"] == "channel"]
    return found["ok"], found["text"]


def refused(town: Staffed) -> list[tuple[str, str]]:
    """What the gateway's security log says it turned away, and at which address."""
    events: list[dict[str, Any]] = [json.loads(line) for line in town.gateway.log.read_text().splitlines()]
    return [(each["fault"], each["route"]) for each in events if each["event"] == "request-refused"]


def test_a_connector_gets_its_certificate_through_the_proxy_and_needs_it_from_then_on(town: Staffed) -> None:
    invitation, _ = town.invite("school-1")
    fingerprint = town.enrol("school-1", invitation, "--ca-file", "web/ca.pem")
    town.seal_epoch(town.new_epoch(), "school-1", fingerprint)
    assert town.resume("school-1")["missing"] == []
    settings = town.folder / "school-1" / "connector.toml"
    assert channel(town, "school-1/connector.toml") == (True, "the gateway can be reached")
    assert refused(town) == []

    lease = "/channel/inbox/lease"
    bare = settings.with_name("bare.toml")
    bare.write_text("".join(line for line in settings.open() if not line.startswith(("cert_file", "key_file"))))
    reached, said = channel(town, "school-1/bare.toml")
    assert (reached, "signature-refused" in said) == (False, True)
    assert refused(town) == [("certificate-missing", lease)]

    past_the_proxy = bare.read_text().replace(town.public_url, f"http://127.0.0.1:{town.port}")
    bare.write_text(past_the_proxy)
    assert channel(town, "school-1/bare.toml")[0] is False
    assert refused(town) == [("certificate-missing", lease)] * 2

    rotate(town, settings)
    assert refused(town) == [("certificate-missing", lease)] * 2


def rotate(town: Staffed, settings: Path) -> None:
    """The old certificate speaks for the new keys; the new certificate takes its place."""
    before = settings.with_name("tls.pem").read_bytes()
    town.do("patchwork-connector", "keys", "rotate", "--folder", "school-1")
    town.do("patchwork-connector", "keys", "rotate", "--hand-over", "--folder", "school-1")
    assert channel(town, "school-1/connector.toml")[0] is True
    town.run("patchwork-connector", "enrol", "--resume", "--folder", "school-1")
    assert settings.with_name("tls.pem").read_bytes() != before
    assert channel(town, "school-1/connector.toml")[0] is True
