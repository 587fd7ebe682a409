"""What the register holds of an agency's merge of two of its own records: a tombstone that remembers what it takes to undo it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.identifiers import AgencyId, ConnectorId, PersonRef
from mappings.canonical.notice import Sequence


class MergeState(StrEnum):
    """`WAITS`: a steward's word stands against it, so that nothing has moved yet. `UNDONE`: taken back, or never more than that."""

    STANDS = "stands"
    WAITS = "waits"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class RegisteredMerge:
    """`superseded` is merged into `surviving`, both references of `agency`; one row a superseded reference, the latest word about it.

    The others are link ids: `superseded_link` is the one that the superseded record lost, `survivor_before` and `survivor_after` the survivor's
    before the merge and after it. None where there was none.
    """

    agency: AgencyId
    superseded: PersonRef
    surviving: PersonRef
    state: MergeState
    sequence: Sequence
    connector: ConnectorId
    at: datetime
    superseded_link: int | None = None
    survivor_before: int | None = None
    survivor_after: int | None = None
