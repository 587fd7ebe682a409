"""What a gateway tells a connector about itself at enrolment. Nothing of it is secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.model.side import BOTH, Side
from identity.agency.keys import PublicKeys, VerifyKey
from identity.agency.trust import Status
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import GatewayId, PartnershipId


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where connectors reach the broker, always over TLS. `ca` is PEM: what to believe its certificate by; empty: what the operating
    system believes."""

    host: str
    port: int
    vhost: str
    ca: bytes = b""


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """`keyholder` is None where the gateway's settings do not name the keyholder's public key; `broker` where there is none.
    `successions`: see `identity.agency.succession`; oldest first. `mode` is that of the register; `trial_side`: there is one beside it.
    `stewards` are the lists that the keyholder signed, one for each mode, passed on as they are."""

    gateway: PublicKeys
    keyholder: VerifyKey | None
    partnership: PartnershipId
    mode: Mode
    home: GatewayId
    broker: BrokerAddress | None = None
    successions: tuple[bytes, ...] = ()
    trial_side: bool = False
    stewards: Mapping[Mode, bytes] = field(default_factory=dict)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides of this gateway."""
        return BOTH if self.trial_side else (Side(self.mode),)

    def side_of(self, status: Status) -> Side:
        """The one side that a connector of that status is on."""
        return next(side for side in self.sides if side.is_place_of(status))
