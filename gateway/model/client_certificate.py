"""A certificate by which a connector is known to the broker, and to a proxy in front of the gateway."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.identifiers import ConnectorId


class Issuer(StrEnum):
    """Who signed it."""

    BUILT_IN = "built-in"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """`serial` is hexadecimal. `key_digest` is SHA-256 over the public key it certifies. `chain` is PEM: what to believe it by."""

    serial: str
    connector: ConnectorId
    pem: bytes
    chain: bytes
    key_digest: str
    issuer: Issuer
    valid_from: datetime
    valid_until: datetime
    issued_at: datetime
