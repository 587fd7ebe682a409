"""Keeps the broker in step with the trust register: at start-up, on a timer, and right after every change of trust.

* `after_change` is called after the change is committed. Stopping comes first: the user is deleted, which closes its connections, before
  anything else is looked at.
* What was found and mended goes into the audit, once: what stays is not written down again each minute.
"""

import re
from typing import Protocol

from connectors.channel.port import ChannelDown
from gateway.audit.recording import entry
from gateway.broker import live
from gateway.broker.desired import Desired, desired_state, has_inbox, may_connect
from gateway.broker.drift import Drift
from gateway.broker.management import BrokerRefused, ManagementApi
from gateway.broker.place import BrokerPlace, broker_place
from gateway.broker.reconcile import Reconciler, Report
from gateway.broker.self_check import Finding, check_broker, self_check
from gateway.model.connector import Carrier, Connector
from gateway.ports import Clock, Store
from gateway.settings import Settings

MOST_AUDITED = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9 ,:/._~+=-]")


class Keeper(Protocol):
    """What a change of trust needs of the broker."""

    def after_change(self, connector: Connector) -> Report:
        """The change is committed: let the broker know. Raises `ChannelDown`, `BrokerRefused`: then the change stands, and says so."""


class NoKeeper:
    """Where there is no broker, or one user is shared: nothing at a broker depends on the register."""

    def after_change(self, connector: Connector) -> Report:
        """Nothing to do."""
        return Report()


class BrokerKeeper:
    """Keeps one broker. Each call uses a management connection of its own, so that any thread may call."""

    def __init__(self, place: BrokerPlace, store: Store, clock: Clock) -> None:
        self.place = place
        self._store, self._clock = store, clock
        self._told: frozenset[tuple[str, str]] = frozenset()

    def look(self) -> Report:
        """What differs; changes nothing. Raises `ChannelDown`, `BrokerRefused`, `StoreDown`."""
        with self._api() as api:
            return self._reconciler(api).look()

    def reconcile(self) -> Report:
        """Mend what differs, and write down what it was. Raises `ChannelDown`, `BrokerRefused`, `StoreDown`."""
        with self._api() as api:
            return self._mend(api)

    def after_change(self, connector: Connector) -> Report:
        """See `Keeper`."""
        if connector.carrier is not Carrier.AMQP:
            return Report()
        try:
            with self._api() as api:
                self._stop(api, connector)
                return self._mend(api)
        except ChannelDown:
            raise ChannelDown(_not_told(connector, "cannot be reached")) from None
        except BrokerRefused as problem:
            raise BrokerRefused(_not_told(connector, f"could not be told ({problem})")) from None

    def try_out(self) -> list[Finding]:
        """The self-check's findings. Raises `ChannelDown`, `BrokerRefused`."""
        with self._api() as api:
            return self_check(self.place, api, self._clock.now())

    def check(self) -> list[Finding]:
        """The self-check. Raises `ChannelDown`, `BrokerRefused`, `BrokerTooWide`."""
        with self._api() as api:
            return check_broker(self.place, api, self._clock.now())

    def _api(self) -> ManagementApi:
        place = self.place
        return ManagementApi(place.management_url, place.management_user, place.management_password_file, place.ca_file)

    def _stop(self, api: ManagementApi, connector: Connector) -> None:
        if may_connect(connector, self.place.sides):
            return
        name = connector.id.value
        if name not in self.place.own_users:
            live.cut_off(api, self.place.vhost, name)
        if has_inbox(connector):
            live.purge_inbox(api, self.place.vhost, connector.inbox)
        else:
            live.remove_inbox(api, self.place.vhost, connector.inbox)

    def _mend(self, api: ManagementApi) -> Report:
        report = self._reconciler(api).mend()
        left = frozenset((drift.kind.value, drift.what) for drift in report.left)
        fresh = [drift for drift in report.left if (drift.kind.value, drift.what) not in self._told]
        self._told = left
        self._audit([*((drift, True) for drift in report.mended), *((drift, False) for drift in fresh)])
        return report

    def _audit(self, drifts: list[tuple[Drift, bool]]) -> None:
        if not drifts:
            return
        with self._store.write() as unit:
            for drift, mended in drifts[:MOST_AUDITED]:
                event = entry("broker-drift", "broker", kind=drift.kind.value, what=_safe(drift.what), mended=mended)
                unit.audit.append(self._clock.now(), event.code, event.actor, event.fields)

    def _reconciler(self, api: ManagementApi) -> Reconciler:
        return Reconciler(api, self.place.vhost, self._want, self._clock.now)

    def _want(self) -> Desired:
        with self._store.read() as unit:
            connectors = unit.trust.connectors()
        place = self.place
        return desired_state(connectors, place.sides, place.own_users, place.amqp.delivery_limit)


def broker_keeper(settings: Settings, store: Store, clock: Clock) -> BrokerKeeper | None:
    """The keeper of the settings' broker; None where there is none or its user is shared. Raises `SettingsFault`."""
    place = broker_place(settings)
    return None if place is None else BrokerKeeper(place, store, clock)


def build_keeper(settings: Settings, store: Store, clock: Clock) -> Keeper:
    """As `broker_keeper`, for whoever changes trust. Raises `SettingsFault`."""
    return broker_keeper(settings, store, clock) or NoKeeper()


def _safe(text: str) -> str:
    return _UNSAFE.sub("_", text)[:200]


def _not_told(connector: Connector, why: str) -> str:
    return (
        f"connector {connector.id} is {connector.status} in the trust register, but the broker {why}, so it may still be as before there: "
        "run patchwork broker reconcile"
    )
