"""A connector turned hostile at the real broker, with its own certificate and rights: what the broker lets through, intake refuses.

What the broker itself refuses stands in tests/system/test_broker_truth.py.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pika
import pytest

from connectors.channel.memory import MemoryBroker
from connectors.channel.topology import routing_key
from deploy.servers.missing import ServerMissing
from deploy.servers.rabbitmq import RabbitMQ, ServerTls
from gateway.bench import hostile
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.connector import Carrier
from gateway.store.sql_store import open_store
from identity.agency.keys import generate
from identity.agency.trust import Status
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.receipt import Receipt
from mappings.fhir import notice_bundle
from tests.builders import person
from tests.gateway.broker.certificates import Authority
from tests.servers.unavailable import give_up
from tests.system.attacks.town import HEALTH, HOUSING
from tests.system.attacks.watched import Watched
from tests.system.kept_broker import TOPOLOGY, KeptBroker

ORLA = person()


class OverBroker(MemoryBroker):
    """Lets a `World` speak over the real broker: connectors' ends are put in place by `Market.join`."""

    def __init__(self, end: Any) -> None:
        super().__init__()
        self._end = end

    def gateway_end(self) -> Any:
        """The gateway's end of the real broker."""
        return self._end


@dataclass
class Market(Watched):
    """`housing` turns hostile, `health` is honest; both have users of their own."""

    broker: KeptBroker

    def __post_init__(self) -> None:
        self.broker.keeper.reconcile()
        self.end = self.broker.gateway_end()
        self.world = World(self.broker.store)
        self.world.broker = OverBroker(self.end)
        self.housing, self.health = self.join(HOUSING), self.join(HEALTH)
        self.world.agree(HOUSING, HEALTH)
        self.mark()

    def join(self, agency: AgencyId) -> Counterpart:
        """A live connector, and its user at the broker."""
        made = self.world.join(agency)
        with self.world.store.write() as unit:
            found = unit.trust.connector(made.id)
            assert found
            unit.trust.update_connector(connector := replace(found, carrier=Carrier.AMQP))
        self.broker.keeper.after_change(connector)
        made.end = self.broker.end(connector)
        return made

    def put(self, body: bytes, user_id: str | None = "housing", **properties: Any) -> None:
        """Housing's own program publishes something under its own routing key, and the broker lets it."""
        made = pika.BasicProperties(user_id=user_id, **properties)
        key = routing_key(self.housing.id)
        let = self.broker.probe("housing").attempt(
            lambda channel: channel.basic_publish(TOPOLOGY.notices_exchange, key, body, made, mandatory=True)
        )
        assert let is None

    def receive(self) -> None:
        """One parcel, which is on its way."""
        parcels = self.end.take(1, 10)
        assert len(parcels) == 1
        self.world.intake().take_in(parcels)
        self.end.acknowledge(parcels)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The partnership's certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def node(authority: Authority) -> Iterator[RabbitMQ]:
    """A node that takes clients with a certificate of the authority only."""
    shown = authority.server()
    try:
        made = RabbitMQ(tls=ServerTls(authority.file, shown.certificate, shown.key))
    except ServerMissing as reason:
        give_up(reason)
    with made:
        yield made


@pytest.fixture
def market(node: RabbitMQ, authority: Authority, empty_register: Path, tmp_path: Path) -> Iterator[Market]:
    """Two connectors, a virtual host and a register of the story's own."""
    shutil.copyfile(empty_register, tmp_path / "register.db")
    store = open_store(f"sqlite:///{tmp_path}/register.db", bytes(range(32)))
    broker = KeptBroker(node, authority, store)
    yield Market(broker)
    broker.close()
    store.close()


def sealed(who: Counterpart) -> bytes:
    """An honest envelope."""
    notice = who.notice(ORLA)
    return who.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice))


def test_an_honest_notice_is_accepted(market: Market) -> None:
    market.housing.say(market.housing.notice(ORLA))
    market.receive()
    assert market.audited() == [("notice-accepted", "")]


