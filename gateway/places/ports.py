"""What protecting places needs of the store (`gateway.ports`)."""

from datetime import datetime
from typing import Protocol

from gateway.model.protection import Protection
from identity.person.protected_place import ProtectedTokens


class Protections(Protocol):
    """The keyholder's lists of protected places: one in force for an epoch, and at most one offered in its place."""

    def offer(self, protection: Protection, tokens: ProtectedTokens) -> None:
        """Keep a list that is not in force yet, in place of any offered before for its epoch."""

    def activate(self, epoch: str, digest: str, at: datetime) -> None:
        """Put the offered list in force, in place of the one before. Raises `KeyError` where it was not offered."""

    def all(self) -> list[Protection]:
        """Every list, offered and in force, by epoch."""

    def tokens(self, epoch: str, digest: str) -> ProtectedTokens:
        """What one list holds. Raises `KeyError`."""
