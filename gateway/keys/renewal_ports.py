"""What rotating the gateway's own secrets and the linkage epochs needs of the store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.model.epoch_use import EpochUse, KeptWord, RetiredEpoch
from gateway.model.renewal import Renewal
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import Mode
from mappings.canonical.evidence import Evidence

Evidences = tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Anew:
    """What `kept` leaves of evidence; and the keys it is `indexed` under where it is another then, or (`every`) in any case."""

    kept: Callable[[Evidences], Evidences]
    indexed: Callable[[Evidences], IndexKeys]
    every: bool = False


class Renewals(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.renewals`)."""

    def state(self) -> Renewal: ...
    def save(self, renewal: Renewal) -> None: ...
    def renew_records(self, after: int, limit: int, anew: Anew) -> int | None:
        """Bring the next records under the data key that seals now, and their evidence and index keys to what `anew` says. Returns the number
        of the last one; None where there is no other."""

    def renew_involvements(self, after: int, limit: int, anew: Anew) -> int | None:
        """The same for the workers of involvements, and for the relatives that they name."""

    def renew_protections(self, retired: Iterable[str]) -> None:
        """The same for the lists of protected places, all of them; those of retired epochs are dropped."""

    def renew_champions(self) -> None:
        """The same for the champions of the roll-out plan, all of them."""


class Epochs(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.epochs`)."""

    def retired(self) -> list[RetiredEpoch]:
        """Every one, in the order of their retirement."""

    def retire(self, epoch: str, at: datetime) -> None:
        """Nothing where it is retired already."""

    def note_dropped(self, at: datetime) -> list[str]:
        """Nothing is left under any retired epoch. Returns those of which something had been."""

    def word(self, mode: Mode) -> KeptWord | None: ...
    def keep_word(self, word: KeptWord) -> None:
        """In the place of the one before."""

    def uses(self) -> list[EpochUse]:
        """By agency."""