def test_anothers_envelope_under_ones_own_user_is_refused(market: Market) -> None:
    market.put(sealed(market.health))
    market.assert_refused("sender-mismatch", None)


def test_a_good_envelope_without_a_user_id_is_refused(market: Market) -> None:
    market.put(sealed(market.housing), user_id=None)
    market.assert_refused("sender-not-proven", None)


def test_properties_that_claim_another_sender_are_not_looked_at(market: Market) -> None:
    claims = {"sender": "health", "user_id": "health", "x-connector": "health"}
    market.put(sealed(market.health), headers=claims, app_id="health", reply_to="health")
    market.assert_refused("sender-mismatch", None)


def test_the_same_parcel_again_changes_nothing(market: Market) -> None:
    parcel = sealed(market.housing)
    market.put(parcel)
    market.receive()
    market.mark()
    market.put(parcel)
    market.receive()
    assert market.audited() == [("notice-repeated", "")]
    assert market.held() == market.before


def test_a_leaked_message_sealed_again_is_refused(market: Market) -> None:
    signed = hostile.signed_part(
        market.health, market.health.notice(ORLA), hostile.properly(market.health.keys.signing)
    )
    market.put(hostile.sealed_part(market.housing, signed))
    market.assert_refused("sender-mismatch", None)


def no_signature(who: Counterpart) -> bytes:
    """Unsigned."""
    return hostile.sealed_part(who, hostile.signed_part(who, who.notice(ORLA), hostile.not_at_all, alg="none"))


def own_key(who: Counterpart) -> bytes:
    """Signed by a key that it brings along."""
    key = generate().signing
    jwk = key.public.to_jwk()
    return hostile.sealed_part(who, hostile.signed_part(who, who.notice(ORLA), hostile.properly(key), jwk=jwk))


FORGED: dict[str, tuple[Callable[[Counterpart], bytes], str]] = {
    "no signature": (no_signature, "header-refused"),
    "a key brought along": (own_key, "header-refused"),
    "truncated": (lambda who: sealed(who)[:-7], "unreadable"),
    "empty": (lambda who: b"", "unreadable"),
    "over the cap": (lambda who: b"x" * (512 * 1024 + 1), "oversized"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_parcel_is_refused_and_told_to_its_sender_alone(market: Market, name: str) -> None:
    forge, reason = FORGED[name]
    market.put(forge(market.housing))
    market.assert_refused(reason, market.housing)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
def test_what_waited_at_the_broker_when_its_sender_was_stopped_is_not_believed(market: Market, status: Status) -> None:
    market.put(sealed(market.housing))
    with market.world.store.write() as unit:
        found = unit.trust.connector(market.housing.id)
        assert found
        unit.trust.update_connector(moved := replace(found, status=status))
    market.broker.keeper.after_change(moved)
    market.mark()
    market.assert_refused("connector-not-live", None)


def test_a_receipt_for_anothers_alert_settles_nothing(market: Market) -> None:
    for party in (market.health, market.housing):
        party.say(party.notice(ORLA))
        market.receive()
    market.world.relay().send_alerts()
    (alert,) = [
        alert for alert in (market.health.hear(parcel, False) for parcel in market.health.end.take(5, 10)) if alert
    ]
    market.mark()
    hostile.settle_unasked(
        market.housing, MessageId(alert.id.value), Receipt(alert.id, "0" * 64, ReceiptOutcome.ACCEPTED)
    )
    market.receive()
    assert market.audited() == [("receipt-not-believed", "")]
    assert market.held() == market.before


def test_rubbish_does_not_come_back_to_hold_up_the_honest(market: Market) -> None:
    for _ in range(3):
        market.put(b"rubbish")
    market.health.say(market.health.notice(ORLA))
    for _ in range(4):
        market.receive()
    assert market.audited() == [("message-refused", "unreadable")] * 3 + [("notice-accepted", "")]
    assert market.end.take(1, 0.3) == []
