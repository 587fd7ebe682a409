"""What should be at the broker, from the trust register alone. Pure.

* A connector that may speak now, and whose channel is the broker, has a user named after its id: the common name of its certificate. No
  password, no tags.
* That user may write to the notices exchange of the side it is on, under its own name; read its own inbox; configure nothing.
* An inbox gets what is sent on its connector's side, and nothing of the other.
* Everybody else has nothing: a suspended connector keeps its inbox and loses its user; a revoked one loses both.
* Connector ids match `[a-z0-9-]+` (`ConnectorId`), so splicing them into a pattern changes its meaning for nobody else.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from connectors.channel.amqp_layout import Layout, inbox_layout, shared_layout
from connectors.channel.topology import DELIVERY_LIMIT, Topology
from gateway.broker.state import NOTHING, Binding, ExchangeState, Limits, Permission, QueueState, TopicPermission, User
from gateway.model.connector import Carrier, Connector
from gateway.model.side import Side
from identity.agency.trust import may_receive_retractions

_OURS = re.compile(r"[a-z0-9][a-z0-9.-]*")

Sides = Sequence[tuple[Side, Topology]]

LIMITS = Limits(connections=5, channels=20)
"""A connector holds one connection with two channels; its commands one each; what died without a word stays until a heartbeat is missed."""


@dataclass(frozen=True, slots=True)
class Desired:
    """`known` are the ids of every connector in the register that is on the broker, whatever its status; `own_users` are the
    gateway's."""

    users: Mapping[str, User]
    exchanges: Mapping[str, ExchangeState]
    queues: Mapping[str, QueueState]
    bindings: frozenset[Binding]
    known: frozenset[str]
    own_users: frozenset[str]


def rights(name: str, inbox: str, topology: Topology) -> User:
    """The broker user of a connector."""
    notices = topology.notices_exchange
    return User(
        name,
        Permission(NOTHING, _only(notices), _only(inbox)),
        frozenset({TopicPermission(notices, rf"^{_literal(name)}\.", NOTHING)}),
        LIMITS,
    )


def may_connect(connector: Connector, sides: Sides) -> bool:
    """Whether it has a broker user now."""
    return connector.carrier is Carrier.AMQP and any(side.hears(connector.status) for side, _ in sides)


def has_inbox(connector: Connector) -> bool:
    """Whether its inbox is at the broker now."""
    return connector.carrier is Carrier.AMQP and may_receive_retractions(connector.status)


def desired_state(
    connectors: Iterable[Connector],
    sides: Sides,
    own_users: frozenset[str],
    delivery_limit: int = DELIVERY_LIMIT,
) -> Desired:
    """What the register wants, for the virtual host that the sides share."""
    on_broker = [each for each in connectors if each.carrier is Carrier.AMQP]
    layouts = [shared_layout(topology, delivery_limit) for _, topology in sides]
    layouts += [inbox_layout(_names(each, sides), each.inbox, delivery_limit) for each in on_broker if has_inbox(each)]
    return Desired(
        users={
            each.id.value: rights(each.id.value, each.inbox, _names(each, sides))
            for each in on_broker
            if may_connect(each, sides)
        },
        exchanges={each.name: ExchangeState(each.name, each.kind) for part in layouts for each in part.exchanges},
        queues={each.name: QueueState(each.name, each.arguments) for part in layouts for each in part.queues},
        bindings=_bindings(layouts),
        known=frozenset(each.id.value for each in on_broker),
        own_users=own_users,
    )


def _names(connector: Connector, sides: Sides) -> Topology:
    """Of the one side that the connector is on."""
    return next(topology for side, topology in sides if side.is_place_of(connector.status))


def _bindings(layouts: list[Layout]) -> frozenset[Binding]:
    return frozenset(Binding(each.exchange, each.queue, each.key) for part in layouts for each in part.bindings)


def _only(name: str) -> str:
    return f"^{_literal(name)}$"


def _literal(name: str) -> str:
    """A pattern that matches this name alone. Raises `ValueError` for a name that is not one of ours."""
    if not _OURS.fullmatch(name):
        raise ValueError("only names of a-z, 0-9, - and . are put into the broker's patterns")
    return name.replace(".", r"\.")
