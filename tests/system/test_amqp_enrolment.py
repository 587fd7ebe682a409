"""The whole way of a connector that speaks over RabbitMQ with mutual TLS, with the programs that people run: invited, enrolled, approved,
certified, given the linkage key; then it publishes with the certificate just issued, is told, is suspended, and is let in again."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.missing import ServerMissing
from deploy.servers.rabbitmq import RabbitMQ, ServerTls
from tests.gateway.broker.certificates import Authority
from tests.servers.unavailable import give_up
from tests.system.children import Row
from tests.system.site import Site
from tests.system.staffed import SCHOOL, Staffed
from tests.system.until import until

HEALTH = "urn:patchwork:seaton:health"
TODAY = date.today()
# A service that no list knows is the agency's own, which it may speak for.
ONE, OTHER = Row(1, service="Pastoral care"), Row(2, service="Pastoral care")
AGREEMENT = f"""\
id = "seaton-children"
title = "Seaton children's partnership"
parties = ["{SCHOOL}", "{HEALTH}"]
purpose = "so that those who help a child know of each other"
legal_bases = ["children-act-2004-s10"]
age_bands = ["unborn", "child"]
level = "full"
valid_from = {TODAY - timedelta(days=30)}
valid_until = {TODAY + timedelta(days=300)}
review_by = {TODAY + timedelta(days=300)}
rights_contact = "rights@seaton.example"
controllers = ["Council"]
documents = [{{ name = "Data sharing agreement", sha256 = "{"a" * 64}" }}]
"""


class Broker:
    """A node whose listener for connectors believes the gateway's own authority, and shows a certificate of another."""

    def __init__(self, web: Authority) -> None:
        self._web = web
        self._node: RabbitMQ | None = None

    @property
    def node(self) -> RabbitMQ:
        """The node, once it runs."""
        assert self._node is not None
        return self._node

    def start(self, town: Staffed) -> str:
        """Start it; answers what the gateway's settings say of it."""
        shown = self._web.server()
        believed = town.folder / "gw" / "authority" / "authority.pem"
        try:
            self._node = node = RabbitMQ(tls=ServerTls(believed, shown.certificate, shown.key))
        except ServerMissing as reason:
            give_up(reason)
        self.vhost = node.fresh_vhost()
        return f"""\
broker_url = "amqp://{node.user}@127.0.0.1:{node.port}/{self.vhost}"
broker_password_file = "{node.password_file}"
broker_management_url = "{node.management_url}"
broker_management_user = "{node.user}"
broker_management_password_file = "{node.password_file}"
public_broker_url = "amqps://localhost:{node.tls_port}/{self.vhost}"
public_broker_ca_file = "{self._web.file}"
tick_seconds = 0.1
"""

    def users(self) -> set[str]:
        """Everybody it knows."""
        return {each["name"] for each in self.node.management.call("GET", "users")}

    def connections(self, user: str) -> list[dict[str, Any]]:
        """Those that the user has open, with how it proved who it is."""
        open_ = self.node.management.call("GET", "connections")
        return [each for each in open_ if each.get("user") == user]

    def discard(self) -> None:
        """End it."""
        if self._node is not None:
            self._node.discard()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(Authority(tmp_path / "web"))
    yield made
    made.discard()


@pytest.fixture
def town(broker: Broker, tmp_path: Path) -> Iterator[Staffed]:
    with Staffed(tmp_path, meanwhile=broker.start) as town:
        town.add_agency(HEALTH)
        (tmp_path / "agreement.toml").write_text(AGREEMENT)
        town.both("agreement", "add", "agreement.toml")
        yield town


def join(town: Staffed, name: str, agency: str, carrier: str, epoch: str) -> Site:
    """From the invitation to a connector that has everything, by the commands alone; then what somebody at the agency writes."""
    site = Site(name, town.folder / name)
    invitation, _ = town.invite(name, "--carrier", carrier, agency=agency)
    fingerprint = town.enrol(name, invitation)
    town.seal_epoch(epoch, name, fingerprint)
    done = town.resume(name)
    assert (done["status"], done["certificate"], done["missing"]) == ("approved", True, [])
    said = site.settings_file.read_text()
    assert f'kind = "{carrier}"' in said
    basis = 'service = "school"\nlegal_basis = "children-act-2004-s10"\ninformed = "by-privacy-notice"\n'
    said = said.replace('service = "school"\n', f'{basis}phone = "01632 960111"\n')
    said += f"""
[agreement]
id = "seaton-children"
version = 1

[[sources]]
name = "records"
preset = "generic_agency_csv"
path = "{site.export}"

[[sinks]]
kind = "folder"
path = "{site.shown}"

[publishing]
poll_seconds = 0.2
resend_after_seconds = 1
"""
    site.settings_file.write_text(said)
    return site


@pytest.fixture
def programs() -> Iterator[list[Site]]:
    started: list[Site] = []
    yield started
    for site in started:
        site.program.kill()


def test_a_connector_enrols_publishes_and_is_told_over_the_broker_by_its_certificate(
    town: Staffed, broker: Broker, programs: list[Site]
) -> None:
    epoch = town.new_epoch()
    health = join(town, "health", HEALTH, "amqp", epoch)
    school = join(town, "school", SCHOOL, "https", epoch)
    assert "health" in broker.users()
    for site in (health, school):
        site.state([ONE])
        programs.append(site)
        site.program.start(site.hurried())
    for site in (health, school):
        until(lambda site=site: site.told()["made"] == 1, f"{site.name} to be told", site.describe)
    until(lambda: broker.connections("health"), "the broker to tell of the connection")
    (connection,) = broker.connections("health")
    assert (connection["auth_mechanism"], connection["ssl"]) == ("EXTERNAL", True)
    assert connection["peer_cert_subject"] == "CN=health"
    assert broker.connections("school") == []

    town.both("connector", "go-live", "health", "--reason", "its trial went well")
    town.signed("connector", "suspend", "health", "--reason", "it behaves oddly")
    assert "health" not in broker.users()
    until(lambda: broker.connections("health") == [], "its connection to be closed")
    health.state([ONE, OTHER])
    school.state([ONE, OTHER])
    until(lambda: "suspended" in health.program.last_words(), "the refusal", health.describe)
    assert health.outbox()["settled"] == 1

    town.both("connector", "resume", "health", "--reason", "it was a clock")
    assert "health" in broker.users()
    for site in (health, school):
        until(lambda site=site: site.told()["made"] == 2, f"{site.name} to be told again", site.describe)
    health.wait_until_settled(settled=2)
    until(lambda: broker.connections("health"), "the broker to tell of the connection")
    assert {each["auth_mechanism"] for each in broker.connections("health")} == {"EXTERNAL"}
