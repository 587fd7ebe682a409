"""What the routes need of the rest of the gateway."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from connectors.channel.port import Parcel
from gateway.enrolment.facts import EnrolmentFacts
from gateway.model.connector import Connector
from gateway.ports import Clock, Store
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId


class ConnectorQueue(Protocol):
    """The connectors' side of the embedded queue (`gateway.store.channel_queue`). Everything may raise `ChannelDown`
    and `ChannelRefused`."""

    def put_intake(self, sender: ConnectorId, sealed: bytes) -> None:
        """Put a parcel on the intake queue, durably."""

    def open_inbox(self, connector: ConnectorId, name: str) -> None:
        """Make sure the inbox exists."""

    def lease_inbox(self, connector: ConnectorId, name: str, limit: int, wait: float) -> list[Parcel]:
        """Up to `limit` parcels of the inbox, under a lease."""

    def acknowledge_inbox(self, name: str, tags: Sequence[str]) -> None:
        """These of this inbox will not come again; unknown tags are nothing."""

    def release_inbox(self, name: str, tags: Sequence[str]) -> None:
        """Give these of this inbox back untreated."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`not_ready` names what is not well, empty while everything is. `stopping` ends long waits. `facts` is what connectors
    are told at enrolment; `certify` issues what certificates are missing, where there is a built-in authority. `certified`: a connector
    must show its certificate to the proxy (`gateway.api.proxy`). `claimed` hears of each request in a connector's name that was not believed.
    `queue` is that of the side with the register of trust, `trial_queue` that of the trial side beside it."""

    store: Store
    clock: Clock
    queue: ConnectorQueue
    not_ready: Callable[[], Mapping[str, str]]
    stopping: Callable[[], bool]
    version: str
    facts: EnrolmentFacts
    certify: Callable[[], None]
    certified: bool = False
    claimed: Callable[[ConnectorId], None] = lambda _: None
    trial_queue: ConnectorQueue | None = None

    def queue_of(self, connector: Connector) -> ConnectorQueue:
        """The queue of the one side that the connector is on."""
        on_trial = self.facts.side_of(connector.status).mode is Mode.TRIAL
        return self.trial_queue if self.trial_queue is not None and on_trial else self.queue


def parts_of(request: Request) -> Parts:
    """The parts that `create_app` was given."""
    parts: Parts = request.app.state.parts
    return parts
