"""A connection: two live involvements of different agencies with one person, or with a person and a relative whom a notice names, which
the rules permit both sides to know."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.codes import Certainty, RelationKind
from mappings.canonical.identifiers import MessageId, SpokenReference


class ConnectionState(StrEnum):
    """`ENDED`: no longer so, or no longer shared. `RETRACTED`: should never have been told."""

    LIVE = "live"
    ENDED = "ended"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Connection:
    """`first` < `second` are involvement ids. The id and the spoken reference are keyed from the pair, so that a restored gateway makes
    the same ones again. `links` are the ids of both records' links: the versions that alerts rest on. `relation` is what the second's
    client is to the first's; None where both are one person."""

    id: MessageId
    first: int
    second: int
    links: tuple[int, int]
    spoken_reference: SpokenReference
    certainty: Certainty
    state: ConnectionState
    opened_at: datetime
    closed_at: datetime | None = None
    relation: RelationKind | None = None
