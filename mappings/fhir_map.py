"""The declarative map of a FHIR R4 bundle: systems, code lists, which states count, and how keys are made. Data, never
code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mappings.canonical.codes import Gender, IdentifierSystem, RelationKind, ServiceLine, Strength
from mappings.concept_map import ConceptMap


class State(StrEnum):
    """What a resource's status means: involved, was involved, not (yet) involved, or recorded in error."""

    OPEN = "open"
    CLOSED = "closed"
    SKIP = "skip"
    WITHDRAW = "withdraw"


class OrganisationAs(StrEnum):
    """How an organisation stands for a team that is not named: by its ODS code or by its name."""

    CODE = "code"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class FhirLimits:
    """Bounds on one bundle: `size` in bytes, `depth` in nested arrays and objects, `entries` in the bundle, `text` in
    characters."""

    size: int
    depth: int
    entries: int
    text: int


@dataclass(frozen=True, slots=True)
class FhirMap:
    """`key` is a template of `{identifier}`, `{system}` and `{type}`. `restricted` are the meta.security codes whose
    people are never published. `local_systems` are the identifier systems of the agency's own patient number, first
    wins; without one, the first identifier that is not a national number. `foreign_profiles` are pieces of meta.profile
    that show another FHIR version, `foreign_elements` those that only another version has, by resource type, each as the
    names on the way to it. `relation` maps what a RelatedPerson is to the patient; `relation_standing_extensions` are the URLs under
    which a system says that a relation is disputed or under no contact."""

    limits: FhirLimits
    identifier_systems: Mapping[str, IdentifierSystem]
    ods_system: str
    verification_extensions: frozenset[str]
    verification: ConceptMap[Strength]
    gender: ConceptMap[Gender]
    service: ConceptMap[ServiceLine]
    relation: ConceptMap[RelationKind]
    relation_standing_extensions: frozenset[str]
    restricted: frozenset[str]
    care_team_status: Mapping[str, State]
    episode_status: Mapping[str, State]
    organisation_as: OrganisationAs
    local_systems: tuple[str, ...]
    key: str
    foreign_profiles: tuple[str, ...]
    foreign_elements: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
