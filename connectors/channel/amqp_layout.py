"""What stands at the broker: exchanges, queues and bindings, with every property that matters. Pure: the gateway's end declares from
this, and `gateway/broker` compares the broker with it, so that the two can never mean different things.

* Quorum queues with an explicit delivery limit (RabbitMQ 4 has another default).
* At-least-once dead-lettering needs reject-publish; a refused publish reaches the sender as "not confirmed".
* Inboxes have no dead letters: an expired or undeliverable alert is decided and sealed afresh, and kept nowhere meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.channel.topology import DELIVERY_LIMIT, Topology


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable exchange. `kind` is topic, direct or fanout."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue with its declaration arguments."""

    name: str
    arguments: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Bound:
    """What is published to `exchange` under `key` goes to `queue`."""

    exchange: str
    queue: str
    key: str


@dataclass(frozen=True, slots=True)
class Layout:
    """In the order in which they are declared: exchanges, queues, bindings."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Bound, ...]


def shared_layout(names: Topology, delivery_limit: int = DELIVERY_LIMIT) -> Layout:
    """What a partnership has once."""
    intake: dict[str, str | int] = {
        "x-queue-type": "quorum",
        "x-delivery-limit": delivery_limit,
        "x-dead-letter-exchange": names.dead_letters,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    return Layout(
        (
            Exchange(names.notices_exchange, "topic"),
            Exchange(names.inbox_exchange, "direct"),
            Exchange(names.dead_letters, "fanout"),
        ),
        (Queue(names.dead_letters, {"x-queue-type": "quorum"}), Queue(names.intake_queue, intake)),
        (Bound(names.dead_letters, names.dead_letters, ""), Bound(names.notices_exchange, names.intake_queue, "#")),
    )


def inbox_layout(names: Topology, inbox: str, delivery_limit: int = DELIVERY_LIMIT) -> Layout:
    """What one connector has besides."""
    arguments: dict[str, str | int] = {"x-queue-type": "quorum", "x-delivery-limit": delivery_limit}
    return Layout((), (Queue(inbox, arguments),), (Bound(names.inbox_exchange, inbox, inbox),))
