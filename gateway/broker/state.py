"""What a broker allows, as values that can be compared: users with their rights and limits, exchanges, queues, bindings.

Patterns are Erlang regular expressions that RabbitMQ matches against names; `^$` matches nothing that exists.
Source: https://www.rabbitmq.com/docs/access-control
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOTHING = "^$"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a user may configure, write to and read from in one virtual host."""

    configure: str
    write: str
    read: str

    def __str__(self) -> str:
        return f"configure {self.configure} write {self.write} read {self.read}"


@dataclass(frozen=True, slots=True)
class TopicPermission:
    """Under which routing keys a user may publish to and bind at one topic exchange. Where a user has none, every key is allowed."""

    exchange: str
    write: str
    read: str

    def __str__(self) -> str:
        return f"at {self.exchange} write {self.write} read {self.read}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections and channels a user may have open at once; None is any number."""

    connections: int | None = None
    channels: int | None = None

    def __str__(self) -> str:
        return f"{self.connections or 'any'} connections, {self.channels or 'any'} channels"


@dataclass(frozen=True, slots=True)
class User:
    """A broker user, as seen from our virtual host. `elsewhere`: the other virtual hosts it has rights in; `foreign`: it belongs to
    somebody else, because it has rights elsewhere that no connector has, or is an administrator's account without rights here."""

    name: str
    permission: Permission | None = None
    topics: frozenset[TopicPermission] = frozenset()
    limits: Limits = Limits()
    tags: frozenset[str] = frozenset()
    password: bool = False
    elsewhere: frozenset[str] = frozenset()
    foreign: bool = False

    @property
    def has_access(self) -> bool:
        """Whether our virtual host lets it in."""
        return self.permission is not None or bool(self.topics)


@dataclass(frozen=True, slots=True)
class ExchangeState:
    """An exchange as the broker has it. `durable` and `kind` (topic, direct, fanout) cannot be changed, only made anew."""

    name: str
    kind: str
    durable: bool = True

    def __str__(self) -> str:
        return f"{'durable' if self.durable else 'transient'} {self.kind}"


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as the broker has it. `messages` is its count, which may be some seconds old; None where there is none yet."""

    name: str
    arguments: Mapping[str, str | int]
    durable: bool = True
    messages: int | None = None

    def __str__(self) -> str:
        said = ", ".join(f"{name}={value}" for name, value in sorted(self.arguments.items()))
        return f"{'durable' if self.durable else 'transient'} {said or 'without arguments'}"


@dataclass(frozen=True, slots=True)
class Binding:
    """What `source` gets under `key` goes to `destination`, a queue or (`to_queue` false) an exchange. `handle` is the API's name of
    it."""

    source: str
    destination: str
    key: str
    to_queue: bool = True
    handle: str = field(default="", compare=False)

    def __str__(self) -> str:
        kind = "queue" if self.to_queue else "exchange"
        return f"from {self.source} by {self.key or 'any key'} to {kind} {self.destination}"


@dataclass(frozen=True, slots=True)
class Connected:
    """An open connection to our virtual host. `name` is the broker's own name of it."""

    name: str
    user: str


@dataclass(frozen=True, slots=True)
class BrokerState:
    """Everything of a broker that decides who may do what in our virtual host."""

    users: Mapping[str, User]
    exchanges: Mapping[str, ExchangeState]
    queues: Mapping[str, QueueState]
    bindings: frozenset[Binding]
    connections: tuple[Connected, ...] = ()
