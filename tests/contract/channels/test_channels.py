"""What every channel promises, whatever carries the parcels."""

import threading
import time
from collections.abc import Callable

import pytest

from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, ConnectorEnd, GatewayEnd, Parcel
from connectors.channel.topology import new_inbox_name
from tests.contract.channels.pairs import HEALTH, HOUSING, ChannelPair

PATIENCE = 20.0


def bodies(parcels: list[Parcel]) -> list[bytes]:
    return [parcel.sealed for parcel in parcels]


def take_all(end: ConnectorEnd | GatewayEnd, count: int) -> list[Parcel]:
    """Exactly `count` parcels, however many calls that needs; fails when they do not come."""
    taken: list[Parcel] = []
    until = time.monotonic() + PATIENCE
    while len(taken) < count and time.monotonic() < until:
        taken += end.take(count - len(taken), 1.0)
    assert len(taken) == count
    return taken


def eventually(attempt: Callable[[], None]) -> None:
    """Repeat while the channel is down, as every caller does."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except ChannelDown:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_what_a_connector_sends_the_gateway_takes(channel: ChannelPair) -> None:
    channel.connector_end(HOUSING).send(b"one")
    gateway = channel.gateway_end()
    parcels = take_all(gateway, 1)
    assert bodies(parcels) == [b"one"]
    assert parcels[0].sender == HOUSING
    assert not parcels[0].redelivered
    gateway.acknowledge(parcels)
    assert gateway.take(1, 0.0) == []


def test_what_the_gateway_sends_the_connector_takes(channel: ChannelPair) -> None:
    channel.gateway_end().send(HOUSING, channel.inboxes[HOUSING], b"one", 60.0)
    end = channel.connector_end(HOUSING)
    parcels = take_all(end, 1)
    assert (bodies(parcels), parcels[0].sender) == ([b"one"], None)
    end.acknowledge(parcels)
    assert end.take(1, 0.0) == []


def test_an_inbox_is_for_its_connector_alone(channel: ChannelPair) -> None:
    gateway = channel.gateway_end()
    gateway.send(HOUSING, channel.inboxes[HOUSING], b"for housing", None)
    gateway.send(HEALTH, channel.inboxes[HEALTH], b"for health", None)
    assert bodies(take_all(channel.connector_end(HEALTH), 1)) == [b"for health"]
    assert channel.connector_end(HEALTH).take(5, 0.0) == []


def test_the_sender_is_who_the_channel_knows_it_to_be(channel: ChannelPair) -> None:
    channel.connector_end(HOUSING).send(b"from housing")
    channel.connector_end(HEALTH).send(b"from health")
    parcels = take_all(channel.gateway_end(), 2)
    assert {(parcel.sender, parcel.sealed) for parcel in parcels} == {
        (HOUSING, b"from housing"),
        (HEALTH, b"from health"),
    }


def test_once_sent_it_survives_new_ends_on_both_sides(channel: ChannelPair) -> None:
    end = channel.connector_end(HOUSING)
    end.send(b"one")
    end.close()
    first = channel.gateway_end()
    first.send(HOUSING, channel.inboxes[HOUSING], b"two", None)
    first.close()
    assert bodies(take_all(channel.gateway_end(), 1)) == [b"one"]
    assert bodies(take_all(channel.connector_end(HOUSING), 1)) == [b"two"]


def test_parcels_of_one_sender_come_in_order(channel: ChannelPair) -> None:
    end = channel.connector_end(HOUSING)
    sent = [b"%d" % n for n in range(40)]
    for each in sent:
        end.send(each)
    gateway = channel.gateway_end()
    assert bodies(take_all(gateway, 10) + take_all(gateway, 30)) == sent


def test_never_more_than_asked_for(channel: ChannelPair) -> None:
    end = channel.connector_end(HOUSING)
    for n in range(5):
        end.send(b"%d" % n)
    assert len(take_all(channel.gateway_end(), 5)) == 5
    assert channel.gateway_end().take(3, 0.0) == []


def test_what_is_not_acknowledged_comes_again_in_order_after_close(channel: ChannelPair) -> None:
    end = channel.connector_end(HOUSING)
    for n in range(4):
        end.send(b"%d" % n)
    first = channel.gateway_end()
    parcels = take_all(first, 4)
    first.acknowledge(parcels[1:2])
    first.close()
    again = take_all(channel.gateway_end(), 3)
    assert bodies(again) == [b"0", b"2", b"3"]
    assert all(parcel.redelivered and parcel.sender == HOUSING for parcel in again)


def test_an_inbox_is_leased_in_the_same_way(channel: ChannelPair) -> None:
    gateway = channel.gateway_end()
    for n in range(3):
        gateway.send(HOUSING, channel.inboxes[HOUSING], b"%d" % n, None)
    first = channel.connector_end(HOUSING)
    first.acknowledge(take_all(first, 3)[:1])
    first.close()
    assert bodies(take_all(channel.connector_end(HOUSING), 2)) == [b"1", b"2"]


def test_a_leased_parcel_is_not_handed_to_another_end(channel: ChannelPair) -> None:
    channel.connector_end(HOUSING).send(b"one")
    first = channel.gateway_end()
    take_all(first, 1)
    assert channel.gateway_end().take(1, 0.3) == []


def test_released_parcels_come_again_and_others_stay_leased(channel: ChannelPair) -> None:
    end = channel.connector_end(HOUSING)
    for n in range(3):
        end.send(b"%d" % n)
    gateway = channel.gateway_end()
    parcels = take_all(gateway, 3)
    gateway.release(parcels[:2])
    again = take_all(gateway, 2)
    assert bodies(again) == [b"0", b"1"]
    assert all(parcel.redelivered for parcel in again)
    gateway.acknowledge([*again, parcels[2]])
    gateway.close()
    assert channel.gateway_end().take(3, 0.3) == []


def test_a_connector_releases_too(channel: ChannelPair) -> None:
    channel.gateway_end().send(HOUSING, channel.inboxes[HOUSING], b"one", None)
    end = channel.connector_end(HOUSING)
    end.release(take_all(end, 1))
    end.acknowledge(take_all(end, 1))
    end.close()
    assert channel.connector_end(HOUSING).take(1, 0.3) == []


def test_released_many_times_is_not_lost(channel: ChannelPair) -> None:
    channel.connector_end(HOUSING).send(b"one")
    gateway = channel.gateway_end()
    for _ in range(60):
        gateway.release(take_all(gateway, 1))
    assert bodies(take_all(gateway, 1)) == [b"one"]


def test_acknowledging_nothing_or_twice_is_harmless(channel: ChannelPair) -> None:
    channel.connector_end(HOUSING).send(b"one")
    gateway = channel.gateway_end()
    parcels = take_all(gateway, 1)
    gateway.acknowledge([])
    gateway.acknowledge(parcels)
    gateway.acknowledge(parcels)
    gateway.release([])
    assert gateway.take(1, 0.0) == []


def test_what_has_outlived_its_time_in_an_inbox_is_dropped(channel: ChannelPair) -> None:
    gateway = channel.gateway_end()
    gateway.send(HOUSING, channel.inboxes[HOUSING], b"short-lived", 0.05)
    gateway.send(HOUSING, channel.inboxes[HOUSING], b"lasting", 600.0)
    gateway.send(HOUSING, channel.inboxes[HOUSING], b"for ever", None)
    time.sleep(0.3)
    assert bodies(take_all(channel.connector_end(HOUSING), 2)) == [b"lasting", b"for ever"]


def test_a_taker_that_waits_is_woken(channel: ChannelPair) -> None:
    taken: list[Parcel] = []
    gateway, end = channel.gateway_end(), channel.connector_end(HOUSING)
    waiting = threading.Thread(target=lambda: taken.extend(gateway.take(1, PATIENCE)))
    waiting.start()
    end.send(b"one")
    waiting.join(PATIENCE)
    assert bodies(taken) == [b"one"]


def test_the_largest_parcel_passes_and_one_byte_more_is_refused(channel: ChannelPair) -> None:
    largest = b"x" * MAX_PARCEL_BYTES
    end, gateway = channel.connector_end(HOUSING), channel.gateway_end()
    end.send(largest)
    gateway.send(HOUSING, channel.inboxes[HOUSING], largest, None)
    assert bodies(take_all(gateway, 1)) == [largest]
    assert bodies(take_all(end, 1)) == [largest]
    with pytest.raises(ChannelRefused, match="bytes"):
        end.send(largest + b"x")
    with pytest.raises(ChannelRefused, match="bytes"):
        gateway.send(HOUSING, channel.inboxes[HOUSING], largest + b"x", None)


def test_an_unknown_inbox_is_refused(channel: ChannelPair) -> None:
    with pytest.raises(ChannelRefused, match="inbox"):
        channel.gateway_end().send(HOUSING, new_inbox_name(HOUSING), b"one", None)


def test_the_inbox_of_another_connector_is_refused(channel: ChannelPair) -> None:
    with pytest.raises(ChannelRefused, match="inbox"):
        channel.gateway_end().send(HEALTH, channel.inboxes[HOUSING], b"one", None)


def test_opening_an_inbox_twice_is_harmless(channel: ChannelPair) -> None:
    gateway = channel.gateway_end()
    gateway.send(HOUSING, channel.inboxes[HOUSING], b"one", None)
    gateway.open_inbox(HOUSING, channel.inboxes[HOUSING])
    gateway.open_inbox(HOUSING, channel.inboxes[HOUSING])
    assert bodies(take_all(channel.connector_end(HOUSING), 1)) == [b"one"]


def test_while_it_is_down_it_says_so_and_afterwards_it_goes_on(channel: ChannelPair) -> None:
    end = channel.connector_end(HOUSING)
    end.send(b"before")
    channel.interrupt()
    with pytest.raises(ChannelDown):
        end.send(b"while down")
    with pytest.raises(ChannelDown):
        end.take(1, 0.0)
    channel.resume()
    eventually(lambda: end.send(b"after"))
    taken = set(bodies(take_all(channel.gateway_end(), 2)))
    assert taken == {b"before", b"after"}


def test_a_new_end_while_it_is_down_says_so_too(channel: ChannelPair) -> None:
    channel.interrupt()
    with pytest.raises(ChannelDown):
        channel.connector_end(HOUSING).send(b"one")
    channel.resume()
