"""RabbitMQ for the contract suite: a virtual host of its own, and one user a connector with the permissions of the
design and no others."""

import secrets
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from connectors.channel.amqp import AmqpConnectorEnd, AmqpGatewayEnd
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ConnectorEnd, GatewayEnd
from connectors.channel.topology import Topology
from deploy.servers.rabbitmq import RabbitMQ
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, PartnershipId
from tests.contract.channels.pairs import HEALTH, HOUSING, Gate, new_inboxes

TOPOLOGY = Topology(PartnershipId("seaton"), Mode.TRIAL)


class AmqpPair:
    """A virtual host with two connectors, reached through a gate."""

    def __init__(self, node: RabbitMQ, folder: Path) -> None:
        self.inboxes = new_inboxes()
        self.node = node
        self.gate = Gate((node.host, node.port))
        self.vhost = node.fresh_vhost()
        self._folder = folder
        self._ends: list[AmqpGatewayEnd | AmqpConnectorEnd] = []
        for connector in (HOUSING, HEALTH):
            self.add_user(connector)
        end = self.gateway_end()
        for connector, inbox in self.inboxes.items():
            end.open_inbox(connector, inbox)
        end.close()

    def settings(self, user: str, **changes: Any) -> AmqpSettings:
        """How `user` reaches the virtual host."""
        password = self.node.password_file if user == self.node.user else self._folder / f"{user}.password"
        known: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.gate.port,
            "vhost": self.vhost,
            "user": user,
            "password_file": password,
            "tls": False,
            "backoff_first": 0.05,
            "backoff_longest": 0.2,
        }
        return AmqpSettings(**{**known, **changes})

    def remove_user(self, connector: ConnectorId) -> None:
        """Delete the connector's user, which closes its connections. Harmless where there is none."""
        try:
            self.node.management.call("DELETE", f"users/{connector}")
        except HTTPError as problem:
            if problem.code != 404:
                raise

    def add_user(self, connector: ConnectorId) -> None:
        """A broker user that may do what a connector may, and nothing else."""
        path, password = self._folder / f"{connector}.password", secrets.token_hex(16)
        path.touch(mode=0o600)
        path.write_text(password)
        call, vhost = self.node.management.call, self.vhost
        notices = TOPOLOGY.notices_exchange
        rights = {"configure": "^$", "write": f"^{notices}$", "read": rf"^inbox\.{connector}\.[0-9a-f]+$"}
        topics = {"exchange": notices, "write": rf"^{connector}\.", "read": "^$"}
        call("PUT", f"users/{connector}", {"password": password, "tags": ""})
        call("PUT", f"permissions/{vhost}/{connector}", rights)
        call("PUT", f"topic-permissions/{vhost}/{connector}", topics)

    def connector_end(self, connector: ConnectorId) -> ConnectorEnd:
        return self.end_of(connector, self.settings(connector.value))

    def end_of(self, connector: ConnectorId, settings: AmqpSettings) -> AmqpConnectorEnd:
        """A connector's end with settings of one's own."""
        end = AmqpConnectorEnd(settings, TOPOLOGY, connector, self.inboxes[connector])
        self._ends.append(end)
        return end

    def gateway_end(self, **changes: Any) -> GatewayEnd:
        end = AmqpGatewayEnd(self.settings(self.node.user, **changes), TOPOLOGY)
        self._ends.append(end)
        return end

    def interrupt(self) -> None:
        self.gate.lower()

    def resume(self) -> None:
        self.gate.raise_()

    def close(self) -> None:
        """End what is open and remove the virtual host with its users."""
        for end in self._ends:
            end.close()
        self.gate.lower()
        self.node.management.remove_vhost(self.vhost)
        for connector in self.inboxes:
            self.remove_user(connector)
