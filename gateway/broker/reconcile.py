"""Makes the broker as the trust register wants it. The broker is read first and the register second, so that what the register has just
added is never taken for unwanted; and both are read again after mending, so that a connector stopped meanwhile does not stay let in.

* A user becomes usable last: made without any right, then limits, then the topic permission, then the permission that opens the virtual
  host. (Without a topic permission everything would be allowed.)
* A user that had other rights than it should is made anew: open channels remember old rights, and deleting it closes them.
* Nothing that holds parcels is removed without saying how many.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.broker import live
from gateway.broker.actual import actual_state
from gateway.broker.desired import Desired
from gateway.broker.drift import Drift, Kind, compare
from gateway.broker.management import BrokerRefused, ManagementApi
from gateway.broker.state import Binding, Connected, User

MOST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Report:
    """What was mended, what still differs and needs people, and what was only noticed."""

    mended: tuple[Drift, ...] = ()
    left: tuple[Drift, ...] = ()
    notes: tuple[Drift, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether the broker is now as the register wants it."""
        return not self.left


@dataclass(frozen=True, slots=True)
class Reconciler:
    """`want` reads the trust register anew at each call."""

    api: ManagementApi
    vhost: str
    want: Callable[[], Desired]
    now: Callable[[], datetime]
    _remade: set[str] = field(default_factory=set)
    _refused: dict[tuple[Kind, str], str] = field(default_factory=dict)

    def look(self) -> Report:
        """What differs; changes nothing. Raises `ChannelDown`, `BrokerRefused`, `StoreDown`."""
        self._refused.clear()
        _, drifts = self._compare()
        return self._report([], drifts)

    def mend(self) -> Report:
        """Mend what can be mended. Raises `ChannelDown`, `BrokerRefused`, `StoreDown`; what was mended until then stays so."""
        mended: dict[tuple[Kind, str], Drift] = {}
        self._refused.clear()
        desired, drifts = self._compare()
        for _ in range(MOST_ROUNDS):
            due = [drift for drift in drifts if drift.mendable and not drift.is_note]
            if not due:
                break
            self._remade.clear()
            for drift in due:
                self._try(drift, desired)
                mended.setdefault((drift.kind, drift.what), drift)
            desired, drifts = self._compare()
        still = {(drift.kind, drift.what) for drift in drifts}
        return self._report([drift for key, drift in mended.items() if key not in still], drifts)

    def _compare(self) -> tuple[Desired, list[Drift]]:
        actual = actual_state(self.api, self.vhost)
        desired = self.want()
        return desired, compare(desired, actual, self.now())

    def _try(self, drift: Drift, desired: Desired) -> None:
        """One that the broker refuses does not keep the others from being mended; it is found again and told."""
        try:
            self._mend(drift, desired)
        except BrokerRefused as problem:
            self._refused[drift.kind, drift.what] = str(problem)

    def _mend(self, drift: Drift, desired: Desired) -> None:
        match drift.kind:
            case Kind.USER_MISSING:
                self._make(desired.users[drift.what])
            case Kind.USER_PASSWORD | Kind.USER_TAGS | Kind.PERMISSION | Kind.TOPIC_PERMISSION:
                self._remake(desired.users[drift.what])
            case Kind.LIMITS:
                self._limit(desired.users[drift.what])
            case Kind.USER_UNWANTED:
                live.cut_off(self.api, self.vhost, drift.what)
            case Kind.STRANGER:
                live.shut_out(self.api, self.vhost, drift.what)
            case Kind.CONNECTION_UNWANTED if isinstance(drift.subject, Connected):
                self.api.delete("connections", drift.subject.name)
            case _:
                self._mend_topology(drift, desired)

    def _mend_topology(self, drift: Drift, desired: Desired) -> None:
        match drift.kind:
            case Kind.EXCHANGE_DIFFERENT:
                # Its bindings go with it and are found missing in the next round.
                self.api.delete("exchanges", self.vhost, drift.what)
                self._exchange(desired, drift.what)
            case Kind.EXCHANGE_MISSING:
                self._exchange(desired, drift.what)
            case Kind.QUEUE_DIFFERENT:
                live.check_empty(self.api, self.vhost, drift.what)
                self.api.delete("queues", self.vhost, drift.what)
                self._queue(desired, drift.what)
            case Kind.QUEUE_MISSING:
                self._queue(desired, drift.what)
            case Kind.QUEUE_UNWANTED:
                live.remove_inbox(self.api, self.vhost, drift.what)
            case Kind.BINDING_MISSING if isinstance(drift.subject, Binding):
                body = {"routing_key": drift.subject.key, "arguments": {}}
                self.api.post(("bindings", self.vhost, "e", drift.subject.source, "q", drift.subject.destination), body)
            case Kind.BINDING_UNWANTED if isinstance(drift.subject, Binding):
                end = "q" if drift.subject.to_queue else "e"
                source, target = drift.subject.source, drift.subject.destination
                self.api.delete("bindings", self.vhost, "e", source, end, target, drift.subject.handle)

    def _report(self, mended: list[Drift], drifts: list[Drift]) -> Report:
        left = tuple(self._with_reason(drift) for drift in drifts if not drift.is_note)
        return Report(tuple(mended), left, tuple(drift for drift in drifts if drift.is_note))

    def _with_reason(self, drift: Drift) -> Drift:
        reason = self._refused.get((drift.kind, drift.what))
        return (
            drift if reason is None else replace(drift, sentence=f"{drift.sentence} It could not be mended: {reason}.")
        )

    def _make(self, user: User) -> None:
        make_user(self.api, self.vhost, user, {"password_hash": "", "tags": ""})

    def _remake(self, user: User) -> None:
        """Once a round, whatever number of its rights was wrong."""
        if user.name not in self._remade:
            self._remade.add(user.name)
            live.cut_off(self.api, self.vhost, user.name)
            self._make(user)

    def _limit(self, user: User) -> None:
        limit_user(self.api, user)

    def _exchange(self, desired: Desired, name: str) -> None:
        wanted = desired.exchanges[name]
        self.api.put(("exchanges", self.vhost, name), {"type": wanted.kind, "durable": wanted.durable})

    def _queue(self, desired: Desired, name: str) -> None:
        wanted = desired.queues[name]
        self.api.put(("queues", self.vhost, name), {"durable": wanted.durable, "arguments": dict(wanted.arguments)})


def make_user(api: ManagementApi, vhost: str, user: User, credentials: dict[str, str]) -> None:
    """Make the user; it can be used from the last step on only. Raises `ChannelDown`, `BrokerRefused`."""
    api.put(("users", user.name), credentials)
    limit_user(api, user)
    for topic in user.topics:
        body = {"exchange": topic.exchange, "write": topic.write, "read": topic.read}
        api.put(("topic-permissions", vhost, user.name), body)
    if user.permission is not None:
        body = {"configure": user.permission.configure, "write": user.permission.write, "read": user.permission.read}
        api.put(("permissions", vhost, user.name), body)


def limit_user(api: ManagementApi, user: User) -> None:
    """Set how much the user may have open. Raises `ChannelDown`, `BrokerRefused`."""
    for name, value in (("max-connections", user.limits.connections), ("max-channels", user.limits.channels)):
        if value is not None:
            api.put(("user-limits", user.name, name), {"value": value})
