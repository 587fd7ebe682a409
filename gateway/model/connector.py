"""A connector: software approved to speak for one or more agencies, and the keys that prove it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from identity.agency.keys import PublicKeys
from identity.agency.trust import Status
from mappings.canonical.identifiers import AgencyId, ConnectorId


class Carrier(StrEnum):
    """Which channel a connector's inbox is on."""

    HTTPS = "https"
    AMQP = "amqp"


@dataclass(frozen=True, slots=True)
class Connector:
    """`inbox` is the queue its alerts go to; it ends in 128 random bits so that nobody guesses it. `agencies` are those it may speak for."""

    id: ConnectorId
    agencies: tuple[AgencyId, ...]
    keys: PublicKeys
    status: Status
    carrier: Carrier
    inbox: str
    since: datetime
