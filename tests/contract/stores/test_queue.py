"""The embedded channel: durable, leased, ordered, bounded, and closed to other connectors."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, GatewayEnd, Parcel
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.sql_store import SqlStore, open_store
from mappings.canonical.identifiers import ConnectorId
from tests.contract.stores.rows import DATA_KEY, NOW
from tests.empty_register import lay

C1, C2 = ConnectorId("c1"), ConnectorId("c2")


class MovedClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def pass_(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def queue(store: SqlStore, clock: MovedClock) -> Iterator[QueueGatewayEnd]:
    made = store.queue(clock)
    end: GatewayEnd = made
    end.open_inbox(C1, "inbox-1")
    end.open_inbox(C2, "inbox-2")
    yield made
    end.close()


def _bodies(parcels: list[Parcel]) -> list[bytes]:
    return [parcel.sealed for parcel in parcels]


def test_intake_comes_in_order_with_its_sender_until_acknowledged(queue: QueueGatewayEnd, clock: MovedClock) -> None:
    for number in range(5):
        queue.put_intake(C1 if number % 2 else C2, b"%d" % number)
    first = queue.take(3, 0)
    assert _bodies(first) == [b"0", b"1", b"2"]
    assert [parcel.sender for parcel in first] == [C2, C1, C2]
    assert not any(parcel.redelivered for parcel in first)
    assert _bodies(queue.take(9, 0)) == [b"3", b"4"]
    assert queue.take(9, 0) == []
    assert queue.waiting() == 5
    queue.acknowledge(first[:2])
    clock.pass_(60)
    again = queue.take(9, 0)
    assert _bodies(again) == [b"2", b"3", b"4"]
    assert all(parcel.redelivered for parcel in again)
    queue.acknowledge(again)
    clock.pass_(600)
    assert queue.take(9, 0) == []
    assert queue.waiting() == 0


def test_a_lease_holds_until_it_ends(queue: QueueGatewayEnd, clock: MovedClock) -> None:
    queue.put_intake(C1, b"x")
    queue.take(1, 0)
    clock.pass_(59.9)
    assert queue.take(1, 0) == []
    clock.pass_(0.1)
    assert _bodies(queue.take(1, 0)) == [b"x"]


def test_what_is_released_comes_again_at_once(queue: QueueGatewayEnd) -> None:
    queue.put_intake(C1, b"x")
    queue.put_intake(C1, b"y")
    queue.release(queue.take(9, 0)[:1])
    assert _bodies(queue.take(9, 0)) == [b"x"]


def test_who_lost_a_lease_cannot_give_back_what_another_holds_but_may_say_it_is_done(
    queue: QueueGatewayEnd, clock: MovedClock
) -> None:
    queue.put_intake(C1, b"x")
    mine = queue.take(1, 0)
    clock.pass_(61)
    theirs = queue.take(1, 0)
    queue.release(mine)
    assert queue.take(1, 0) == []
    queue.acknowledge(mine)
    queue.release(theirs)
    assert queue.take(1, 0) == []


def test_parcels_outlive_the_program(queue: QueueGatewayEnd, url: str, clock: MovedClock) -> None:
    queue.put_intake(C1, b"x")
    queue.send(C1, "inbox-1", b"y", None)
    queue.close()
    store = open_store(url, DATA_KEY)
    other = store.queue(clock)
    assert _bodies(other.take(1, 0)) == [b"x"]
    assert _bodies(other.lease_inbox(C1, "inbox-1", 1, 0)) == [b"y"]
    store.close()


def test_parcels_are_bounded(queue: QueueGatewayEnd) -> None:
    queue.put_intake(C1, bytes(MAX_PARCEL_BYTES))
    for sealed in (b"", bytes(MAX_PARCEL_BYTES + 1)):
        with pytest.raises(ChannelRefused):
            queue.put_intake(C1, sealed)
        with pytest.raises(ChannelRefused):
            queue.send(C1, "inbox-1", sealed, None)
    assert queue.waiting() == 1


def test_an_inbox_is_its_connectors(queue: QueueGatewayEnd) -> None:
    queue.send(C1, "inbox-1", b"x", None)
    for connector, inbox in ((C2, "inbox-1"), (C1, "inbox-9")):
        with pytest.raises(ChannelRefused, match="no such inbox"):
            queue.lease_inbox(connector, inbox, 1, 0)
        with pytest.raises(ChannelRefused, match="no such inbox"):
            queue.send(connector, inbox, b"y", None)
    with pytest.raises(ChannelRefused):
        queue.open_inbox(C2, "inbox-1")
    queue.open_inbox(C1, "inbox-1")
    assert queue.lease_inbox(C2, "inbox-2", 9, 0) == []
    leased = queue.lease_inbox(C1, "inbox-1", 9, 0)
    assert [(parcel.sealed, parcel.sender) for parcel in leased] == [(b"x", None)]


def test_tags_of_another_inbox_do_nothing(queue: QueueGatewayEnd, clock: MovedClock) -> None:
    queue.send(C1, "inbox-1", b"x", None)
    tags = [parcel.tag for parcel in queue.lease_inbox(C1, "inbox-1", 1, 0)]
    queue.release_inbox("inbox-2", tags)
    assert queue.lease_inbox(C1, "inbox-1", 1, 0) == []
    queue.acknowledge_inbox("inbox-2", tags)
    clock.pass_(61)
    assert len(queue.lease_inbox(C1, "inbox-1", 1, 0)) == 1


def test_inbox_parcels_are_released_and_acknowledged(queue: QueueGatewayEnd, clock: MovedClock) -> None:
    for sealed in (b"x", b"y"):
        queue.send(C1, "inbox-1", sealed, 600)
    leased = queue.lease_inbox(C1, "inbox-1", 9, 0)
    queue.acknowledge_inbox("inbox-1", [leased[0].tag, "nonsense", "\N{SNOWMAN}.99", ""])
    queue.release_inbox("inbox-1", [leased[1].tag, "nonsense", "x.²", "x.-1"])
    assert _bodies(queue.lease_inbox(C1, "inbox-1", 9, 0)) == [b"y"]
    clock.pass_(61)
    assert _bodies(queue.lease_inbox(C1, "inbox-1", 9, 0)) == [b"y"]


def test_what_has_expired_is_dropped(queue: QueueGatewayEnd, clock: MovedClock) -> None:
    queue.send(C1, "inbox-1", b"short", 10)
    queue.send(C1, "inbox-1", b"long", 100)
    queue.send(C1, "inbox-1", b"ever", None)
    clock.pass_(10)
    leased = queue.lease_inbox(C1, "inbox-1", 9, 0)
    assert _bodies(leased) == [b"long", b"ever"]
    queue.release_inbox("inbox-1", [parcel.tag for parcel in leased])
    clock.pass_(100)
    assert _bodies(queue.lease_inbox(C1, "inbox-1", 9, 0)) == [b"ever"]


def test_tags_tell_nothing(queue: QueueGatewayEnd) -> None:
    for _ in range(3):
        queue.send(C1, "inbox-1", b"x", None)
    tags = {parcel.tag for parcel in queue.lease_inbox(C1, "inbox-1", 9, 0)}
    assert len(tags) == 3
    assert all(len(tag.partition(".")[0]) == 32 for tag in tags)


def test_who_waits_hears_of_a_parcel(queue: QueueGatewayEnd) -> None:
    taken: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: taken.extend(_bodies(queue.take(1, 30)))),
        threading.Thread(target=lambda: taken.extend(_bodies(queue.lease_inbox(C1, "inbox-1", 1, 30)))),
    ]
    for thread in threads:
        thread.start()
    queue.put_intake(C1, b"x")
    queue.send(C1, "inbox-1", b"y", None)
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == [b"x", b"y"]


def test_a_parcel_put_by_another_process_is_heard_of_too(queue: QueueGatewayEnd, url: str, clock: MovedClock) -> None:
    store = open_store(url, DATA_KEY)
    taken: list[bytes] = []
    thread = threading.Thread(target=lambda: taken.extend(_bodies(queue.take(1, 30))))
    thread.start()
    store.queue(clock).put_intake(C1, b"x")
    thread.join(30)
    assert taken == [b"x"]
    store.close()


def test_many_takers_share_the_queue_without_taking_anything_twice(queue: QueueGatewayEnd) -> None:
    for number in range(60):
        queue.put_intake(C1, b"%d" % number)
    taken: list[bytes] = []

    def work() -> None:
        while parcels := queue.take(4, 0):
            taken.extend(_bodies(parcels))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while rest := queue.take(9, 0):
        taken.extend(_bodies(rest))
    assert sorted(map(int, taken)) == list(range(60))


def test_the_queue_does_not_wait_for_a_long_unit_on_a_server(
    store: SqlStore, queue: QueueGatewayEnd, made: str
) -> None:
    if made.startswith("sqlite"):
        # There is one writer at a time in an SQLite file: a put made meanwhile waits for its turn and is not lost.
        putting = threading.Thread(target=lambda: queue.put_intake(C1, b"x"))
        with store.write() as unit:
            putting.start()
            assert unit.counts()["records"] == 0
        putting.join()
    else:
        with store.write() as unit:
            assert unit.counts()["records"] == 0
            queue.put_intake(C1, b"x")
            assert len(queue.take(1, 0)) == 1
    assert queue.waiting() == 1


def test_a_queue_whose_database_is_held_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.store.engine.BUSY_SECONDS", 0)
    url = lay(tmp_path / "register.db")
    first, second = open_store(url, DATA_KEY), open_store(url, DATA_KEY)
    with first.write(), pytest.raises(ChannelDown, match="does not answer"):
        second.queue(MovedClock()).put_intake(C1, b"x")
    first.close()
    second.close()
