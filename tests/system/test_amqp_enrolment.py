"""The whole way of a connector that speaks over RabbitMQ with mutual TLS, with the programs that people run: invited, enrolled, approved,
certified, given the linkage key; then it publishes with the certificate just issued, is told, is suspended, and is let in again."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.channel.https import HttpsConnectorEnd
from connectors.channel.https_settings import HttpsSettings
from connectors.channel.topology import new_inbox_name
from deploy.servers.missing import ServerMissing
from deploy.servers.rabbitmq import RabbitMQ, ServerTls
from gateway.app import open_register
from gateway.bench.counterpart import Counterpart, Place
from gateway.clock import SystemClock
from gateway.model.connector import Carrier, Connector
from gateway.settings import load_settings
from identity.agency.keys import generate, load_public
from identity.agency.references import References
from identity.agency.trust import Status
from identity.custody import folder as custody
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, PartnershipId
from tests.builders import AGREEMENT, agency, agreement
from tests.gateway.broker.certificates import Authority
from tests.servers.unavailable import give_up
from tests.system.children import Row, person_of
from tests.system.site import Site
from tests.system.staffed import SCHOOL, Staffed
from tests.system.until import until

HEALTH = AgencyId("urn:patchwork:seaton:health")
# A service that no list knows is the agency's own, which it may speak for.
ONE, OTHER = Row(1, service="Pastoral care"), Row(2, service="Pastoral care")


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
        yield town


@pytest.fixture
def programs() -> Iterator[list[Site]]:
    started: list[Site] = []
    yield started
    for site in started:
        site.program.kill()


def neighbour(town: Staffed) -> Counterpart:
    """Health, which is there already and speaks over HTTPS, and the agreement between the two."""
    today, keys, id = date.today(), generate(), ConnectorId("health")
    store = open_register(load_settings(town.folder / "gw" / "patchwork.toml", {}))
    inbox, now = new_inbox_name(id), SystemClock().now()
    with store.write() as unit:
        unit.trust.add_agency(agency(HEALTH))
        unit.trust.add_connector(
            Connector(id, (HEALTH,), keys.public("health"), Status.LIVE, Carrier.HTTPS, inbox, now)
        )
        until_when = today + timedelta(days=300)
        unit.agreements.add(
            agreement(AgencyId(SCHOOL), HEALTH, valid_from=today, valid_until=until_when, review_by=until_when)
        )
    store.close()
    (epoch,) = custody.epochs(town.folder / "keyholder")
    gateway = load_public(town.folder / "gw" / "gateway-public.json")
    home = GatewayId("urn:patchwork:seaton:gw")
    return Counterpart(
        id,
        HEALTH,
        keys,
        References(bytes(32), HEALTH),
        KeyedTokeniser(epoch),
        Place(PartnershipId("seaton"), Mode.TRIAL, home, gateway, AGREEMENT),
        HttpsConnectorEnd(HttpsSettings(f"http://127.0.0.1:{town.port}"), keys.signing),
        SystemClock(),
    )


def join(town: Staffed) -> Site:
    """From the invitation to a connector that has everything, by the commands alone; then what somebody at the agency writes."""
    site = Site("school", town.folder / "school")
    invitation, _ = town.invite("school", "--carrier", "amqp")
    fingerprint = town.enrol("school", invitation)
    town.seal_epoch(town.new_epoch(), "school", fingerprint)
    done = town.resume("school")
    assert (done["status"], done["certificate"], done["missing"]) == ("approved", True, [])
    assert 'kind = "amqp"' in site.settings_file.read_text()
    site.complete("children-act-2004-s10", AGREEMENT, resend_after_seconds=1)
    return site


def told_of(health: Counterpart, number: int) -> bool:
    """Whether health has been told of so many connections."""
    health.listen()
    return len(health.told) == number


def test_a_connector_enrols_publishes_and_is_told_over_the_broker_by_its_certificate(
    town: Staffed, broker: Broker, programs: list[Site]
) -> None:
    school = join(town)
    health = neighbour(town)
    assert "school" in broker.users()
    school.state([ONE])
    programs.append(school)
    school.program.start(school.hurried())
    health.say(health.notice(person_of(1)))
    until(lambda: school.told()["made"] == 1, "the school to be told", school.describe)
    until(lambda: told_of(health, 1), "health to be told", town.gateway.last_words)
    until(lambda: broker.connections("school"), "the broker to tell of the connection")
    (connection,) = broker.connections("school")
    assert (connection["auth_mechanism"], connection["ssl"]) == ("EXTERNAL", True)
    assert connection["peer_cert_subject"] == "CN=school"

    town.both("connector", "go-live", "school", "--reason", "its trial went well")
    town.signed("connector", "suspend", "school", "--reason", "it behaves oddly")
    assert "school" not in broker.users()
    until(lambda: broker.connections("school") == [], "its connection to be closed")
    school.state([ONE, OTHER])
    health.say(health.notice(person_of(2)))
    until(lambda: "suspended" in school.program.last_words(), "the refusal", school.describe)
    assert school.outbox()["settled"] == 1

    town.both("connector", "resume", "school", "--reason", "it was a clock")
    assert "school" in broker.users()
    until(lambda: school.told()["made"] == 2, "the school to be told again", school.describe)
    until(lambda: told_of(health, 2), "health to be told again", town.gateway.last_words)
    school.wait_until_settled(settled=2)
    until(lambda: broker.connections("school"), "the broker to tell of the connection")
    assert {each["auth_mechanism"] for each in broker.connections("school")} == {"EXTERNAL"}
    health.end.close()
