"""Where the broker is that this gateway keeps, and who there is not a connector. Read from the settings once."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from connectors.channel.amqp_settings import AmqpSettings, is_loopback
from connectors.channel.topology import Topology
from gateway.broker_settings import broker_settings
from gateway.model.side import BOTH, Side
from gateway.settings import Settings, SettingsFault
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

NOT_KEPT = (
    "the setting 'broker_management_url' is missing: without it nobody keeps the broker's users in step with the trust register. Set it "
    "with broker_management_user and broker_management_password_file; for a demo with invented people, broker_shared_user = true does "
    "without"
)


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """`amqp` is how the gateway itself gets in; `management_*` is the management API and its administrator. `check_*`: a client
    certificate for the self-check, where the broker takes no passwords. `trial`: the names of the trial side beside the live one."""

    amqp: AmqpSettings
    topology: Topology
    mode: Mode
    management_url: str
    management_user: str
    management_password_file: Path
    ca_file: Path | None
    check_cert_file: Path | None = None
    check_key_file: Path | None = None
    trial: Topology | None = None

    @property
    def sides(self) -> tuple[tuple[Side, Topology], ...]:
        """Every side of the gateway, with its names at the broker."""
        if self.trial is None:
            return ((Side(self.mode), self.topology),)
        return tuple(zip(BOTH, (self.topology, self.trial), strict=True))

    @property
    def vhost(self) -> str:
        """The virtual host, which is this partnership's alone. Its two sides share it: the names in it say which is meant."""
        return self.amqp.vhost

    @property
    def own_users(self) -> frozenset[str]:
        """The users that are the gateway itself: never a connector's, never touched."""
        return frozenset({self.amqp.user, self.management_user})


def broker_place(settings: Settings) -> BrokerPlace | None:
    """The broker to keep; None where there is none, or where its one user is shared. Raises `SettingsFault`."""
    amqp = broker_settings(settings)
    if amqp is None or amqp.shared_user:
        return None
    if not settings.broker_management_url:
        raise SettingsFault(NOT_KEPT)
    parts = urlsplit(settings.broker_management_url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise SettingsFault("the setting 'broker_management_url' must look like https://host:15671")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsFault(
            "the setting 'broker_management_url': plain http reaches a broker on this machine only; use https"
        )
    if not settings.broker_management_user or settings.broker_management_password_file is None:
        raise SettingsFault(
            "broker_management_url needs broker_management_user and broker_management_password_file beside it"
        )
    if (settings.broker_check_cert_file is None) != (settings.broker_check_key_file is None):
        raise SettingsFault("the settings 'broker_check_cert_file' and 'broker_check_key_file' belong together")
    topologies = [Topology(PartnershipId(settings.partnership), each.mode) for each in settings.sides]
    return BrokerPlace(
        amqp=amqp,
        topology=topologies[0],
        mode=settings.mode,
        management_url=settings.broker_management_url.rstrip("/"),
        management_user=settings.broker_management_user,
        management_password_file=settings.broker_management_password_file,
        ca_file=settings.broker_ca_file,
        check_cert_file=settings.broker_check_cert_file,
        check_key_file=settings.broker_check_key_file,
        trial=topologies[1] if len(topologies) > 1 else None,
    )
