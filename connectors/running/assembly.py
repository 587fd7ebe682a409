"""The composition root: from settings to the agencies that a connector speaks for and their one way to the gateway."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.channel.port import ConnectorEnd
from connectors.deliver import Reception
from connectors.exchange.posting import Posted, together
from connectors.keys import keys_folder
from connectors.running.served_agency import ServedAgency
from connectors.running.shared_parts import SharedParts
from connectors.settings import HttpsChannel, SettingsFault
from identity.agency.keys import SigningKey

if TYPE_CHECKING:
    from connectors.channel.amqp_settings import AmqpSettings


@dataclass(frozen=True)
class Connector(SharedParts):
    """One connector. Raises `KeyFault`, `LedgerFault`, `ExclusionListUnreadable`, `InvalidCriterion` or `SettingsFault` where a part cannot be
    made; each message names the file or setting."""

    @cached_property
    def agencies(self) -> tuple[ServedAgency, ...]:
        """Whom it speaks for, in the order of the settings: never none."""
        said = self.settings
        keys_folder.check_served(said.keys.folder, [each.id for each in said.agencies])
        return tuple(ServedAgency(self, each) for each in said.agencies)

    @property
    def receptions(self) -> tuple[Reception, ...]:
        """What delivering needs, of each agency."""
        return tuple(agency.reception for agency in self.agencies)

    @property
    def request_key(self) -> SigningKey:
        """What HTTP requests are signed with. The gateway knows the connector by any of its agencies' keys; it is the first's."""
        return self.agencies[0].keys.signing

    @cached_property
    def channel(self) -> ConnectorEnd:
        """The way to the gateway."""
        said = self.settings.channel
        if isinstance(said, HttpsChannel):
            from connectors.channel.https import HttpsConnectorEnd
            from connectors.channel.https_settings import HttpsSettings

            with _naming("channel"):
                https = HttpsSettings(**said.model_dump(exclude={"kind"}))
            return HttpsConnectorEnd(https, self.request_key)
        from connectors.channel.amqp import AmqpConnectorEnd
        from connectors.channel.topology import Topology

        topology = Topology(self.settings.partnership, self.settings.mode)
        return AmqpConnectorEnd(self._amqp(), topology, self.settings.connector, said.inbox)

    def _amqp(self) -> "AmqpSettings":
        from connectors.channel.amqp_settings import AmqpSettings

        parts = self.settings.channel.model_dump(exclude={"kind", "inbox"})
        parts["user"] = parts["user"] or self.settings.connector.value
        with _naming("channel"):
            return AmqpSettings(**parts)


def post_due(connector: Connector) -> Posted:
    """Send what is due in every agency's outbox."""
    return together(agency.post(connector.channel) for agency in connector.agencies)


@contextmanager
def _naming(table: str) -> Iterator[None]:
    """What an adapter says about its settings, as a fault of the settings."""
    try:
        yield
    except ValueError as problem:
        raise SettingsFault(f"{table}: {problem}") from None
