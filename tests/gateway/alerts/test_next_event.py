"""What a side hears next, over every state of a connection and everything that it may have been told before."""

from datetime import UTC, datetime
from itertools import product

import pytest

from gateway.alerts.next_event import event_wanted, last_told, pending, unsettled
from gateway.model.alert_reference import TOLD, AlertReference, AlertStatus
from gateway.model.connection import ConnectionState
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import MessageId

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIVE, ENDED, RETRACTED = ConnectionState.LIVE, ConnectionState.ENDED, ConnectionState.RETRACTED


def alert(event: AlertEvent, status: AlertStatus = AlertStatus.SETTLED, shown: str = "as before") -> AlertReference:
    return AlertReference(
        id=MessageId("0b8f2c1e-6f0e-4c57-9a4e-2f6f0c9b1a11"),
        connection=MessageId("5d0c7f0e-7d5f-4f43-9a8f-0c8f4f4f7a22"),
        recipient=1,
        discloser=2,
        event=event,
        version=1,
        status=status,
        shown=shown,
        links=(1, 2),
        made_at=NOW,
        next_attempt_at=NOW,
    )


@pytest.mark.parametrize(
    ("state", "told", "shown", "wanted"),
    [
        (LIVE, None, "", AlertEvent.MADE),
        (ENDED, None, "", None),
        (RETRACTED, None, "", None),
        (LIVE, AlertEvent.MADE, "as before", None),
        (LIVE, AlertEvent.MADE, "otherwise", AlertEvent.CHANGED),
        (LIVE, AlertEvent.CHANGED, "as before", None),
        (LIVE, AlertEvent.ENDED, "as before", AlertEvent.MADE),
        (LIVE, AlertEvent.RETRACTED, "as before", AlertEvent.MADE),
        (ENDED, AlertEvent.MADE, "", AlertEvent.ENDED),
        (ENDED, AlertEvent.CHANGED, "", AlertEvent.ENDED),
        (ENDED, AlertEvent.ENDED, "", None),
        (ENDED, AlertEvent.RETRACTED, "", None),
        (RETRACTED, AlertEvent.MADE, "", AlertEvent.RETRACTED),
        (RETRACTED, AlertEvent.ENDED, "", AlertEvent.RETRACTED),
        (RETRACTED, AlertEvent.RETRACTED, "", None),
    ],
)
def test_a_side_hears_what_is_new_to_it(
    state: ConnectionState, told: AlertEvent | None, shown: str, wanted: AlertEvent | None
) -> None:
    assert event_wanted(state, alert(told) if told else None, shown) is wanted


@pytest.mark.parametrize(("state", "told"), [*product(ConnectionState, AlertEvent)])
def test_who_was_told_and_has_heard_the_last_word_hears_nothing_twice(state: ConnectionState, told: AlertEvent) -> None:
    """Whatever is wanted, once it was told nothing is wanted any more."""
    wanted = event_wanted(state, alert(told), "now")
    if wanted is not None:
        assert event_wanted(state, alert(wanted, shown="now"), "now") is None


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (LIVE, AlertEvent.MADE),
        (ENDED, AlertEvent.ENDED),
        (RETRACTED, AlertEvent.RETRACTED),
        (ENDED, AlertEvent.CHANGED),
    ],
)
def test_a_ledger_that_forgot_hears_again_what_stands(state: ConnectionState, told: AlertEvent) -> None:
    wanted = {LIVE: AlertEvent.MADE, ENDED: AlertEvent.ENDED, RETRACTED: AlertEvent.RETRACTED}[state]
    assert event_wanted(state, alert(told, AlertStatus.FORGOTTEN), "as before") is wanted


def test_what_was_sent_on_links_that_were_replaced_is_sent_on_the_new_ones() -> None:
    sent = alert(AlertEvent.MADE, AlertStatus.SENT)
    assert unsettled((1, 3), LIVE, sent) is AlertEvent.MADE
    assert unsettled((1, 2), LIVE, sent) is None
    assert unsettled((1, 3), ENDED, sent) is None
    assert unsettled((1, 3), LIVE, alert(AlertEvent.MADE)) is None
    assert unsettled((1, 3), LIVE, None) is None


@pytest.mark.parametrize("status", AlertStatus)
def test_told_means_marked_as_sent(status: AlertStatus) -> None:
    history = [alert(AlertEvent.MADE, shown="earlier"), alert(AlertEvent.CHANGED, status)]
    found = last_told(history)
    assert found is not None
    assert found.event is (AlertEvent.CHANGED if status in TOLD else AlertEvent.MADE)
    assert (pending(history) is not None) == (status is AlertStatus.PENDING)
