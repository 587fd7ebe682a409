"""What only a broker does: permissions, forged senders, lost connections, dead letters, and forgetting everything."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pika
import pytest

from connectors.channel.amqp import AmqpGatewayEnd
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ChannelDown, ChannelRefused, GatewayEnd, Parcel
from connectors.channel.topology import new_inbox_name
from deploy.servers.rabbitmq import RabbitMQ
from tests.contract.channels.amqp_pair import TOPOLOGY, AmqpPair
from tests.contract.channels.pairs import HEALTH, HOUSING
from tests.contract.channels.test_channels import PATIENCE, bodies, eventually, take_all


def until(seen: Callable[[], object]) -> None:
    """Wait for something that the broker does in its own time."""
    end = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def raw_channel(pair: AmqpPair, user: str) -> Any:
    """A hostile program's own channel, with this user's password."""
    settings = pair.settings(user)
    assert settings.password_file is not None
    credentials = pika.PlainCredentials(user, settings.password_file.read_text())
    parameters = pika.ConnectionParameters("127.0.0.1", pair.node.port, pair.vhost, credentials)
    channel = pika.BlockingConnection(parameters).channel()
    channel.confirm_delivery()
    return channel


@pytest.mark.parametrize("user_id", [None, "housing"])
def test_the_sender_is_known_only_when_the_broker_has_checked_the_user(amqp: AmqpPair, user_id: str | None) -> None:
    channel = raw_channel(amqp, "housing")
    channel.basic_publish(TOPOLOGY.notices_exchange, "housing.notice", b"x", pika.BasicProperties(user_id=user_id))
    channel.connection.close()
    assert [parcel.sender for parcel in take_all(amqp.gateway_end(), 1)] == [HOUSING if user_id else None]


def test_a_forged_user_id_is_refused_by_the_broker(amqp: AmqpPair) -> None:
    honest = amqp.settings("housing")
    end = amqp.end_of(HOUSING, honest)
    end.send(b"honest")
    end._connection._settings = replace(honest, user="health")
    with pytest.raises(ChannelRefused, match="user"):
        end.send(b"forged")
    assert bodies(amqp.gateway_end().take(5, 0.5)) == [b"honest"]


def test_users_that_several_share_say_nothing_about_the_sender(amqp: AmqpPair) -> None:
    amqp.connector_end(HOUSING).send(b"x")
    assert [parcel.sender for parcel in take_all(amqp.gateway_end(shared_user=True), 1)] == [None]


def test_a_user_that_is_not_a_connector_is_no_sender(amqp: AmqpPair) -> None:
    channel = raw_channel(amqp, amqp.node.user)
    for user_id in (amqp.node.user, None):
        channel.basic_publish(TOPOLOGY.notices_exchange, "x.notice", b"x", pika.BasicProperties(user_id=user_id))
    channel.connection.close()
    assert {str(parcel.sender) for parcel in take_all(amqp.gateway_end(), 2)} == {amqp.node.user, "None"}


def test_publishing_under_another_name_is_refused(amqp: AmqpPair) -> None:
    end = amqp.end_of(HOUSING, amqp.settings("housing"))
    end._connector = HEALTH
    with pytest.raises(ChannelRefused, match="permit"):
        end.send(b"x")


def test_reading_the_inbox_of_another_is_refused(amqp: AmqpPair) -> None:
    end = amqp.end_of(HOUSING, amqp.settings("housing"))
    end._queue = amqp.inboxes[HEALTH]
    with pytest.raises(ChannelRefused, match="permit"):
        end.take(1, 0.0)
    amqp.inboxes[HOUSING] = amqp.inboxes[HEALTH]
    with pytest.raises(ChannelRefused, match="enrolment"):
        amqp.connector_end(HOUSING)


def test_a_wrong_password_and_an_unknown_virtual_host_are_refused(amqp: AmqpPair) -> None:
    wrong = amqp.settings("housing", password_file=amqp.settings("health").password_file)
    for settings in (wrong, amqp.settings("housing", vhost="nowhere")):
        with pytest.raises(ChannelRefused, match="let this user in"):
            amqp.end_of(HOUSING, settings).send(b"x")


def test_who_is_not_let_in_is_told_so_also_before_the_next_attempt(amqp: AmqpPair) -> None:
    wrong = amqp.settings("housing", password_file=amqp.settings("health").password_file, backoff_first=60.0)
    end = amqp.end_of(HOUSING, wrong)
    for _ in range(2):
        with pytest.raises(ChannelRefused, match="let this user in"):
            end.take(1, 0.0)


def test_a_password_file_that_others_can_read_is_refused(amqp: AmqpPair) -> None:
    settings = amqp.settings("housing")
    assert settings.password_file is not None
    settings.password_file.chmod(0o644)
    with pytest.raises(ChannelRefused, match="chmod 600"):
        amqp.end_of(HOUSING, settings).send(b"x")


def test_a_suspended_connector_is_cut_off(amqp: AmqpPair) -> None:
    """RabbitMQ 3.10 closes the live connections of a deleted user before it answers, 4.0 a moment later."""
    end = amqp.connector_end(HOUSING)
    end.send(b"before")
    amqp.remove_user(HOUSING)

    def refused() -> bool:
        try:
            end.send(b"while it is noticed")
        except ChannelRefused:
            return True
        except ChannelDown:
            return False
        return False

    until(refused)
    gateway = amqp.gateway_end()
    first, *others = bodies(take_all(gateway, 1))
    while more := gateway.take(10, 0.2):
        others += bodies(more)
    assert first == b"before"
    assert set(others) <= {b"while it is noticed"}
    amqp.add_user(HOUSING)

    def let_in() -> bool:
        try:
            end.send(b"resumed")
        except (ChannelRefused, ChannelDown):
            return False
        return True

    until(let_in)


def test_before_the_gateway_has_set_up_anything_a_connector_waits(amqp: AmqpPair) -> None:
    channel = raw_channel(amqp, amqp.node.user)
    channel.queue_delete(TOPOLOGY.intake_queue)
    end = amqp.connector_end(HOUSING)
    with pytest.raises(ChannelDown, match="intake queue"):
        end.send(b"unroutable")
    channel.exchange_delete(TOPOLOGY.notices_exchange)
    channel.queue_delete(amqp.inboxes[HOUSING])
    channel.connection.close()
    with pytest.raises(ChannelDown, match="set up"):
        end.send(b"no exchange")
    with pytest.raises(ChannelDown, match="set up"):
        end.take(1, 0.0)
    amqp.gateway_end().open_inbox(HOUSING, amqp.inboxes[HOUSING])
    eventually(lambda: end.send(b"now"))
    assert end.take(1, 0.0) == []


def test_a_queue_of_the_same_name_with_other_properties_is_not_used(amqp: AmqpPair) -> None:
    with pytest.raises(ChannelRefused, match="other properties"):
        amqp.gateway_end(delivery_limit=3).take(1, 0.0)


def test_acknowledging_after_the_connection_was_lost_says_that_they_come_again(amqp: AmqpPair) -> None:
    amqp.connector_end(HOUSING).send(b"one")
    gateway = amqp.gateway_end()
    parcels = take_all(gateway, 1)
    amqp.interrupt()
    with pytest.raises(ChannelDown):
        gateway.acknowledge(parcels)
    amqp.resume()
    again: list[Parcel] = []
    eventually(lambda: again.extend(take_all(gateway, 1)))
    assert again[0].redelivered
    for stale in (gateway.acknowledge, gateway.release):
        with pytest.raises(ChannelDown, match="come again"):
            stale(parcels)
    gateway.acknowledge(again)
    gateway.close()
    assert amqp.gateway_end().take(1, 0.3) == []


def test_a_current_parcel_is_acknowledged_even_beside_a_lost_one(amqp: AmqpPair) -> None:
    end, gateway = amqp.connector_end(HOUSING), amqp.gateway_end()
    end.send(b"one")
    lost = take_all(gateway, 1)
    amqp.interrupt()
    amqp.resume()
    again: list[Parcel] = []
    eventually(lambda: again.extend(take_all(gateway, 1)))
    with pytest.raises(ChannelDown, match="come again"):
        gateway.acknowledge([*lost, *again])
    gateway.close()
    assert amqp.gateway_end().take(1, 0.3) == []


def test_a_connection_that_was_cut_while_idle_is_replaced_before_it_is_used(amqp: AmqpPair) -> None:
    now = [100.0]
    end = amqp.end_of(HOUSING, amqp.settings("housing"))
    end._connection._clock = lambda: now[0]
    end.send(b"one")
    amqp.interrupt()
    amqp.resume()
    now[0] += 60.0
    end.send(b"two")
    assert bodies(take_all(amqp.gateway_end(), 2)) == [b"one", b"two"]


def test_an_inbox_removed_at_the_broker_is_made_again_by_the_end_that_opened_it(amqp: AmqpPair) -> None:
    gateway, end = amqp.gateway_end(), amqp.end_of(HOUSING, amqp.settings("housing", resubscribe_after=0.3))
    gateway.open_inbox(HOUSING, amqp.inboxes[HOUSING])
    assert end.take(1, 0.0) == []
    channel = raw_channel(amqp, amqp.node.user)
    channel.queue_delete(amqp.inboxes[HOUSING])
    channel.connection.close()
    gateway.send(HOUSING, amqp.inboxes[HOUSING], b"one", None)

    def taken() -> bool:
        try:
            return bodies(end.take(1, 0.2)) == [b"one"]
        except ChannelDown:
            return False

    until(taken)


def test_an_alive_broker_that_never_confirms_is_not_waited_for(amqp: AmqpPair) -> None:
    end = amqp.end_of(HOUSING, amqp.settings("housing", confirm_timeout=0.5))
    end.send(b"one")
    amqp.gate.mute = True
    with pytest.raises(ChannelDown):
        end.send(b"two")
    amqp.gate.mute = False
    eventually(lambda: end.send(b"three"))
    assert set(bodies(take_all(amqp.gateway_end(), 3))) == {b"one", b"two", b"three"}


def test_a_parcel_nobody_can_treat_becomes_a_dead_letter_and_is_kept(rabbitmq: RabbitMQ, amqp: AmqpPair) -> None:
    channel = raw_channel(amqp, amqp.node.user)
    channel.queue_delete(TOPOLOGY.intake_queue)
    first = amqp.gateway_end(delivery_limit=2)
    first.take(1, 0.0)
    first.close()
    amqp.connector_end(HOUSING).send(b"poisoned")
    deliveries = 0
    while (gateway := amqp.gateway_end(delivery_limit=2)).take(1, 0.5):
        deliveries += 1
        gateway.close()
    # Brokers differ by one in what they count; what matters is that it ends.
    assert 2 <= deliveries <= 3
    kept: list[bytes] = []

    def dead() -> bool:
        body = channel.basic_get(TOPOLOGY.dead_letters, auto_ack=True)[2]
        kept.extend([body] if body else [])
        return bool(kept)

    until(dead)
    assert kept == [b"poisoned"]
    assert amqp.gateway_end(delivery_limit=2).take(1, 0.0) == []
    channel.connection.close()


def of_node(node: RabbitMQ) -> GatewayEnd:
    settings = AmqpSettings(
        host=node.host,
        port=node.port,
        user=node.user,
        password_file=node.password_file,
        tls=False,
        backoff_first=0.05,
        backoff_longest=0.2,
    )
    return AmqpGatewayEnd(settings, TOPOLOGY)


def test_a_broker_that_forgot_everything_is_set_up_again(disposable_rabbitmq: RabbitMQ) -> None:
    node, inbox = disposable_rabbitmq, new_inbox_name(HOUSING)
    gateway = of_node(node)
    gateway.open_inbox(HOUSING, inbox)
    gateway.send(HOUSING, inbox, b"forgotten", None)
    node.wipe()
    with pytest.raises(ChannelDown):
        gateway.send(HOUSING, inbox, b"while down", None)
    node.start()
    eventually(lambda: gateway.send(HOUSING, inbox, b"after", None))
    assert gateway.take(1, 0.0) == []
    gateway.close()


def test_what_was_confirmed_survives_kill_9(disposable_rabbitmq: RabbitMQ) -> None:
    node = disposable_rabbitmq
    gateway = of_node(node)
    gateway.take(1, 0.0)
    parameters = pika.URLParameters(node.amqp_url)
    channel = pika.BlockingConnection(parameters).channel()
    channel.confirm_delivery()
    persistent = pika.BasicProperties(delivery_mode=2)
    channel.basic_publish(TOPOLOGY.notices_exchange, "housing.notice", b"one", persistent, mandatory=True)
    inbox = new_inbox_name(HOUSING)
    gateway.open_inbox(HOUSING, inbox)
    # RabbitMQ 3.10 writes the list of its queues to disk twice a second; one younger than that does not survive kill -9.
    time.sleep(1.5)
    gateway.send(HOUSING, inbox, b"two", None)
    node.kill()
    node.start()
    taken: list[Parcel] = []
    eventually(lambda: taken.extend(take_all(gateway, 1)))
    assert bodies(taken) == [b"one"]
    channel = pika.BlockingConnection(parameters).channel()
    assert channel.basic_get(inbox, auto_ack=True)[2] == b"two"
    channel.connection.close()
    gateway.close()
