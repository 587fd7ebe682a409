"""A message that was refused, kept as it came: still sealed, with the reasons, so that a person can look and replay it."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.receipt import Issue


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`sender` is the connector the channel or the signature proved, if any. `received_at` is the instant it is validated as of."""

    id: int
    received_at: datetime
    sender: ConnectorId | None
    digest: str
    sealed: bytes
    issues: tuple[Issue, ...]
    replayed_at: datetime | None = None
