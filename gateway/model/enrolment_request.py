"""What a connector handed in at its enrolment: the keys it will be known by, and its request for a certificate."""

from dataclasses import dataclass
from datetime import datetime

from identity.agency.enrolment_keys import EnrolmentKeys
from mappings.canonical.identifiers import ConnectorId, MessageId


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """`certificate_request` is PKCS #10 in PEM form, verified when it came, for the TLS key whose digest `keys` holds."""

    connector: ConnectorId
    invitation: MessageId
    keys: EnrolmentKeys
    certificate_request: bytes
    requested_at: datetime
