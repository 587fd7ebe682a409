"""The private servers as one measurement uses them: a virtual host and a database a side, a broker user an agency."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.topology import Topology
from identity.agency.private_file import write_private

if TYPE_CHECKING:
    from deploy.servers.postgresql import PostgreSQL
    from deploy.servers.rabbitmq import RabbitMQ
    from mappings.canonical.identifiers import ConnectorId


@dataclass(slots=True, repr=False)
class Rig:
    """One virtual host and one database of the private servers. `folder` takes password files and the gateway's own."""

    rabbitmq: "RabbitMQ"
    postgresql: "PostgreSQL"
    folder: Path
    vhost: str = ""
    database: str = ""
    _users: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.vhost = self.rabbitmq.fresh_vhost()
        self.database = self.postgresql.fresh_database()

    def broker(self) -> AmqpSettings:
        """The administrator's way in, which the gateway uses."""
        return self._settings(self.rabbitmq.user, self.rabbitmq.password_file)

    def broker_url(self) -> str:
        """The same as a setting: without its password."""
        return f"amqp://{self.rabbitmq.user}@{self.rabbitmq.host}:{self.rabbitmq.port}/{quote(self.vhost, safe='')}"

    def add_user(self, connector: "ConnectorId", topology: Topology) -> AmqpSettings:
        """A broker user that may do what a connector may and nothing else."""
        name, password = connector.value, secrets.token_hex(16)
        path = self.folder / f"{name}.password"
        write_private(path, password.encode())
        call, exchange = self.rabbitmq.management.call, topology.notices_exchange
        rights = {"configure": "^$", "write": f"^{exchange}$", "read": rf"^inbox\.{name}\.[0-9a-f]+$"}
        topics = {"exchange": exchange, "write": rf"^{name}\.", "read": "^$"}
        call("PUT", f"users/{name}", {"password": password, "tags": ""})
        self._users.append(name)
        call("PUT", f"permissions/{self.vhost}/{name}", rights)
        call("PUT", f"topic-permissions/{self.vhost}/{name}", topics)
        return self._settings(name, path)

    def close(self) -> None:
        """Remove all of it."""
        self.rabbitmq.management.remove_vhost(self.vhost)
        for name in self._users:
            self.rabbitmq.management.call("DELETE", f"users/{name}")
        self.postgresql.drop_database(self.database)

    def _settings(self, user: str, password_file: Path) -> AmqpSettings:
        return AmqpSettings(
            host=self.rabbitmq.host,
            port=self.rabbitmq.port,
            vhost=self.vhost,
            user=user,
            password_file=password_file,
            tls=False,
        )
