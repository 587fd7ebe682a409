"""What the gateway owes a connector besides alerts: a receipt, a statement reply, or its daily check list. Kept until the channel confirmed it."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import ConnectorId, MessageId


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is the plain message; it says nothing about any other agency. Sealed at sending to the connector's current key. It is empty where
    the reply left before, and came back with a backup of the register: nobody can read it, and it is not sent again."""

    id: int
    connector: ConnectorId
    kind: MessageKind
    about: MessageId
    body: bytes
    next_attempt_at: datetime
    attempts: int = 0
