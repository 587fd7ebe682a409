"""Keys of what only passes through: nothing that was delivered, or whose life is over, opens from a backup of the register again."""

import contextlib
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from connectors.channel.port import ChannelDown
from gateway.model.reply import Reply
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.engine import database_url
from gateway.store.faults import StoreRefused
from gateway.store.parcel_keys import ParcelKeys
from gateway.store.sql_store import SqlStore
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import ConnectorId, MessageId
from tests.contract.stores.key_place import PASSING, Place
from tests.contract.stores.rows import NOW

C1 = ConnectorId("c1")
ABOUT = MessageId("00000000-0000-4000-8000-000000000001")
NOTICE, ALERT, RECEIPT = b"eyJ.sealed-notice", b"eyJ.sealed-alert", b'{"resourceType": "receipt"}'
LATER = NOW + timedelta(hours=1)
NEXT_WEEK = NOW + timedelta(days=7)


class Clock:
    """Stands still."""

    now = staticmethod(lambda: NOW)


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key is made in advance, so that every one that there is can be counted."""
    monkeypatch.setattr("gateway.store.parcel_keys.MADE_AT_ONCE", 1)


def queue_of(store: SqlStore) -> QueueGatewayEnd:
    queue = store.queue(Clock())
    queue.open_inbox(C1, "inbox-1")
    return queue


def put_one_of_each(store: SqlStore, ttl: float | None = None) -> QueueGatewayEnd:
    """A notice on its way in, an alert on its way out, and a receipt that waits to leave."""
    queue = queue_of(store)
    queue.put_intake(C1, NOTICE)
    queue.send(C1, "inbox-1", ALERT, ttl)
    with store.write() as unit:
        unit.replies.add(Reply(0, C1, MessageKind.RECEIPT, ABOUT, RECEIPT, NOW))
    return queue


def replies(store: SqlStore) -> list[Reply]:
    with store.read() as unit:
        return unit.replies.due(LATER, 10)


def let_through(store: SqlStore, queue: QueueGatewayEnd) -> None:
    """Each is taken, and done with."""
    queue.acknowledge(queue.take(10, 0))
    queue.acknowledge_inbox("inbox-1", [parcel.tag for parcel in queue.lease_inbox(C1, "inbox-1", 10, 0)])
    with store.write() as unit:
        unit.replies.remove([each.id for each in replies(store)])


def test_it_comes_out_as_it_went_in_and_no_backup_of_the_register_shows_it(place: Place) -> None:
    store = place.open()
    queue = put_one_of_each(store)
    backup = place.passing()
    assert all(len(backup[table]) == 1 and backup[table][0]["key_name"] is not None for table in PASSING)
    held = [
        bytes(value)
        for rows in backup.values()
        for row in rows
        for value in row.values()
        if isinstance(value, bytes | memoryview)
    ]
    assert len(held) == 3
    assert not any(sent[4:] in value for sent in (NOTICE, ALERT, RECEIPT) for value in held)
    assert place.parcel_keys() == 3

    (notice,), (alert,), (receipt,) = queue.take(9, 0), queue.lease_inbox(C1, "inbox-1", 9, 0), replies(store)
    assert (notice.sealed, notice.sender, alert.sealed, receipt.body) == (NOTICE, C1, ALERT, RECEIPT)
    store.close()


def test_what_was_delivered_comes_back_with_a_backup_and_stays_shut(place: Place) -> None:
    store = place.open()
    queue = put_one_of_each(store)
    backup = place.passing()
    let_through(store, queue)
    assert place.parcel_keys() == 0
    queue = put_one_of_each(store)
    waiting = place.passing()
    both = {table: [*backup[table], *waiting[table]] for table in PASSING}
    place.put_passing_back(both)
    # What waits still is there for everybody; of what was delivered nothing is read, and it is gone.
    notices, alerts = queue.take(9, 0), queue.lease_inbox(C1, "inbox-1", 9, 0)
    assert ([each.sealed for each in notices], [each.sealed for each in alerts]) == ([NOTICE], [ALERT])
    assert [each.body for each in replies(store)] == [b"", RECEIPT]
    left = place.passing()
    assert (len(left["intake_queue"]), len(left["inbox_queue"])) == (1, 1)
    queue.release(notices)
    queue.release_inbox("inbox-1", [each.tag for each in alerts])
    let_through(store, queue)
    assert place.parcel_keys() == 0
    assert not any(place.passing().values())
    store.close()


def test_the_key_goes_with_a_parcel_whose_life_is_over_and_with_an_inbox_that_is_emptied(place: Place) -> None:
    store = place.open()
    put_one_of_each(store, ttl=5.0)
    with store.write() as unit:
        assert unit.housekeeping.drop_parcels(LATER, 10) == 1
    assert place.parcel_keys() == 2
    queue = queue_of(store)
    queue.send(C1, "inbox-1", ALERT, 0.0)
    queue.send(C1, "inbox-1", ALERT, None)
    assert place.parcel_keys() == 3, "the one whose life is over goes as the next one comes"
    with store.write() as unit:
        assert unit.inboxes.purge("inbox-1") == 1
    assert place.parcel_keys() == 2
    store.close()


def test_a_unit_that_fails_erases_no_key_and_leaves_at_most_one_of_nothing(place: Place) -> None:
    store = place.open()
    put_one_of_each(store)
    with contextlib.suppress(ZeroDivisionError), store.write() as unit:
        unit.replies.remove([each.id for each in unit.replies.due(LATER, 10)])
        unit.replies.add(Reply(0, C1, MessageKind.RECEIPT, ABOUT, b"another", NOW))
        raise ZeroDivisionError
    assert place.parcel_keys() == 4
    with store.write() as unit:
        unit.housekeeping.erase_parcel_keys(0, NEXT_WEEK, 10)
    assert place.parcel_keys() == 3
    assert [each.body for each in replies(store)] == [RECEIPT]
    store.close()


def test_what_a_unit_has_just_added_it_can_read_and_take_away_again(place: Place) -> None:
    store = place.open()
    with store.write() as unit:
        unit.replies.add(Reply(0, C1, MessageKind.RECEIPT, ABOUT, RECEIPT, NOW))
        (added,) = unit.replies.due(LATER, 10)
        assert added == Reply(added.id, C1, MessageKind.RECEIPT, ABOUT, RECEIPT, NOW)
        unit.replies.remove([added.id])
    assert place.parcel_keys() == 0
    store.close()


def test_killed_between_the_key_and_the_parcel_nothing_is_left_a_day_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.open()
    queue = put_one_of_each(store)
    with monkeypatch.context() as dying:
        dying.setattr("gateway.store.parcel_table.put", lambda *_args, **_more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            queue.put_intake(C1, NOTICE)
    assert place.parcel_keys() == 4
    for at, after in ((LATER, 4), (NEXT_WEEK, 3)):
        last: int | None = 0
        while last is not None:
            with store.write() as unit:
                last = unit.housekeeping.erase_parcel_keys(last, at, 2)
        assert place.parcel_keys() == after
    assert [parcel.sealed for parcel in queue.take(9, 0)] == [NOTICE]
    store.close()


def test_what_waited_before_there_were_keys_comes_out_and_is_wrapped_by_housekeeping(place: Place) -> None:
    store = place.open(with_keys=False)
    put_one_of_each(store)
    assert {bytes(row["sealed"]) for row in place.passing()["inbox_queue"]} == {ALERT}
    store.close()
    store = place.open()
    queue = queue_of(store)
    queue.put_intake(C1, b"another")
    for done in (2, 1, 0):
        with store.write() as unit:
            assert unit.housekeeping.wrap_parcels(NOW, 2) == done
    assert place.parcel_keys() == 4
    assert all(row["key_name"] is not None for rows in place.passing().values() for row in rows)
    assert sorted(parcel.sealed for parcel in queue.take(9, 0)) == [b"another", NOTICE]
    assert [parcel.sealed for parcel in queue.lease_inbox(C1, "inbox-1", 9, 0)] == [ALERT]
    assert [each.body for each in replies(store)] == [RECEIPT]
    store.close()


def test_without_its_keys_a_queue_refuses_and_drops_nothing(place: Place) -> None:
    store = place.open()
    queue = put_one_of_each(store)
    with pytest.raises(StoreRefused, match="record_keys_url"):
        QueueGatewayEnd(store.transactions, Clock()).take(9, 0)
    queue.forget_leases()
    assert [parcel.sealed for parcel in queue.take(9, 0)] == [NOTICE]
    store.close()


def test_what_was_changed_in_the_database_is_dropped_and_holds_up_nobody(place: Place) -> None:
    store = place.open()
    queue = put_one_of_each(store)
    engine = create_engine(database_url(place.url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE intake_queue SET sealed = :sealed"), {"sealed": b"short"})
    engine.dispose()
    queue.put_intake(C1, b"behind it")
    assert [parcel.sealed for parcel in queue.take(9, 0)] == [b"behind it"]
    assert queue.waiting() == 1
    store.close()


def test_without_the_store_of_keys_the_channel_is_down_and_loses_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.open()
    queue = put_one_of_each(store)

    def away(*_: object) -> None:
        from gateway.ports import StoreDown

        raise StoreDown("the database cannot be reached")

    with monkeypatch.context() as broken:
        for call in ("new", "find", "erase"):
            broken.setattr(ParcelKeys, call, away)
        for attempt in (
            lambda: queue.put_intake(C1, NOTICE),
            lambda: queue.send(C1, "inbox-1", ALERT, None),
            lambda: queue.lease_inbox(C1, "inbox-1", 9, 0),
        ):
            with pytest.raises(ChannelDown):
                attempt()
        taken = store.queue(Clock())
        with pytest.raises(ChannelDown):
            taken.acknowledge(taken.take(9, 0))
    assert queue.waiting() == 1
    queue.forget_leases()
    assert [parcel.sealed for parcel in queue.take(9, 0)] == [NOTICE]
    store.close()


def test_keys_are_made_some_at_a_time_and_handed_out_while_they_are_new(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.parcel_keys.MADE_AT_ONCE", 5)
    store = place.open()
    put_one_of_each(store)
    assert place.parcel_keys() == 5
    with store.write() as unit:
        # Two are left, and too old: they might be erased before what they are of is stored.
        unit.replies.add(Reply(0, C1, MessageKind.RECEIPT, ABOUT, b"later", LATER))
    assert place.parcel_keys() == 10
    with store.write() as unit:
        last = unit.housekeeping.erase_parcel_keys(0, NEXT_WEEK, 10)
        assert last is not None
        assert unit.housekeeping.erase_parcel_keys(last, NEXT_WEEK, 10) is None
    assert place.parcel_keys() == 4
    assert sorted(each.body for each in replies(store)) == [b"later", RECEIPT]
    store.close()
