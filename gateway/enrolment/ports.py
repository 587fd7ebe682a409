"""What enrolment needs of the store: invitations, what connectors handed in, their certificates, and the epochs sealed to them."""

from datetime import datetime
from typing import Protocol

from gateway.model.client_certificate import ClientCertificate
from gateway.model.enrolment_request import EnrolmentRequest
from gateway.model.invitation import Invitation
from gateway.model.sealed_epoch_blob import SealedEpochBlob
from mappings.canonical.identifiers import ConnectorId, MessageId


class Enrolments(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.enrolments`)."""

    def add_invitation(self, invitation: Invitation) -> None: ...
    def save_invitation(self, invitation: Invitation) -> None: ...
    def invitation(self, id: MessageId) -> Invitation | None: ...
    def open_invitations(self, now: datetime) -> list[Invitation]:
        """Neither used nor withdrawn nor expired nor locked at `now`, by connector id."""

    def add_request(self, request: EnrolmentRequest) -> None: ...
    def request(self, connector: ConnectorId) -> EnrolmentRequest | None: ...
    def renew_keys(self, request: EnrolmentRequest) -> None:
        """Put the keys of this one in place of those there."""

    def renew_request(self, connector: ConnectorId, certificate_request: bytes) -> None:
        """Put another certificate request in place of the one there."""

    def requests(self) -> list[EnrolmentRequest]:
        """All, by connector id."""

    def add_certificate(self, certificate: ClientCertificate) -> None: ...
    def certificate(self, connector: ConnectorId) -> ClientCertificate | None:
        """The one that was issued last."""

    def certificates(self, connector: ConnectorId, limit: int) -> list[ClientCertificate]:
        """Those that were issued last, the newest first."""

    def put_epoch(self, blob: SealedEpochBlob) -> None:
        """Insert, or replace the blob of the same connector and epoch."""

    def epochs(self, connector: ConnectorId) -> list[SealedEpochBlob]:
        """Every epoch relayed to the connector, in the order they came."""
