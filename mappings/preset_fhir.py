"""The `map` section of a FHIR preset into a `FhirMap`."""

from string import Formatter

from mappings.canonical.codes import Gender, IdentifierSystem, RelationKind, ServiceLine, Strength
from mappings.concept_map import fold
from mappings.fhir_map import FhirLimits, FhirMap, OrganisationAs, State
from mappings.preset_concepts import read_concept_map
from mappings.preset_section import Section

KEY_PARTS = frozenset({"identifier", "system", "type"})


def read_fhir_map(body: Section) -> FhirMap:
    """The map. Raises `PresetError`."""
    concepts = body.section("concepts")
    key = body.text("key")
    try:
        names = {name for _, name, _, _ in Formatter().parse(key) if name is not None}
    except ValueError:
        names = set()
    if "identifier" not in names or not names <= KEY_PARTS:
        raise body.error(
            "key", "expected a template of {identifier}, with {system} or {type} where that alone is not unique"
        )
    made = FhirMap(
        limits=_limits(body.section("limits")),
        identifier_systems=_systems(body.section("identifier_systems")),
        ods_system=body.text("ods_system"),
        verification_extensions=frozenset(body.texts("verification_extensions")),
        verification=read_concept_map(concepts, "verification", Strength),
        gender=read_concept_map(concepts, "gender", Gender),
        service=read_concept_map(concepts, "service", ServiceLine),
        relation=read_concept_map(concepts, "relation", RelationKind),
        relation_standing_extensions=frozenset(body.texts("relation_standing_extensions", ())),
        restricted=frozenset(fold(code) for code in body.texts("restricted")),
        care_team_status=_states(body.section("care_team_status")),
        episode_status=_states(body.section("episode_status")),
        organisation_as=body.code("organisation_as", OrganisationAs),
        local_systems=body.texts("local_systems", ()),
        key=key,
        foreign_profiles=body.texts("foreign_profiles", ()),
        foreign_elements=_elements(body.section("foreign_elements")),
    )
    concepts.done()
    return made


def _limits(section: Section) -> FhirLimits:
    limits = FhirLimits(
        size=section.number("megabytes", 1, 1_000) * 1024 * 1024,
        depth=section.number("depth", 8, 100),
        entries=section.number("entries", 1, 5_000_000),
        text=section.number("text", 100, 10_000_000),
    )
    section.done()
    return limits


def _systems(section: Section) -> dict[str, IdentifierSystem]:
    systems = {uri: section.code(uri, IdentifierSystem) for uri in section.names()}
    section.done()
    return systems


def _elements(section: Section) -> dict[str, tuple[tuple[str, ...], ...]]:
    elements = {type: tuple(tuple(one.split("/")) for one in section.texts(type)) for type in section.names()}
    section.done()
    return elements


def _states(section: Section) -> dict[str, State]:
    states = {status: section.code(status, State) for status in section.names()}
    section.done()
    return states
