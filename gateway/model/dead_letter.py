"""A message that was refused, kept as it came: still sealed, with the reasons, so that a person can look, replay or discard it."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.receipt import Issue


@dataclass(frozen=True, slots=True)
class Discard:
    """Who gave a dead letter up, when and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`sender` is the connector that the channel proved, else the one that the signature did, if any. `received_at` is the instant
    it is validated as of. `sealed` is empty once it was discarded; the digest and the reasons stay."""

    id: int
    received_at: datetime
    sender: ConnectorId | None
    digest: str
    sealed: bytes
    issues: tuple[Issue, ...]
    replayed_at: datetime | None = None
    discarded: Discard | None = None

    @property
    def is_open(self) -> bool:
        """Whether something can still become of it."""
        return self.replayed_at is None and self.discarded is None

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of its reasons, each once, sorted."""
        return tuple(sorted({issue.code for issue in self.issues}))


@dataclass(frozen=True, slots=True)
class DeadLetterGroup:
    """How many open dead letters of one sender share exactly these reasons, and when the first and the last came."""

    reasons: tuple[str, ...]
    sender: ConnectorId | None
    number: int
    oldest: datetime
    newest: datetime
