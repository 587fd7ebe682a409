"""What the disclosure record needs of the store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True, repr=False)
class KeptDisclosure:
    """`sealed` can be opened by the DPOs alone; empty while no DPO's key is there, and then it waits under the gateway's own key. `recipient` and
    `discloser` are the numbers of the records that it is about; a number tells nothing once its record is erased."""

    id: int
    recipient: int
    discloser: int
    keep_until: date
    sealed: str


class DisclosureRecords(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.disclosure_records`)."""

    def add(self, recipient: int, discloser: int, keep_until: date, sealed: str) -> None:
        """One that is sealed to the DPOs."""

    def add_waiting(self, recipient: int, discloser: int, keep_until: date, document: bytes) -> None:
        """One that waits for a DPO's key, under the gateway's own key meanwhile."""

    def seal_waiting(self, after: int, limit: int, seal: Callable[[bytes], str]) -> int | None:
        """Seal those that wait, lowest number first. Returns the last number it looked at, None where there is none above `after`."""

    def waiting(self) -> int:
        """How many wait for a DPO's key."""

    def of_records(self, records: Iterable[int], limit: int) -> list[KeptDisclosure]:
        """Of which one of the records is either side, oldest first."""

    def drop(self, today: date, limit: int) -> int:
        """Forget those whose clock has run out before that day, and by what they were found. Returns how many it was."""

    def note_subject(self, record: int, keys: Iterable[int]) -> None:
        """Let the record be found by these keys after it is erased."""

    def records_under(self, keys: Iterable[int], limit: int) -> list[int]:
        """The records that were noted under one of these keys, lowest first."""
