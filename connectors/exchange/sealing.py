"""This connector's two ends of an envelope: sealing to the gateway, and opening what the gateway, and nobody else, sealed to us."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from connectors.keys.gateway_pins import GatewayPins, Pinned
from connectors.version import software_version
from identity.agency.envelope import Expectations, open_envelope, seal, seal_all
from identity.agency.key_ring import KeyRing, directory_of
from identity.agency.keys import PublicKeys, SigningKey
from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader, Opened
from mappings.canonical.identifiers import AgreementId, ConnectorId, MessageId, PartnershipId


@dataclass(frozen=True, slots=True)
class Correspondence:
    """Who writes to whom, under which agreement. `gateway` are the gateway's pinned public keys: no other signer is believed. With `pins`
    they follow the gateway's own rotations."""

    connector: ConnectorId
    partnership: PartnershipId
    mode: Mode
    agreement: AgreementId | None
    agreement_version: int
    signer: SigningKey
    decryption: KeyRing
    gateway: PublicKeys
    pins: GatewayPins | None = None

    def seal(self, kind: MessageKind, about: MessageId, body: bytes, now: datetime) -> bytes:
        """Sealed afresh, with a new message id, issued now. Raises `Oversized` where the body is too big for any envelope."""
        return seal(self._header(kind, about, now), body, self.signer, self._pinned().current.encryption)

    def seal_all(self, messages: Iterable[tuple[MessageKind, MessageId, bytes]], now: datetime) -> list[bytes | None]:
        """The same for each, in order; None where the body is too big."""
        headed = [(self._header(kind, about, now), body) for kind, about, body in messages]
        return seal_all(headed, self.signer, self._pinned().current.encryption)

    def _header(self, kind: MessageKind, about: MessageId, now: datetime) -> EnvelopeHeader:
        return EnvelopeHeader(
            kind=kind,
            message=MessageId(str(uuid.uuid4())),
            about=about,
            sender=self.connector.value,
            destination=GATEWAY,
            partnership=self.partnership,
            mode=self.mode,
            issued_at=now.replace(microsecond=0),
            agreement=self.agreement,
            agreement_version=self.agreement_version,
            software=software_version(),
        )

    def open(self, sealed: bytes, now: datetime) -> Opened:
        """What the gateway says. Raises `EnvelopeFault`."""
        expect = Expectations(self.connector.value, self.partnership, self.mode, sender=GATEWAY)
        return open_envelope(sealed, self.decryption, directory_of(*self._pinned().verify_keys(now)), expect, now)

    def _pinned(self) -> Pinned:
        return self.pins.pinned() if self.pins else Pinned(self.gateway)
