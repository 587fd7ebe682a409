"""A relation as one involvement's notice states it: a relative of the client, by evidence only, and whom of the register that is."""

from dataclasses import dataclass

from mappings.canonical.codes import Certainty, RelationKind, RelationStanding
from mappings.canonical.evidence import Evidence


@dataclass(frozen=True, slots=True)
class StatedRelation:
    """Somebody stands in the relation `kind` to the client of involvement `involvement_id`. `person_id` is the person of the register that
    the evidence clearly matches, and `certainty` how clearly; both None while it matches nobody. A relation creates no person."""

    id: int
    involvement_id: int
    kind: RelationKind
    standing: RelationStanding
    evidence: tuple[Evidence, ...]
    person_id: int | None = None
    certainty: Certainty | None = None
