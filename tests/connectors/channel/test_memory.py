"""What the in-process broker shows beyond the contract: its dead letters and its queues' lengths."""

import pytest

from connectors.channel.memory import MemoryBroker
from connectors.channel.port import ChannelRefused
from connectors.channel.topology import DELIVERY_LIMIT, new_inbox_name
from mappings.canonical.identifiers import ConnectorId

HOUSING, HEALTH = ConnectorId("housing"), ConnectorId("health")


def test_a_parcel_nobody_can_treat_becomes_a_dead_letter() -> None:
    broker = MemoryBroker()
    broker.connector_end(HOUSING, new_inbox_name(HOUSING)).send(b"poisoned")
    for _ in range(DELIVERY_LIMIT):
        end = broker.gateway_end()
        assert [parcel.sealed for parcel in end.take(1, 0.0)] == [b"poisoned"]
        end.close()
    assert [(parcel.sealed, parcel.sender) for parcel in broker.dead_letters] == [(b"poisoned", HOUSING)]
    assert broker.gateway_end().take(1, 0.0) == []


def test_an_inbox_keeps_no_dead_letters() -> None:
    broker, inbox = MemoryBroker(), new_inbox_name(HOUSING)
    broker.gateway_end().open_inbox(HOUSING, inbox)
    broker.gateway_end().send(HOUSING, inbox, b"alert", None)
    for _ in range(DELIVERY_LIMIT):
        end = broker.connector_end(HOUSING, inbox)
        assert len(end.take(1, 0.0)) == 1
        end.close()
    assert (broker.waiting(inbox), broker.dead_letters) == (0, [])


def test_expiry_is_judged_by_the_given_clock() -> None:
    now = [0.0]
    broker, inbox = MemoryBroker(lambda: now[0]), new_inbox_name(HOUSING)
    gateway = broker.gateway_end()
    gateway.open_inbox(HOUSING, inbox)
    gateway.send(HOUSING, inbox, b"alert", 10.0)
    end = broker.connector_end(HOUSING, inbox)
    now[0] = 9.9
    end.release(end.take(1, 0.0))
    assert broker.waiting(inbox) == 1
    now[0] = 10.0
    assert end.take(1, 0.0) == []


def test_the_inbox_of_another_cannot_be_opened_or_read() -> None:
    broker, inbox = MemoryBroker(), new_inbox_name(HOUSING)
    with pytest.raises(ChannelRefused):
        broker.gateway_end().open_inbox(HEALTH, inbox)
    broker.gateway_end().open_inbox(HOUSING, inbox)
    with pytest.raises(ChannelRefused):
        broker.connector_end(HEALTH, inbox).take(1, 0.0)
