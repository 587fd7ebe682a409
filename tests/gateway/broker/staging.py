"""Connectors as the trust register holds them, for the pure parts: no store, no broker."""

from typing import Any

from connectors.channel.topology import Topology
from gateway.broker.desired import Desired, desired_state
from gateway.broker.state import BrokerState
from gateway.model.connector import Carrier, Connector
from gateway.model.side import Side
from identity.agency.keys import PublicKeys, generate
from identity.agency.trust import Status
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, PartnershipId
from tests.builders import NOON

TOPOLOGY = Topology(PartnershipId("seaton"), Mode.TRIAL)
OWN_USERS = frozenset({"patchwork-gateway", "patchwork-admin"})
KEYS: PublicKeys = generate().public("any")


def connector(name: str = "housing", status: Status = Status.LIVE, **changes: Any) -> Connector:
    """One connector on the broker."""
    known: dict[str, Any] = {
        "id": ConnectorId(name),
        "agencies": (AgencyId(f"urn:patchwork:seaton:{name}"),),
        "keys": KEYS,
        "status": status,
        "carrier": Carrier.AMQP,
        "inbox": f"inbox.{name}.{'0' * 32}",
        "since": NOON,
    }
    return Connector(**{**known, **changes})


def wanted(*connectors: Connector, mode: Mode = Mode.TRIAL) -> Desired:
    """What the register wants with these connectors in it."""
    return desired_state(connectors, ((Side(mode), TOPOLOGY),), OWN_USERS)


def as_wanted(desired: Desired) -> BrokerState:
    """A broker exactly as it should be."""
    return BrokerState(desired.users, desired.exchanges, desired.queues, desired.bindings)
