"""From the channel into intake: take a batch, process it whole, acknowledge after the commit.

* What intake refused is kept as a dead letter inside its transaction, so acknowledging it loses nothing.
* When the store is away nothing is acknowledged: the batch goes back and comes again.
"""

from dataclasses import dataclass

import structlog

from connectors.channel.port import ChannelDown, GatewayEnd, Parcel
from gateway.intake import Intake
from gateway.ports import StoreDown

log = structlog.get_logger("patchwork.receive")


@dataclass(frozen=True, slots=True)
class Receiver:
    """One channel end, used from one thread."""

    intake: Intake
    end: GatewayEnd

    def run_once(self, limit: int = 50, wait: float = 1.0) -> int:
        """Take and process one batch. Returns how many messages it held. Raises `StoreDown` or `ChannelDown`; nothing is lost then."""
        parcels = self.end.take(limit, wait)
        if not parcels:
            return 0
        try:
            self.intake.take_in(parcels)
        except StoreDown:
            self._give_back(parcels)
            raise
        self.end.acknowledge(parcels)
        return len(parcels)

    def _give_back(self, parcels: list[Parcel]) -> None:
        try:
            self.end.release(parcels)
        except ChannelDown:
            # A lease that is not given back runs out by itself.
            log.warning("not-given-back", count=len(parcels))
