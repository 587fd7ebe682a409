"""The port every source implements: an agency's records in, involvements out, nothing lost and nothing guessed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, runtime_checkable

from mappings.canonical.involvement import Involvement


class Coverage(StrEnum):
    """Whether a reading states everything the source holds (`FULL`: what is missing has vanished), or only a part."""

    FULL = "full"
    PARTIAL = "partial"


class SkipReason(StrEnum):
    """Why a row gives no involvement. Counted and shown by reason; a skip is a decision of the map, a rejection a fault
    of the row."""

    NOT_AN_INVOLVEMENT = "not-an-involvement"
    EXTERNAL_WORKER = "external-worker"
    NO_IDENTITY = "no-identity"
    UNBORN = "unborn"
    DUPLICATE = "duplicate"
    EARLIER_EVENT = "earlier-event"
    TEST_MESSAGE = "test-message"
    EXCLUDED = "excluded"
    NOT_ELIGIBLE = "not-eligible"
    OUTDATED = "outdated"
    NOT_ENOUGH_IDENTITY = "not-enough-identity"


@dataclass(frozen=True, slots=True)
class Read:
    """An involvement and where it stood (for lineage: file name and row or entry, never its content)."""

    where: str
    involvement: Involvement


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The source says that what it stated under this local id was an error (FHIR entered-in-error, a purge)."""

    where: str
    local_id: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that rightly gives no involvement."""

    where: str
    reason: SkipReason
    local_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that could not be read. `problem` names the column and the rule, never the value. One bad row never fails
    the file.

    `local_id` is the involvement's, where the row still told it: what cannot be read has not vanished.
    """

    where: str
    problem: str
    local_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Merged:
    """The source says that its client of one local id is its client of another, and is stated as that one from now on (HL7 v2 A40, FHIR
    Patient.link)."""

    where: str
    superseded: str = field(repr=False)
    surviving: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parted:
    """The source holds the client of this local id as a record of its own: if it said otherwise, that was wrong."""

    where: str
    local_id: str = field(repr=False)


Reading = Read | Withdrawn | Skipped | Rejected | Merged | Parted


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one reading of a source is: full or partial, as of which day."""

    coverage: Coverage
    as_of: date


class SourceUnreadable(Exception):
    """The source as a whole cannot be read (missing file, unknown column, wrong format). Names it and the way out."""


class Source(Protocol):
    """One agency's records. After a reading, `remarks` counts what was left out of rows that were otherwise used, by sentence; `unknown` names
    columns that no map names, `refused` says whether those stop publishing, and `unread` names files and sheets that play no part."""

    remarks: Counter[str]
    unknown: tuple[str, ...]
    refused: bool
    unread: tuple[str, ...]

    def snapshot(self) -> Snapshot:
        """What the next reading will cover. Raises `SourceUnreadable`."""

    def readings(self) -> Iterator[Reading]:
        """Every row in the order of the source. Raises `SourceUnreadable` before the first, never after it."""


@runtime_checkable
class Asked(Protocol):
    """A source that is a system of its own, which can be tried without reading everything."""

    def tried(self) -> str:
        """What was found when it was asked for a little: who it is, and as of when. Raises `SourceUnreadable`."""
