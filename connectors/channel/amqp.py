"""The channel over RabbitMQ (3.10 to 4.x). Each end is used from one thread; a program that needs two makes two.

* The gateway declares everything, again at every new connection, so that a broker that forgot everything is set up
  again.
* A connector declares nothing: it may write to one exchange under its own name and read its own inbox.
* Order per sender holds while one gateway end takes from the intake queue.
* An end must be called at least every two heartbeats, else the broker takes it for dead and hands its parcels out
  again.
"""

from collections.abc import Sequence
from typing import Any

from connectors.channel.amqp_connection import AmqpConnection, Delivery, NotRouted
from connectors.channel.amqp_layout import Layout, inbox_layout, shared_layout
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, Parcel
from connectors.channel.topology import Topology, is_inbox_of, routing_key
from mappings.canonical.identifiers import ConnectorId, InvalidIdentifier

CONNECTOR_PREFETCH = 32
GATEWAY_PREFETCH = 256


class _AmqpEnd:
    """What both ends do with the queue they read."""

    def __init__(self, connection: AmqpConnection, queue: str, prefetch: int, believe_users: bool) -> None:
        self._connection = connection
        self._queue = queue
        self._prefetch = prefetch
        self._believe_users = believe_users
        self._leased: dict[str, Delivery] = {}

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port. At most as many as the prefetch count are handed out and not yet acknowledged at any time."""
        taken = self._connection.take(self._queue, limit, wait, self._prefetch)
        current = self._connection.count
        self._leased = {tag: each for tag, each in self._leased.items() if each.connection == current}
        return [self._parcel(each) for each in taken]

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """See the port. The broker does not confirm acknowledgements: after a loss right behind it a parcel may still
        come again."""
        self._connection.acknowledge(self._known(parcels))
        self._check_none_lost(parcels)

    def release(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._connection.release(self._known(parcels))
        self._check_none_lost(parcels)

    def close(self) -> None:
        """See the port."""
        self._leased.clear()
        self._connection.close()

    def _parcel(self, delivery: Delivery) -> Parcel:
        tag = f"{delivery.connection}.{delivery.tag}"
        self._leased[tag] = delivery
        sender = _connector_of(delivery.user_id) if self._believe_users else None
        return Parcel(tag, delivery.body, sender, delivery.redelivered, proving=self._believe_users)

    def _known(self, parcels: Sequence[Parcel]) -> list[Delivery]:
        """The deliveries of these parcels, which are treated from here on; those treated already are passed over."""
        return [self._leased.pop(parcel.tag) for parcel in parcels if parcel.tag in self._leased]

    def _check_none_lost(self, parcels: Sequence[Parcel]) -> None:
        if any(int(parcel.tag.partition(".")[0]) != self._connection.count for parcel in parcels):
            raise ChannelDown("the connection was lost since these were taken; they come again")


class AmqpConnectorEnd(_AmqpEnd):
    """A `ConnectorEnd`. `inbox` is the name the gateway gave at enrolment."""

    def __init__(self, settings: AmqpSettings, topology: Topology, connector: ConnectorId, inbox: str) -> None:
        if not is_inbox_of(connector, inbox):
            raise ChannelRefused(
                "the inbox in the settings is not one of this connector; take the name from the enrolment"
            )
        super().__init__(AmqpConnection(settings), inbox, CONNECTOR_PREFETCH, believe_users=False)
        self._topology = topology
        self._connector = connector

    def send(self, sealed: bytes) -> None:
        """See the port."""
        _check_size(sealed)
        try:
            self._connection.publish(self._topology.notices_exchange, routing_key(self._connector), sealed)
        except NotRouted:
            raise ChannelDown("the gateway has not set up its intake queue yet; try again later") from None


class AmqpGatewayEnd(_AmqpEnd):
    """A `GatewayEnd`. Its broker user may configure, write and read everything of the partnership."""

    def __init__(self, settings: AmqpSettings, topology: Topology) -> None:
        connection = AmqpConnection(settings, on_open=self._set_up)
        super().__init__(connection, topology.intake_queue, GATEWAY_PREFETCH, believe_users=not settings.shared_user)
        self._settings = settings
        self._topology = topology
        self._inboxes: set[str] = set()

    def send(self, connector: ConnectorId, inbox: str, sealed: bytes, ttl_seconds: float | None) -> None:
        """See the port."""
        _check_inbox(connector, inbox)
        _check_size(sealed)
        for attempt in (1, 2):
            try:
                return self._connection.publish(self._topology.inbox_exchange, inbox, sealed, ttl_seconds)
            except NotRouted:
                if attempt == 2 or inbox not in self._inboxes:
                    break
                # Somebody removed at the broker what this end had opened.
                self._connection.declare(lambda channel: self._declare_inbox(channel, inbox))
        raise ChannelRefused("there is no such inbox at the broker; open it first")

    def open_inbox(self, connector: ConnectorId, inbox: str) -> None:
        """See the port."""
        _check_inbox(connector, inbox)
        self._connection.declare(lambda channel: self._declare_inbox(channel, inbox))
        self._inboxes.add(inbox)

    def _set_up(self, channel: Any) -> None:
        _declare(channel, shared_layout(self._topology, self._settings.delivery_limit))
        for inbox in sorted(self._inboxes):
            self._declare_inbox(channel, inbox)

    def _declare_inbox(self, channel: Any, inbox: str) -> None:
        _declare(channel, inbox_layout(self._topology, inbox, self._settings.delivery_limit))


def _declare(channel: Any, layout: Layout) -> None:
    for exchange in layout.exchanges:
        channel.exchange_declare(exchange.name, exchange.kind, durable=True)
    for queue in layout.queues:
        channel.queue_declare(queue.name, durable=True, arguments=dict(queue.arguments))
    for bound in layout.bindings:
        channel.queue_bind(bound.queue, bound.exchange, bound.key)


def _connector_of(user_id: str | None) -> ConnectorId | None:
    """The broker has checked that a user id, where there is one, is that of the connection that published."""
    try:
        return None if user_id is None else ConnectorId(user_id)
    except InvalidIdentifier:
        return None


def _check_inbox(connector: ConnectorId, inbox: str) -> None:
    if not is_inbox_of(connector, inbox):
        raise ChannelRefused("this inbox belongs to another connector")


def _check_size(sealed: bytes) -> None:
    if len(sealed) > MAX_PARCEL_BYTES:
        raise ChannelRefused(f"a parcel of more than {MAX_PARCEL_BYTES} bytes is not carried; send less in one message")
