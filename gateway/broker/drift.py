"""The difference between what should be at the broker and what is. Pure; each difference is a plain sentence.

* Whoever has access to our virtual host without the register's word is drift and is mended.
* What belongs to other applications is named and left alone; a name that a connector needs and another application has is drift that
  only people can mend.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.channel.topology import inbox_owner
from gateway.broker.desired import Desired
from gateway.broker.probe_name import is_left_over, is_probe, is_probe_inbox
from gateway.broker.state import Binding, BrokerState, Connected, QueueState, User


class Kind(StrEnum):
    """In which way the broker differs."""

    USER_MISSING = "user-missing"
    USER_PASSWORD = "user-password"  # noqa: S105 - the kind of a difference
    USER_TAGS = "user-tags"
    PERMISSION = "permission"
    TOPIC_PERMISSION = "topic-permission"
    LIMITS = "limits"
    USER_UNWANTED = "user-unwanted"
    NAME_TAKEN = "name-taken"
    STRANGER = "stranger"
    CONNECTION_UNWANTED = "connection-unwanted"
    EXCHANGE_MISSING = "exchange-missing"
    EXCHANGE_DIFFERENT = "exchange-different"
    QUEUE_MISSING = "queue-missing"
    QUEUE_DIFFERENT = "queue-different"
    QUEUE_UNWANTED = "queue-unwanted"
    BINDING_MISSING = "binding-missing"
    BINDING_UNWANTED = "binding-unwanted"
    FOREIGN_USER = "foreign-user"
    FOREIGN_QUEUE = "foreign-queue"
    FOREIGN_EXCHANGE = "foreign-exchange"


NOTES = frozenset({Kind.FOREIGN_USER, Kind.FOREIGN_QUEUE, Kind.FOREIGN_EXCHANGE})
"""What is told and is no drift."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. `what` names the thing, `wanted` and `found` say how it should be and is, `sentence` tells it to people.
    `mendable`: whether the reconciler may. `subject` is the binding, connection or queue itself, where a name is not enough."""

    kind: Kind
    what: str
    wanted: str
    found: str
    sentence: str
    mendable: bool = True
    subject: Binding | Connected | QueueState | None = None

    @property
    def is_note(self) -> bool:
        """Whether it is only told."""
        return self.kind in NOTES


def compare(desired: Desired, actual: BrokerState, now: datetime) -> list[Drift]:
    """Every difference, users first. `now` decides whether a self-check's user was left over."""
    return [
        *_wanted_users(desired, actual),
        *_other_users(desired, actual, now),
        *_connections(desired, actual),
        *_exchanges(desired, actual),
        *_queues(desired, actual),
        *_bindings(desired, actual),
    ]


def _wanted_users(desired: Desired, actual: BrokerState) -> Iterator[Drift]:
    for name, wanted in sorted(desired.users.items()):
        found = actual.users.get(name)
        if name in desired.own_users or (found is not None and found.foreign):
            whose = "the gateway itself" if name in desired.own_users else "another application"
            text = (
                f"Connector {name} cannot be let in: its name is the broker user of {whose}. Enrol it under another id."
            )
            yield Drift(
                Kind.NAME_TAKEN, name, "a user of the connector's own", f"a user of {whose}", text, mendable=False
            )
            if found is not None and found.has_access and name not in desired.own_users:
                yield _stranger(found)
        elif found is None:
            yield Drift(
                Kind.USER_MISSING, name, "user", "no user", f"Connector {name} may speak and has no broker user."
            )
        else:
            yield from _rights(wanted, found)


def _rights(wanted: User, found: User) -> Iterator[Drift]:
    name = wanted.name
    if found.password:
        text = f"User {name} can log in with a password; a connector proves itself by its certificate alone."
        yield Drift(Kind.USER_PASSWORD, name, "no password", "a password", text)
    if found.tags:
        tags = " ".join(sorted(found.tags))
        yield Drift(Kind.USER_TAGS, name, "no tags", tags, f"User {name} has powers over the broker itself: {tags}.")
    if found.permission != wanted.permission:
        has = str(found.permission or "none")
        yield Drift(
            Kind.PERMISSION,
            name,
            str(wanted.permission),
            has,
            f"User {name} has other permissions than a connector: {has}.",
        )
    if found.topics != wanted.topics:
        has = "; ".join(sorted(map(str, found.topics))) or "none"
        text = (
            f"User {name} may publish under other names than its own."
            if found.topics
            else f"User {name} may publish under any name."
        )
        yield Drift(Kind.TOPIC_PERMISSION, name, "; ".join(map(str, wanted.topics)), has, text)
    if found.limits != wanted.limits:
        text = f"User {name} may open {found.limits}, not {wanted.limits}."
        yield Drift(Kind.LIMITS, name, str(wanted.limits), str(found.limits), text)


