"""A broker inside one process: for tests, for trying things out, and for a reader who wants to see the contract without
a network.

It behaves as the real ones do: leases, redelivery in order, a delivery limit with dead letters that can be looked at,
time to live in
inboxes, and a switch to be down. What it holds lives as long as the `MemoryBroker` object, across any number of ends.
"""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, Parcel
from connectors.channel.topology import DELIVERY_LIMIT, is_inbox_of
from mappings.canonical.identifiers import ConnectorId


@dataclass(slots=True, repr=False)
class _Held:
    """One parcel in a queue: its place in line, how often it was handed out, and when it may be dropped."""

    place: int
    parcel: Parcel
    expires: float | None = None
    deliveries: int = 0
    again: bool = False


@dataclass(slots=True)
class _Queue:
    waiting: deque[_Held] = field(default_factory=deque)

    def put_back(self, items: Sequence[_Held]) -> None:
        self.waiting = deque(sorted([*items, *self.waiting], key=lambda held: held.place))


class MemoryBroker:
    """The queues. `dead_letters` are the parcels nobody managed to treat; set `down` to make every call raise
    `ChannelDown`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.down = False
        self.dead_letters: list[Parcel] = []
        self._clock = clock
        self._changed = threading.Condition()
        self._places = itertools.count(1)
        self._intake = _Queue()
        self._inboxes: dict[str, _Queue] = {}

    def connector_end(self, connector: ConnectorId, inbox: str) -> "MemoryConnectorEnd":
        """What one connector holds. The broker knows who it is, as a real one does by its user."""
        return MemoryConnectorEnd(self, connector, inbox)

    def gateway_end(self) -> "MemoryGatewayEnd":
        """What the gateway holds."""
        return MemoryGatewayEnd(self)

    def waiting(self, inbox: str | None = None) -> int:
        """How many parcels wait in an inbox, or in the intake queue."""
        with self._changed:
            return len(self._queue(inbox).waiting)

    def put(self, inbox: str | None, sealed: bytes, sender: ConnectorId | None, ttl: float | None) -> None:
        """Put a parcel into an inbox, or into the intake queue. Raises `ChannelDown`, `ChannelRefused`."""
        if len(sealed) > MAX_PARCEL_BYTES:
            raise ChannelRefused(
                f"a parcel of more than {MAX_PARCEL_BYTES} bytes is not carried; send less in one message"
            )
        with self._changed:
            queue, place = self._queue(inbox), next(self._places)
            expires = None if ttl is None else self._clock() + ttl
            queue.waiting.append(_Held(place, Parcel(str(place), bytes(sealed), sender), expires))
            self._changed.notify_all()

    def lease(self, inbox: str | None, limit: int, wait: float) -> list[_Held]:
        """Up to `limit` parcels, waiting up to `wait` seconds for the first."""
        with self._changed:
            self._changed.wait_for(lambda: self.down or self._ready(inbox), max(0.0, wait))
            queue = self._queue(inbox)
            taken: list[_Held] = []
            while len(taken) < limit and self._ready(inbox):
                held = queue.waiting.popleft()
                held.parcel = replace(held.parcel, redelivered=held.again)
                held.deliveries, held.again = held.deliveries + 1, True
                taken.append(held)
            return taken

    def give_back(self, inbox: str | None, items: Sequence[_Held], *, counts: bool) -> None:
        """Parcels come again, in their old places; those that were handed out too often become dead letters instead."""
        with self._changed:
            for held in items:
                held.deliveries -= 0 if counts else 1
            dead = [held for held in items if held.deliveries >= DELIVERY_LIMIT]
            # An inbox keeps no dead letters: the relay decides and seals afresh whatever was not receipted.
            self.dead_letters.extend(held.parcel for held in dead if inbox is None)
            queue = self._intake if inbox is None else self._inboxes.get(inbox, _Queue())
            queue.put_back([held for held in items if held.deliveries < DELIVERY_LIMIT])
            self._changed.notify_all()

    def open_inbox(self, inbox: str) -> None:
        """Make sure the inbox exists."""
        with self._changed:
            self.check_up()
            self._inboxes.setdefault(inbox, _Queue())

    def check_up(self) -> None:
        """Raises `ChannelDown` while the broker is switched off."""
        if self.down:
            raise ChannelDown("the broker is down; the same content can be sent again later")

    def _queue(self, inbox: str | None) -> _Queue:
        self.check_up()
        queue = self._intake if inbox is None else self._inboxes.get(inbox)
        if queue is None:
            raise ChannelRefused("there is no such inbox; the gateway opens it when the connector is approved")
        return queue

    def _ready(self, inbox: str | None) -> bool:
        """Whether something can be taken, after dropping what has expired at the head."""
        waiting = self._queue(inbox).waiting
        while waiting and waiting[0].expires is not None and waiting[0].expires <= self._clock():
            waiting.popleft()
        return bool(waiting)


class _MemoryEnd:
    """One end with its leases on one queue."""

    def __init__(self, broker: MemoryBroker, inbox: str | None) -> None:
        self._broker = broker
        self._inbox = inbox
        self._leased: dict[str, _Held] = {}

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port."""
        taken = self._broker.lease(self._inbox, limit, wait)
        self._leased.update({held.parcel.tag: held for held in taken})
        return [held.parcel for held in taken]

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._broker.check_up()
        for parcel in parcels:
            self._leased.pop(parcel.tag, None)

    def release(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._broker.check_up()
        self._give_back([parcel.tag for parcel in parcels], counts=False)

    def close(self) -> None:
        """See the port."""
        self._give_back(list(self._leased), counts=True)

    def _give_back(self, tags: Sequence[str], *, counts: bool) -> None:
        held = [self._leased.pop(tag) for tag in tags if tag in self._leased]
        self._broker.give_back(self._inbox, held, counts=counts)


class MemoryConnectorEnd(_MemoryEnd):
    """A `ConnectorEnd`."""

    def __init__(self, broker: MemoryBroker, connector: ConnectorId, inbox: str) -> None:
        super().__init__(broker, inbox)
        self._connector = connector

    def send(self, sealed: bytes) -> None:
        """See the port."""
        self._broker.put(None, sealed, self._connector, None)

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port."""
        if not is_inbox_of(self._connector, self._inbox or ""):
            raise ChannelRefused("this inbox belongs to another connector")
        return super().take(limit, wait)


class MemoryGatewayEnd(_MemoryEnd):
    """A `GatewayEnd`."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker, None)

    def send(self, connector: ConnectorId, inbox: str, sealed: bytes, ttl_seconds: float | None) -> None:
        """See the port."""
        if not is_inbox_of(connector, inbox):
            raise ChannelRefused("this inbox belongs to another connector")
        self._broker.put(inbox, sealed, None, ttl_seconds)

    def open_inbox(self, connector: ConnectorId, inbox: str) -> None:
        """See the port."""
        if not is_inbox_of(connector, inbox):
            raise ChannelRefused("this inbox belongs to another connector")
        self._broker.open_inbox(inbox)
