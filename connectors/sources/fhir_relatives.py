"""RelatedPerson resources as the relations of a patient: parents, carers, children, siblings and partners, in the preset's codes.

What is over, no longer active, restricted, or of a kind that the preset does not map is left out: a relation that is not stated joins
nobody. A relation is disputed, or under no contact, where an extension that the preset names says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from connectors.sources.fhir_nodes import Misfit, Node, child, children, codes, day, text
from connectors.sources.fhir_person import PatientMap, restricted
from connectors.sources.fhir_references import BundleIndex, Entry
from mappings.canonical.codes import RelationKind, RelationStanding
from mappings.canonical.involvement import Relation
from mappings.canonical.notice import MAX_RELATIONS
from mappings.concept_map import UnmappedCode
from mappings.fhir_map import FhirMap

LEFT_OUT = "RelatedPerson: could not be read; the relation was left out"
TOO_MANY = f"RelatedPerson: a patient has more than {MAX_RELATIONS}; the last ones were left out"


@dataclass(frozen=True, slots=True, repr=False)
class Relatives:
    """The relations of every patient of one bundle. `as_of` is the day of the extract; `patients` notes what is left out."""

    map: FhirMap
    patients: PatientMap
    index: BundleIndex
    as_of: date
    entries: tuple[Entry, ...]

    def of(self, patient: Entry) -> tuple[Relation, ...]:
        """What the bundle says of this patient's relatives, no more than a notice carries. What must not join anybody comes first: it is
        never what is cut."""
        found = sorted(self._relations(patient), key=lambda relation: relation.standing is RelationStanding.CURRENT)
        if len(found) > MAX_RELATIONS:
            self.patients.remarks[TOO_MANY] += 1
        return tuple(found[:MAX_RELATIONS])

    def _relations(self, patient: Entry) -> Iterator[Relation]:
        for entry in self.entries:
            try:
                target = self.index.follow(child(entry.resource, "patient"), entry).entry
                if target is None or target.resource is not patient.resource or self._is_over(entry.resource):
                    continue
                kind = self._kind(entry.resource)
                if kind is not None:
                    yield Relation(kind, self.patients.person(entry), self._standing(entry.resource))
            except Misfit:
                self.patients.remarks[LEFT_OUT] += 1

    def _is_over(self, related: Node) -> bool:
        end = day(child(related, "period"), "end")
        return related.get("active") is False or restricted(related, self.map) or (end is not None and end < self.as_of)

    def _kind(self, related: Node) -> RelationKind | None:
        for code in codes(related, "relationship"):
            try:
                kind = self.map.relation.target(code)
            except UnmappedCode:
                continue
            if kind is not None:
                return kind
        return None

    def _standing(self, related: Node) -> RelationStanding:
        for extension in children(related, "extension"):
            if text(extension, "url") in self.map.relation_standing_extensions:
                try:
                    return RelationStanding(text(extension, "valueCode"))
                except ValueError:
                    # Somebody says something about it that is not understood: it must not join anybody.
                    return RelationStanding.DISPUTED
        return RelationStanding.CURRENT
