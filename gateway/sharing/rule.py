"""A sharing rule: what one kind of agency lets another learn of its involvements, or never lets it learn. A rule is data.

* A permit says how much is shown (`AlertLevel`), on which ground of each discloser, from when until when, reviewed by when, and whose it is.
* A permit counts only while it is valid and its review is not overdue. A forbid has no end: it stands until a version of the set leaves it out.
* A permit is mutual unless it says `one_way`: what it lets A learn of B counts only where another lets B learn of A (`sharing.policy`).
* A service that must stay private is shown no more than it shows, unless a one-way permit says `to_private` and why (`sharing.privacy`).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.sharing.ground import Ground
from mappings.canonical.codes import AgeBand, AgencyType, AlertLevel, RelationKind, Sensitivity, ServiceLine
from mappings.canonical.identifiers import AgencyId

SAME_PERSON = "same-person"
UNIVERSAL = frozenset({AgencyType.GENERAL_PRACTICE, AgencyType.SCHOOL, AgencyType.HEALTH_ACUTE})
"""Services that nearly everybody uses: told of everyone they know, they would be told too much. No permit covers them unless it names them."""

Relative = RelationKind | None
"""What the discloser's client is to the recipient's, as the alert would say it; None where both are one person."""


class Effect(StrEnum):
    """What a rule does to whatever it covers. A forbid wins over every permit."""

    PERMIT = "permit"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `from_types` disclose to `to_types`; `from_agencies` and `to_agencies` narrow that to single agencies, None means all of the
    types. `services` and `sensitivities` are those of the involvement that is disclosed. A permit covers age bands only where it covers
    every band that is claimed; a forbid where it covers any. `grounds` is None only in the set that ships: the agreement's own bases then
    count. `one_way` is the reason why nothing need be disclosed in return, empty where the rule is mutual; `to_private`, why a recipient that
    must stay private is shown more than it shows."""

    id: str
    effect: Effect
    from_types: frozenset[AgencyType]
    to_types: frozenset[AgencyType]
    from_agencies: frozenset[AgencyId] | None
    to_agencies: frozenset[AgencyId] | None
    services: frozenset[ServiceLine]
    age_bands: frozenset[AgeBand]
    sensitivities: frozenset[Sensitivity]
    relations: frozenset[Relative]
    purpose: str
    level: AlertLevel | None
    grounds: tuple[Ground, ...] | None
    one_way: str
    valid_from: date
    valid_until: date | None
    review_by: date
    owner: str
    to_private: str = ""

    def counts_on(self, day: date) -> bool:
        """Whether it has any effect that day."""
        if self.effect is Effect.FORBID:
            return self.valid_from <= day
        return self.valid_until is not None and self.valid_from <= day <= min(self.valid_until, self.review_by)
