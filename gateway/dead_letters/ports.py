"""What the use cases need of the store for messages that were refused."""

from datetime import datetime
from typing import Protocol

from gateway.model.dead_letter import DeadLetter, DeadLetterGroup, Discard


class DeadLetters(Protocol):
    """Refused messages, still sealed. Nothing changes what was sealed; it is kept as it came, or removed whole."""

    def add(self, letter: DeadLetter) -> int: ...
    def get(self, id: int) -> DeadLetter | None: ...
    def all(self, limit: int, reason: str | None = None) -> list[DeadLetter]:
        """The newest first; with `reason`, those that have this code among their reasons."""

    def groups(self, limit: int) -> list[DeadLetterGroup]:
        """The open ones by reasons and sender, the largest group first."""

    def open_ids(self, reason: str, limit: int) -> list[int]:
        """The oldest open ones that have this code among their reasons, in the order in which they came."""

    def mark_replayed(self, id: int, at: datetime) -> None: ...
    def discard(self, id: int, discard: Discard) -> None:
        """Remove what was sealed for good; the rest stays."""
