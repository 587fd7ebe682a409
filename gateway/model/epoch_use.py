"""How the linkage epochs are used in the register: which were retired, and how many live records have evidence under which."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId


@dataclass(frozen=True, slots=True)
class RetiredEpoch:
    """The keyholder said that it is over. `dropped_at`: when the last evidence under it had left the register."""

    epoch: str
    retired_at: datetime
    dropped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeptWord:
    """The keyholder's latest word, signed, as connectors are told it. A later one has a greater `serial`."""

    mode: Mode
    serial: int
    word: bytes


@dataclass(frozen=True, slots=True)
class EpochUse:
    """So many records of the agency that have a live involvement, with evidence under exactly these epochs. None: not counted yet, because
    the record is from before they were noted."""

    agency: AgencyId
    epochs: frozenset[str] | None
    records: int
