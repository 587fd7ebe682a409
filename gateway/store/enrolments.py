"""Invitations, what connectors handed in, their certificates, and the linkage epochs sealed to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from gateway.model.client_certificate import ClientCertificate
from gateway.model.enrolment_request import EnrolmentRequest
from gateway.model.invitation import Invitation, InvitationState
from gateway.model.sealed_epoch_blob import SealedEpochBlob
from gateway.store.enrolment_tables import client_certificate, enrolment_request, invitation, sealed_epoch
from gateway.store.faults import StoreConflict
from gateway.store.transaction import Transaction, upsert
from identity.agency.enrolment_keys import document, from_document
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId

_CERTIFICATE = tuple(column.name for column in client_certificate.columns if column.name != "id")
_EPOCH = tuple(column.name for column in sealed_epoch.columns)


class SqlEnrolments:
    """`gateway.enrolment.ports.Enrolments`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add_invitation(self, invitation_: Invitation) -> None:
        """Raises `StoreConflict` where its id is taken."""
        self._db.run(insert(invitation), _invitation_row(invitation_))

    def save_invitation(self, invitation_: Invitation) -> None:
        """Replace all of it. Raises `StoreConflict` where it is not there."""
        changed = update(invitation).where(invitation.c.id == invitation_.id).values(_invitation_row(invitation_))
        if not self._db.run(changed):
            raise StoreConflict("there is no invitation of that id; add it first")

    def invitation(self, id: MessageId) -> Invitation | None:
        """The invitation of that id, whatever its state."""
        row = self._db.row(select(invitation).where(invitation.c.id == id))
        return None if row is None else _invitation(row)

    def open_invitations(self, now: datetime) -> list[Invitation]:
        """See the port."""
        waiting = select(invitation).where(
            invitation.c.used_at.is_(None), invitation.c.withdrawn_at.is_(None), invitation.c.expires_at > now
        )
        found = [
            _invitation(row) for row in self._db.rows(waiting.order_by(invitation.c.connector, invitation.c.made_at))
        ]
        return [each for each in found if each.state(now) is InvitationState.OPEN]

    def add_request(self, request: EnrolmentRequest) -> None:
        """Raises `StoreConflict` where the connector or its invitation has handed in before."""
        values = {
            "connector": request.connector,
            "invitation": request.invitation,
            "keys": document(request.keys),
            "certificate_request": request.certificate_request,
            "requested_at": request.requested_at,
        }
        self._db.run(insert(enrolment_request), values)

    def request(self, connector: ConnectorId) -> EnrolmentRequest | None:
        """What this connector handed in."""
        row = self._db.row(select(enrolment_request).where(enrolment_request.c.connector == connector))
        return None if row is None else _request(row)

    def renew_keys(self, request: EnrolmentRequest) -> None:
        """See the port. Raises `StoreConflict` where there is none."""
        found = update(enrolment_request).where(enrolment_request.c.connector == request.connector)
        if not self._db.run(found.values(keys=document(request.keys))):
            raise StoreConflict("this connector has not enrolled; invite it first")

    def renew_request(self, connector: ConnectorId, certificate_request: bytes) -> None:
        """See the port. Raises `StoreConflict` where there is none."""
        found = update(enrolment_request).where(enrolment_request.c.connector == connector)
        if not self._db.run(found.values(certificate_request=certificate_request)):
            raise StoreConflict("this connector has not enrolled; invite it first")

    def requests(self) -> list[EnrolmentRequest]:
        """See the port."""
        rows = self._db.rows(select(enrolment_request).order_by(enrolment_request.c.connector))
        return [_request(row) for row in rows]

    def add_certificate(self, certificate: ClientCertificate) -> None:
        """Raises `StoreConflict` where the serial number was given before."""
        values = {name: getattr(certificate, name) for name in _CERTIFICATE}
        self._db.run(insert(client_certificate), values)

    def certificate(self, connector: ConnectorId) -> ClientCertificate | None:
        """See the port."""
        return next(iter(self.certificates(connector, 1)), None)

    def certificates(self, connector: ConnectorId, limit: int) -> list[ClientCertificate]:
        """See the port."""
        found = select(client_certificate).where(client_certificate.c.connector == connector)
        rows = self._db.rows(found.order_by(client_certificate.c.id.desc()).limit(limit))
        return [ClientCertificate(**{name: getattr(row, name) for name in _CERTIFICATE}) for row in rows]

    def put_epoch(self, blob: SealedEpochBlob) -> None:
        """See the port."""
        statement = upsert(sealed_epoch, postgres=self._db.postgresql, key=("connector", "epoch"))
        values = {name: getattr(blob, name) for name in _EPOCH}
        self._db.run(statement, values)

    def epochs(self, connector: ConnectorId) -> list[SealedEpochBlob]:
        """See the port."""
        found = select(sealed_epoch).where(sealed_epoch.c.connector == connector)
        rows = self._db.rows(found.order_by(sealed_epoch.c.relayed_at, sealed_epoch.c.epoch))
        return [SealedEpochBlob(**row._mapping) for row in rows]


def _invitation_row(invitation_: Invitation) -> dict[str, Any]:
    values = {column.name: getattr(invitation_, column.name) for column in invitation.columns}
    return {**values, "agencies": [agency.value for agency in invitation_.agencies]}


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(**{**row._mapping, "agencies": tuple(AgencyId(agency) for agency in row.agencies)})


def _request(row: Row[Any]) -> EnrolmentRequest:
    return EnrolmentRequest(
        row.connector, row.invitation, from_document(row.keys), row.certificate_request, row.requested_at
    )
