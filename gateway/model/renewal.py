"""Which secrets the register rests on, and how far it has been gone through to bring it under new ones."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Renewal:
    """Secrets by their ids, which tell nothing about them; a `next_...` one takes the place of the other when everything is under it.

    `records_after` and `involvements_after` are the last rows that were gone through; None: nothing is to be done. A `pairing` that is None
    is still derived from the pepper. `index_stale`: all of it is yet to be indexed as this release does, after an upgrade from an earlier one.
    """

    data_key: bytes | None = None
    next_data_key: bytes | None = None
    pepper: bytes | None = None
    next_pepper: bytes | None = None
    pairing: bytes | None = None
    records_after: int | None = None
    involvements_after: int | None = None
    index_stale: bool | None = None

    def from_the_beginning(self) -> "Renewal":
        """All rows are to be gone through, also where something else is under way."""
        return replace(self, records_after=0, involvements_after=0)

    @property
    def runs(self) -> bool:
        """Whether there are rows to be gone through."""
        return self.records_after is not None or self.involvements_after is not None
