"""What one side of a connection must hear next, given what it was told: the rules of made, changed, ended and retracted."""

from gateway.model.alert_reference import TOLD, AlertReference, AlertStatus
from gateway.model.connection import ConnectionState
from mappings.canonical.codes import AlertEvent

SHOWING = (AlertEvent.MADE, AlertEvent.CHANGED)


def event_wanted(state: ConnectionState, told: AlertReference | None, shown: str) -> AlertEvent | None:
    """What one side must hear, given the latest thing it was told (None: nothing yet). None: nothing new."""
    if told is None:
        return AlertEvent.MADE if state is ConnectionState.LIVE else None
    knows, forgotten = told.event in SHOWING, told.status is AlertStatus.FORGOTTEN
    if state is ConnectionState.LIVE:
        if not knows or forgotten:
            return AlertEvent.MADE
        return AlertEvent.CHANGED if told.shown != shown else None
    if state is ConnectionState.RETRACTED:
        return AlertEvent.RETRACTED if forgotten or told.event is not AlertEvent.RETRACTED else None
    return AlertEvent.ENDED if knows or (forgotten and told.event is AlertEvent.ENDED) else None


def unsettled(links: tuple[int, int], state: ConnectionState, told: AlertReference | None) -> AlertEvent | None:
    """What was sent on links that were replaced since and is not settled yet: it is not sent again as it was, and may never have arrived."""
    showing = told is not None and told.event in SHOWING and state is ConnectionState.LIVE
    if told is None or not showing or told.status is not AlertStatus.SENT or told.links == links:
        return None
    return told.event


def last_told(history: list[AlertReference]) -> AlertReference | None:
    """The latest thing that a side was told, of all that was queued for it."""
    return next((alert for alert in reversed(history) if alert.status in TOLD), None)


def pending(history: list[AlertReference]) -> AlertReference | None:
    """What waits to be sent to it."""
    return next((alert for alert in reversed(history) if alert.status is AlertStatus.PENDING), None)