def _other_users(desired: Desired, actual: BrokerState, now: datetime) -> Iterator[Drift]:
    for name, found in sorted(actual.users.items()):
        if name in desired.users or name in desired.own_users:
            continue
        if is_probe(name):
            if is_left_over(name, now):
                yield Drift(
                    Kind.USER_UNWANTED,
                    name,
                    "no user",
                    "user",
                    f"User {name} was left by a self-check that did not end.",
                )
        elif name in desired.known and not found.foreign:
            if found.has_access or not found.elsewhere:
                text = f"Connector {name} may not speak and has a broker user."
                yield Drift(Kind.USER_UNWANTED, name, "no user", "user", text)
        elif found.has_access:
            yield _stranger(found)
        else:
            power = (
                "an administrator, who could let itself in" if "administrator" in found.tags else "without access here"
            )
            yield Drift(
                Kind.FOREIGN_USER, name, "", power, f"User {name} is no connector's ({power}); it is left alone.", False
            )


def _stranger(found: User) -> Drift:
    text = f"User {found.name} is in no trust register and has access to our virtual host."
    return Drift(Kind.STRANGER, found.name, "no access", str(found.permission or "topic permissions"), text)


def _connections(desired: Desired, actual: BrokerState) -> Iterator[Drift]:
    for each in actual.connections:
        if each.user not in desired.users and each.user not in desired.own_users and not is_probe(each.user):
            text = f"User {each.user} may not be here and is still connected."
            yield Drift(Kind.CONNECTION_UNWANTED, each.user, "no connection", "open", text, subject=each)


def _exchanges(desired: Desired, actual: BrokerState) -> Iterator[Drift]:
    for name, wanted in sorted(desired.exchanges.items()):
        found = actual.exchanges.get(name)
        if found is None:
            yield Drift(Kind.EXCHANGE_MISSING, name, str(wanted), "nothing", f"Exchange {name} is missing.")
        elif found != wanted:
            text = f"Exchange {name} is {found} and must be {wanted}."
            yield Drift(Kind.EXCHANGE_DIFFERENT, name, str(wanted), str(found), text)
    for name in sorted(actual.exchanges.keys() - desired.exchanges.keys()):
        text = f"Exchange {name} is not ours; this virtual host should be the partnership's alone."
        yield Drift(Kind.FOREIGN_EXCHANGE, name, "", "exchange", text, False)


def _queues(desired: Desired, actual: BrokerState) -> Iterator[Drift]:
    for name, wanted in sorted(desired.queues.items()):
        found = actual.queues.get(name)
        if found is None:
            yield Drift(Kind.QUEUE_MISSING, name, str(wanted), "nothing", f"Queue {name} is missing.")
        elif (found.durable, dict(found.arguments)) != (wanted.durable, dict(wanted.arguments)):
            yield _different_queue(found, wanted)
    for name, found in sorted(actual.queues.items()):
        if name not in desired.queues and not is_probe_inbox(name):
            yield _other_queue(desired, found)


def _different_queue(found: QueueState, wanted: QueueState) -> Drift:
    empty = found.messages == 0
    out = (
        "It is empty and is made anew."
        if empty
        else f"It holds {_holds(found)}, so it stays: empty it, then remove it."
    )
    text = f"Queue {found.name} has other properties than it must have. {out}"
    return Drift(Kind.QUEUE_DIFFERENT, found.name, str(wanted), str(found), text, mendable=empty, subject=found)


def _other_queue(desired: Desired, found: QueueState) -> Drift:
    owner = inbox_owner(found.name)
    if owner in desired.known:
        text = f"Queue {found.name} is an inbox that connector {owner} no longer has; it holds {_holds(found)}, which go with it."
        return Drift(Kind.QUEUE_UNWANTED, found.name, "no queue", _holds(found), text, subject=found)
    text = f"Queue {found.name} belongs to nobody in the trust register; it is left alone."
    return Drift(Kind.FOREIGN_QUEUE, found.name, "", _holds(found), text, False)


def _holds(queue: QueueState) -> str:
    return "parcels not counted yet" if queue.messages is None else f"{queue.messages} parcels"


def _bindings(desired: Desired, actual: BrokerState) -> Iterator[Drift]:
    for each in sorted(desired.bindings - actual.bindings, key=str):
        yield Drift(
            Kind.BINDING_MISSING, str(each), "binding", "nothing", f"Nothing goes {each}, and it should.", subject=each
        )
    for each in sorted(actual.bindings - desired.bindings, key=str):
        ours = desired.exchanges.keys() | desired.queues.keys()
        if each.source in desired.exchanges or each.destination in ours:
            text = f"What comes {each} should not go there."
            yield Drift(Kind.BINDING_UNWANTED, str(each), "no binding", "binding", text, subject=each)
