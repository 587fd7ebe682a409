"""The header of an envelope: what is signed together with the message, and checked before the message is read."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.identifiers import AgreementId, MessageId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint


@dataclass(frozen=True, slots=True)
class EnvelopeHeader:
    """`message` is new at every sealing; `about` is the stable id of what is inside (notice, alert, statement or receipted message).

    `sender` and `destination` are connector ids, or the word `gateway`. `issued_at` is UTC, to the second. `not_after` is set on alerts.
    `agreement` and `agreement_version` name the sharing agreement the sender acts under (empty and 0 from the gateway).
    `software` is the version of the program that sealed it, such as 1.4.2; empty where it does not say. `checkpoint` is the one of the
    gateway's audit that it tells of on the day of `issued_at`: on receipts and its other replies, None on all else.
    """

    kind: MessageKind
    message: MessageId
    about: MessageId
    sender: str
    destination: str
    partnership: PartnershipId
    mode: Mode
    issued_at: datetime
    not_after: datetime | None = None
    agreement: AgreementId | None = None
    agreement_version: int = 0
    software: str = ""
    checkpoint: ToldCheckpoint | None = None


GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope that was decrypted and whose signature was verified. `key_id` is the thumbprint of the signer's key."""

    header: EnvelopeHeader
    body: bytes
    key_id: str
