"""Which channel end a connector's inbox is on, with the inbox made to exist. Used from one thread."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from connectors.channel.port import ChannelDown, ChannelRefused, GatewayEnd
from gateway.model.connector import Carrier, Connector
from gateway.ports import Store
from identity.agency.trust import may_receive_retractions


@dataclass(slots=True)
class ChannelEnds:
    """`ends`: one for each carrier this gateway has."""

    ends: Mapping[Carrier, GatewayEnd]
    _open: set[str] = field(default_factory=set)

    def end_of(self, connector: Connector) -> GatewayEnd:
        """The end to send to this connector by. Raises `ChannelRefused` where the gateway has no such carrier,
        `ChannelDown`."""
        end = self.ends.get(connector.carrier)
        if end is None:
            raise ChannelRefused(
                f"connector {connector.id} is on {connector.carrier}, which is not set up here: set broker_url"
            )
        if connector.inbox not in self._open:
            end.open_inbox(connector.id, connector.inbox)
            self._open.add(connector.inbox)
        return end

    def open_inboxes(self, store: Store) -> None:
        """Make sure that every connector's inbox exists before it looks there; where a channel is away, at the next
        call. Raises `StoreDown`.

        At a broker they are opened again each time: it may have forgotten them, and a connection that is never used is
        cut off.
        """
        with store.read() as unit:
            connectors = [each for each in unit.trust.connectors() if unit.side.is_place_of(each.status)]
        for connector in connectors:
            if connector.carrier in self.ends and may_receive_retractions(connector.status):
                if connector.carrier is Carrier.AMQP:
                    self._open.discard(connector.inbox)
                with suppress(ChannelDown, ChannelRefused):
                    self.end_of(connector)

    def close(self) -> None:
        """Let go of all ends."""
        for end in self.ends.values():
            end.close()
