"""One step of a connector's life: where it stood, where it stands, who decided it, with whom, and why."""

from dataclasses import dataclass
from datetime import datetime

from identity.agency.trust import Status
from mappings.canonical.identifiers import ConnectorId


@dataclass(frozen=True, slots=True)
class ConnectorChange:
    """`before` is None for the first step. `approver` is the second person, empty where one was enough. `reason` is the operator's own
    words about the connector, never about a client."""

    connector: ConnectorId
    before: Status | None
    after: Status
    actor: str
    approver: str
    reason: str
    at: datetime
