"""A real RabbitMQ with mutual TLS, a real register, and the keeper between them: what the stories about the broker take place in."""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connectors.channel.amqp import AmqpConnectorEnd, AmqpGatewayEnd
from connectors.channel.amqp_probe import AmqpProbe
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.topology import Topology, new_inbox_name
from deploy.servers.rabbitmq import RabbitMQ
from gateway.broker.keeper import BrokerKeeper
from gateway.broker.place import BrokerPlace
from gateway.broker.reconcile import Report
from gateway.clock import SystemClock
from gateway.model.connector import Carrier, Connector
from gateway.store.sql_store import SqlStore
from identity.agency.keys import generate
from identity.agency.trust import Status
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType, Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, PartnershipId
from tests.gateway.broker.certificates import Authority, Pair

TOPOLOGY = Topology(PartnershipId("seaton"), Mode.TRIAL)
LIVE_TOPOLOGY = Topology(PartnershipId("seaton"), Mode.LIVE)
GATEWAY_USER = "patchwork-gateway"


class KeptBroker:
    """A virtual host of `node`, whose listener at `tls_port` believes `authority`. `both`: of a gateway with a live and a trial side."""

    def __init__(self, node: RabbitMQ, authority: Authority, store: SqlStore, both: bool = False) -> None:
        self.node, self.authority, self.store = node, authority, store
        self.vhost = node.fresh_vhost()
        self._pairs: dict[str, Pair] = {}
        self._open: list[AmqpProbe | AmqpConnectorEnd | AmqpGatewayEnd] = []
        self.call("PUT", f"users/{GATEWAY_USER}", {"password_hash": "", "tags": ""})
        everything = r"^(patchwork\.seaton\.|inbox\.)"
        self.allow(GATEWAY_USER, configure=everything, write=everything, read=everything)
        self.place = BrokerPlace(
            amqp=self.settings(GATEWAY_USER),
            topology=LIVE_TOPOLOGY if both else TOPOLOGY,
            mode=Mode.LIVE if both else Mode.TRIAL,
            trial=TOPOLOGY if both else None,
            management_url=node.management_url,
            management_user=node.user,
            management_password_file=node.password_file,
            ca_file=authority.file,
        )
        self.keeper = self.restarted_keeper()

    def restarted_keeper(self) -> BrokerKeeper:
        """A keeper that remembers nothing."""
        return BrokerKeeper(self.place, self.store, SystemClock())

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The management API, behind the keeper's back."""
        return self.node.management.call(method, path, body)

    def in_vhost(self, noun: str, *rest: str) -> str:
        """The API's path of something in our virtual host."""
        return "/".join([noun, self.vhost, *(quote(part, safe="") for part in rest)])

    def allow(self, user: str, configure: str = "^$", write: str = "^$", read: str = "^$") -> Any:
        """Give a user rights, behind the keeper's back."""
        return self.call(
            "PUT", self.in_vhost("permissions", user), {"configure": configure, "write": write, "read": read}
        )

    def join(self, name: str, status: Status = Status.LIVE, tell: bool = True) -> Connector:
        """A connector in the register, and its user at the broker unless the broker is not told."""
        agency, id = AgencyId(f"urn:patchwork:seaton:{name}"), ConnectorId(name)
        keys = generate().public(name)
        made = Connector(id, (agency,), keys, status, Carrier.AMQP, new_inbox_name(id), SystemClock().now())
        with self.store.write() as unit:
            unit.trust.add_agency(Agency(agency, name.title(), AgencyType.SCHOOL, "Seaton Council"))
            unit.trust.add_connector(made)
        if tell:
            self.keeper.after_change(made)
        return made

    def move(self, connector: Connector, status: Status, tell: bool = True) -> Report | None:
        """As a lifecycle change does, after its commit."""
        moved = replace(connector, status=status)
        with self.store.write() as unit:
            unit.trust.update_connector(moved)
        return self.keeper.after_change(moved) if tell else None

    def settings(self, user: str, pair: Pair | None = None) -> AmqpSettings:
        """How somebody with that certificate (default: a good one of that name) gets in."""
        shown = pair or self._pairs.setdefault(user, self.authority.client(user))
        return AmqpSettings(
            host=self.node.host,
            port=self.node.tls_port,
            vhost=self.vhost,
            user=user,
            ca_file=self.authority.file,
            cert_file=shown.certificate,
            key_file=shown.key,
            backoff_first=0.01,
            backoff_longest=0.05,
        )

    def probe(self, name: str, pair: Pair | None = None) -> AmqpProbe:
        """A hostile program with a connector's certificate."""
        made = AmqpProbe(self.settings(name, pair))
        self._open.append(made)
        return made

    def end(self, connector: Connector, names: Topology = TOPOLOGY) -> AmqpConnectorEnd:
        """An honest connector's end."""
        made = AmqpConnectorEnd(self.settings(connector.id.value), names, connector.id, connector.inbox)
        self._open.append(made)
        return made

    def gateway_end(self, names: Topology = TOPOLOGY) -> AmqpGatewayEnd:
        """The gateway's end, on one side."""
        made = AmqpGatewayEnd(self.place.amqp, names)
        self._open.append(made)
        return made

    def users(self) -> set[str]:
        """Everybody the broker knows, but for the gateway's own two."""
        return {each["name"] for each in self.call("GET", "users")} - self.place.own_users

    def connected(self, user: str) -> int:
        """How many connections the user has open."""
        return len(self.call("GET", f"connections/username/{user}"))

    def state(self) -> dict[str, Any]:
        """Everything that reconciling could change, as the API tells it."""
        kinds = {
            "exchanges": ("name", "type"),
            "queues": ("name", "arguments"),
            "bindings": ("source", "destination", "routing_key"),
        }
        told: dict[str, Any] = {
            kind: sorted(str([each[key] for key in keys]) for each in self.call("GET", self.in_vhost(kind)))
            for kind, keys in kinds.items()
        }
        for kind in ("users", "permissions", "topic-permissions", "user-limits"):
            told[kind] = sorted(map(str, self.call("GET", kind)))
        return told

    def close(self) -> None:
        """Leave nothing at the node."""
        for each in self._open:
            each.close()
        self.node.management.remove_vhost(self.vhost)
        for user in self.users():
            self.call("DELETE", f"users/{user}")


def password_file(folder: Path) -> tuple[Path, str]:
    """A new password and the private file that holds it."""
    path, password = folder / secrets.token_hex(4), secrets.token_hex(16)
    path.touch(mode=0o600)
    path.write_text(password)
    return path, password
