"""What a gateway tells a connector about itself at enrolment. Nothing of it is secret."""

from dataclasses import dataclass

from identity.agency.keys import PublicKeys, VerifyKey
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import GatewayId, PartnershipId


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where connectors reach the broker, always over TLS."""

    host: str
    port: int
    vhost: str


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """`keyholder` is None where the gateway's settings do not name the keyholder's public key; `broker` where there is none.
    `successions`: see `identity.agency.succession`; oldest first. `stewards` is the list that the keyholder signed, passed on as it is."""

    gateway: PublicKeys
    keyholder: VerifyKey | None
    partnership: PartnershipId
    mode: Mode
    home: GatewayId
    broker: BrokerAddress | None = None
    successions: tuple[bytes, ...] = ()
    stewards: bytes = b""
