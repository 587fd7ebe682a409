"""What no connector may do at the broker, as a table: the start-up self-check attempts every row as a connector's user.

Each row is something that a program with a connector's certificate could try. `refusals` are the broker's reply codes that count as a
refusal; anything else, also "there is no such thing", is not believed to be one. Source of the codes: AMQP 0-9-1, 1.5 (constants).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.channel.amqp_probe import ACCESS_REFUSED, PRECONDITION_FAILED, AmqpProbe
from connectors.channel.topology import Topology

Do = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Target:
    """Who tries (`user`, whose inbox is `own`) and against whom: another connector `other` with inbox `inbox`. `across`: the names of the
    gateway's other side, where it has one."""

    user: str
    own: str
    other: str
    inbox: str
    topology: Topology
    across: Topology | None = None

    @property
    def exchange(self) -> str:
        """The exchange that it tries to make."""
        return f"{self.user}.more"


@dataclass(frozen=True, slots=True)
class Attempt:
    """`name` completes the sentence "a connector could ..."."""

    name: str
    do: Do
    refusals: frozenset[int] = frozenset({ACCESS_REFUSED})


def attempts(probe: AmqpProbe, target: Target) -> list[Attempt]:
    """Every forbidden operation, the harmless ones first."""
    crossing = _crossing(probe, target, target.across) if target.across else []
    return [*_reading(target), *_changing(target), *_publishing(probe, target), *crossing]


def _reading(target: Target) -> list[Attempt]:
    names = target.topology
    queues = {
        "another's inbox": target.inbox,
        "the intake queue": names.intake_queue,
        "the dead letters": names.dead_letters,
    }
    made: list[Attempt] = []
    for said, queue in queues.items():
        made.append(Attempt(f"take a parcel from {said}", _on("basic_get", queue)))
        made.append(Attempt(f"listen to {said}", _on("basic_consume", queue, _ignore)))
    # Only what the check itself made is ever purged or deleted: a broker that allows it would do it.
    return [*made, Attempt("purge another's inbox", _on("queue_purge", target.inbox))]


def _changing(target: Target) -> list[Attempt]:
    names = target.topology
    return [
        Attempt("declare a queue", _on("queue_declare", f"inbox.{target.user}.more", exclusive=True)),
        Attempt("declare a queue that the broker names", _on("queue_declare", "", exclusive=True)),
        Attempt("declare another's inbox", _on("queue_declare", target.inbox, durable=True)),
        Attempt("delete another's inbox", _on("queue_delete", target.inbox)),
        Attempt("delete its own inbox", _on("queue_delete", target.own)),
        Attempt(
            "bind its own inbox to the notices", _on("queue_bind", target.own, names.notices_exchange, target.user)
        ),
        Attempt(
            "bind its own inbox to everybody's inboxes",
            _on("queue_bind", target.own, names.inbox_exchange, target.inbox),
        ),
        Attempt("unbind another's inbox", _on("queue_unbind", target.inbox, names.inbox_exchange, target.inbox)),
        Attempt(
            "unbind the intake queue", _on("queue_unbind", names.intake_queue, names.notices_exchange, target.user)
        ),
        Attempt("declare an exchange", _on("exchange_declare", target.exchange, "fanout")),
        Attempt(
            "bind an exchange to the notices",
            _on("exchange_bind", names.inbox_exchange, names.notices_exchange, target.user),
        ),
    ]


def _publishing(probe: AmqpProbe, target: Target) -> list[Attempt]:
    names, user = target.topology, target.user
    inject = "put a parcel into another's inbox"
    forged = frozenset({PRECONDITION_FAILED, ACCESS_REFUSED})
    return [
        Attempt(f"{inject} by the default exchange", probe.publish("", target.inbox, user)),
        Attempt(f"{inject} by the inbox exchange", probe.publish(names.inbox_exchange, target.inbox, user)),
        Attempt(
            "put a parcel into the intake queue by the default exchange", probe.publish("", names.intake_queue, user)
        ),
        Attempt("put a parcel among the dead letters", probe.publish(names.dead_letters, "", user)),
        Attempt(
            "publish to an exchange that comes with the broker", probe.publish("amq.topic", f"{user}.notice", user)
        ),
        Attempt(
            "publish a notice under another's routing key",
            probe.publish(names.notices_exchange, f"{target.other}.notice", user),
        ),
        Attempt(
            "publish a notice under a key that only begins like its own",
            probe.publish(names.notices_exchange, f"{user}x.notice", user),
        ),
        Attempt("publish a notice under an empty routing key", probe.publish(names.notices_exchange, "", user)),
        Attempt(
            "publish a notice under another's user id",
            probe.publish(names.notices_exchange, f"{user}.notice", target.other),
            forged,
        ),
    ]


def _crossing(probe: AmqpProbe, target: Target, across: Topology) -> list[Attempt]:
    user = target.user
    return [
        Attempt("take a parcel from the other side's intake queue", _on("basic_get", across.intake_queue)),
        Attempt(
            "bind its own inbox to the other side's inboxes",
            _on("queue_bind", target.own, across.inbox_exchange, target.own),
        ),
        Attempt("publish a notice to the other side", probe.publish(across.notices_exchange, f"{user}.notice", user)),
        Attempt(
            "put a parcel into an inbox of the other side", probe.publish(across.inbox_exchange, target.inbox, user)
        ),
    ]


def _on(method: str, *arguments: object, **named: object) -> Do:
    return lambda channel: getattr(channel, method)(*arguments, **named)


def _ignore(*_: object) -> None:
    return None
