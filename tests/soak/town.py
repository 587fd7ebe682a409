"""The partnership that a soak runs: a gateway on PostgreSQL and on a RabbitMQ that lets in by certificate alone, and keeps the broker.

Everybody comes by an invitation, over real HTTP. The broker's node belongs to the soak, because it believes the authority of this gateway.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from connectors.enrolment.state import Place
from deploy.servers.rabbitmq import RabbitMQ, ServerTls
from gateway.app import open_register, opened_office
from gateway.cli.carrying_out import after_commit
from gateway.enrolment.authority import make_authority
from gateway.initialise import initialise
from gateway.store.sql_store import SqlStore
from gateway.trust.onboarding import ADD_AGENCY, agency_content
from gateway.trust.operators import ENROL, Office, enrolment_content
from tests.gateway.broker.certificates import Authority
from tests.soak.residents import CONSENT
from tests.system.children import Row
from tests.system.partnership import AGREEMENT, HOME, PARTNERSHIP, Partnership
from tests.system.site import Site, agency_uri

GATEWAY_USER = "patchwork-gateway"
BASIS = "children-act-2004-s10"
YOUTH, HEALTH, LIBRARY = "youth", "health", "library"
CARRIERS = {
    "school": "https",
    HEALTH: "amqp",
    YOUTH: "https",
    "housing": "amqp",
    "police": "amqp",
    "charity": "https",
    "clinic": "amqp",
    "nursery": "https",
}
"""Every agency that may take part, in the order in which they come, and how its connector reaches its inbox."""

# The youth service signs under an agreement with a library that never comes. It shares with health under another, on one basis only.
OWN_AGREEMENT, YOUTH_AGREEMENT = "seaton-youth-own", "seaton-youth"
ALERT_LIFETIME_SECONDS = 20


def permits(agency: str, row: Row, other: str, theirs: Row) -> bool:
    """What the agreements of the town come to: all but the youth service know of each other, and it and health do where neither rests on
    consent."""
    if YOUTH in (agency, other):
        return {agency, other} == {YOUTH, HEALTH} and CONSENT not in (row.basis, theirs.basis)
    return True


@dataclass
class Town(Partnership):
    """`with Town(folder, database_url=...) as town:`. The gateway runs from then on; nobody has enrolled yet."""

    keyholder_fingerprint: str = field(default="", init=False)

    def __enter__(self) -> Self:
        self._node: RabbitMQ | None = None
        try:
            super().__enter__()
            self.keyholder_fingerprint = self.keyholder.public.id.value
            self.store: SqlStore = open_register(self.settings)
            self.start_gateway()
        except BaseException:
            self._discard_node()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, error, trace)
            self.store.close()
        finally:
            self._discard_node()

    @property
    def url(self) -> str:
        """Where connectors reach the gateway."""
        return f"http://127.0.0.1:{self.port}"

    def sign(self, action: str, content: dict[str, Any]) -> Any:
        """Carry out what one person signs, or two where it takes two, with all that follows from it, as the command line does."""
        with opened_office(self.settings_file) as (settings, office):
            handed = self._hand_in(office, action, content)
            after_commit(settings, office, handed)
        return handed.result

    def agreement_of(self, name: str) -> str:
        """The agreement that an agency signs its notices under."""
        return OWN_AGREEMENT if name == YOUTH else AGREEMENT

    def place(self, site: Site) -> Place:
        """Where everything of an enrolled connector stands."""
        return Place(site.folder)

    def _make_gateway(self) -> Path:
        folder = self.folder / "gateway"
        built_in = make_authority(folder / "authority", "Seaton", datetime.now(UTC))
        authority = Authority(self.folder / "broker", like=built_in)
        shown = authority.server()
        self._node = node = RabbitMQ(tls=ServerTls(authority.file, shown.certificate, shown.key))
        vhost = node.fresh_vhost()
        node.management.call("PUT", f"users/{GATEWAY_USER}", {"password_hash": "", "tags": ""})
        ours = r"^(patchwork\.seaton\.trial\.|inbox\.)"
        node.management.call(
            "PUT", f"permissions/{vhost}/{GATEWAY_USER}", {"configure": ours, "write": ours, "read": ours}
        )
        own = authority.client(GATEWAY_USER)
        url_file = self.folder / "database.url"
        url_file.touch(mode=0o600)
        url_file.write_text(self.database_url, "utf-8")
        members: dict[str, str | int | float] = {
            "partnership": PARTNERSHIP.value,
            "gateway_id": HOME,
            "listen_port": self.port,
            "internal_port": self.internal_port,
            "public_url": self.url,
            "keyholder_public_file": str(self.folder / "keyholder.json"),
            "tick_seconds": 0.2,
            "alert_lifetime_seconds": ALERT_LIFETIME_SECONDS,
            "database_url_file": str(url_file),
            "broker_url": f"amqps://{GATEWAY_USER}@127.0.0.1:{node.tls_port}/{vhost}",
            "broker_ca_file": str(authority.file),
            "broker_cert_file": str(own.certificate),
            "broker_key_file": str(own.key),
            "broker_management_url": node.management_url,
            "broker_management_user": node.user,
            "broker_management_password_file": str(node.password_file),
            "broker_reconcile_seconds": 5,
            "batch_size": 25,
        }
        return initialise(folder, members).settings_file

    def _open_office(self, office: Office) -> None:
        self._office = office
        self._sign(ENROL, enrolment_content("anna", ["registrar", "ig-lead"], self.signer.public))
        self._sign(ENROL, enrolment_content("omar", ["security-officer", "dpo"], self.second.public))
        agencies = {name: agency_uri(name) for name in (*CARRIERS, LIBRARY)}
        for name, agency in agencies.items():
            self._sign(ADD_AGENCY, agency_content(agency, name.title(), "charity", "Seaton Council"))
        self._agree(AGREEMENT, [agencies[name] for name in CARRIERS if name != YOUTH], [BASIS])
        self._agree(YOUTH_AGREEMENT, [agencies[YOUTH], agencies[HEALTH]], [BASIS])
        self._agree(OWN_AGREEMENT, [agencies[YOUTH], agencies[LIBRARY]], [BASIS, CONSENT])

    def _discard_node(self) -> None:
        if self._node is not None:
            self._node.discard()
            self._node = None
