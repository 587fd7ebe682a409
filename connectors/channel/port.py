"""The two ends of a channel. Whatever carries the parcels, the same contract suite holds (tests/contract/channels).

A parcel is taken under a lease: it comes again unless it is acknowledged. Sending returns only when the other side holds the parcel
durably. Parcels are opaque: sealed bytes of at most `MAX_PARCEL_BYTES`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mappings.canonical.identifiers import ConnectorId

MAX_PARCEL_BYTES = 512 * 1024


class ChannelDown(Exception):
    """The channel cannot be reached or did not confirm; the sending may or may not have arrived. Try again later with the same content."""


class ChannelRefused(Exception):
    """The other end refuses this sender or this parcel for good; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """`tag` is the channel's own handle for acknowledging. `sender` is the connector the channel itself authenticated (broker user,
    request signature), or None where the channel cannot tell; at a connector's end it is always None. `proving` says that this channel tells
    for every honest sender: intake refuses a parcel of such a channel that names none."""

    tag: str
    sealed: bytes
    sender: ConnectorId | None = None
    redelivered: bool = False
    proving: bool = False


class ConnectorEnd(Protocol):
    """What a connector holds."""

    def send(self, sealed: bytes) -> None:
        """Hand one parcel to the gateway, durably. Raises `ChannelDown`, `ChannelRefused`."""

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """Up to `limit` parcels from this connector's inbox, waiting up to `wait` seconds for the first. Raises `ChannelDown`, `ChannelRefused`."""

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """These will not come again. Raises `ChannelDown` (they may then come again)."""

    def release(self, parcels: Sequence[Parcel]) -> None:
        """Give these back untreated; they come again. Raises `ChannelDown`."""

    def close(self) -> None:
        """Let go of connections. Parcels taken and not acknowledged come again."""


class GatewayEnd(Protocol):
    """What the gateway holds."""

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """Up to `limit` parcels from the intake queue, waiting up to `wait` seconds for the first. Raises `ChannelDown`."""

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """These will not come again. Raises `ChannelDown`."""

    def release(self, parcels: Sequence[Parcel]) -> None:
        """Give these back untreated; they come again. Raises `ChannelDown`."""

    def send(self, connector: ConnectorId, inbox: str, sealed: bytes, ttl_seconds: float | None) -> None:
        """Put one parcel into a connector's inbox, durably; it may be dropped there after `ttl_seconds`. Raises `ChannelDown`, `ChannelRefused`
        (no such inbox)."""

    def open_inbox(self, connector: ConnectorId, inbox: str) -> None:
        """Make sure the inbox exists. Harmless when it does."""

    def close(self) -> None:
        """Let go of connections."""
