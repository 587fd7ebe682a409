"""A source of one message: what a system of the agency's own sent, already read. It states what it states and says nothing of the rest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from connectors.sources.port import Coverage, Reading, Snapshot


@dataclass(slots=True, repr=False)
class MessageSource:
    """See the port. `as_of` is the day it was taken."""

    stated: Sequence[Reading]
    as_of: date
    remarks: Counter[str] = field(default_factory=Counter)
    unknown: tuple[str, ...] = ()
    refused: bool = False
    unread: tuple[str, ...] = ()

    def snapshot(self) -> Snapshot:
        """A part, always."""
        return Snapshot(Coverage.PARTIAL, self.as_of)

    def readings(self) -> Iterator[Reading]:
        """What the message says."""
        return iter(self.stated)
