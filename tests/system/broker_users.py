"""A virtual host of a RabbitMQ node with one user for the gateway and one a connector, each with the permissions of the design."""

import secrets
from pathlib import Path
from urllib.parse import quote

from connectors.channel.topology import Topology
from deploy.servers.rabbitmq import RabbitMQ
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

TOPOLOGY = Topology(PartnershipId("seaton"), Mode.TRIAL)
GATEWAY_USER = "patchwork-gateway"


class BrokerUsers:
    """What the operator of the broker looks after. `folder` gets the password files."""

    def __init__(self, node: RabbitMQ, folder: Path) -> None:
        self.node = node
        self._folder = folder
        self.vhost = f"seaton-{secrets.token_hex(4)}"
        self._passwords: dict[str, str] = {}
        self._names: dict[str, Topology] = {}
        self._make_vhost()

    @property
    def gateway_url(self) -> str:
        """The gateway's broker URL; the password is in a file."""
        return f"amqp://{GATEWAY_USER}@{self.node.host}:{self.node.port}/{self.vhost}"

    @property
    def admin_url(self) -> str:
        """The administrator's URL of the virtual host, with the password."""
        return self.node.vhost_url(self.vhost)

    def add_gateway(self) -> Path:
        """The gateway's user; answers the password file."""
        return self._add(GATEWAY_USER)

    def channel_settings(self, connector: str, inbox: str, names: Topology = TOPOLOGY) -> str:
        """The connector's [channel] table; its user is made where it is new, for the side with these names."""
        self._names[connector] = names
        path = self._add(connector)
        return "\n".join(
            [
                'kind = "amqp"',
                f'host = "{self.node.host}"',
                f"port = {self.node.port}",
                f'vhost = "{self.vhost}"',
                f'inbox = "{inbox}"',
                f'password_file = "{path}"',
                "tls = false",
            ]
        )

    def restore(self) -> None:
        """Make everything of ours again, at a node that forgot it all."""
        self._make_vhost()
        for user in self._passwords:
            self._tell(user)

    def remove(self) -> None:
        """Leave nothing at the node, where it runs."""
        if self.node.alive:
            self.node.management.remove_vhost(self.vhost)

    def _add(self, user: str) -> Path:
        path = self._folder / f"{user}.password"
        if user not in self._passwords:
            self._passwords[user] = secrets.token_hex(16)
            path.touch(mode=0o600)
            path.write_text(self._passwords[user], "ascii")
            self._tell(user)
        return path

    def _tell(self, user: str) -> None:
        call, vhost = self.node.management.call, quote(self.vhost, safe="")
        call("PUT", f"users/{user}", {"password": self._passwords[user], "tags": ""})
        if user == GATEWAY_USER:
            ours = r"^(patchwork\.seaton\.|inbox\.)"
            call("PUT", f"permissions/{vhost}/{user}", {"configure": ours, "write": ours, "read": ours})
            return
        notices = self._names[user].notices_exchange
        rights = {"configure": "^$", "write": f"^{notices}$", "read": rf"^inbox\.{user}\.[0-9a-f]+$"}
        call("PUT", f"permissions/{vhost}/{user}", rights)
        call("PUT", f"topic-permissions/{vhost}/{user}", {"exchange": notices, "write": rf"^{user}\.", "read": "^$"})

    def _make_vhost(self) -> None:
        vhost = quote(self.vhost, safe="")
        self.node.management.call("PUT", f"vhosts/{vhost}")
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        self.node.management.call("PUT", f"permissions/{vhost}/{self.node.user}", everything)
