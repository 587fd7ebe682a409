"""The entries of one FHIR R4 Bundle as readings, wherever it came from: a file, a server, or a system that sent it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.sources.fhir_involvement import InvolvementMap
from connectors.sources.fhir_merges import merges, note_replaced
from connectors.sources.fhir_nodes import Misfit, Node, child, children, texts
from connectors.sources.fhir_person import PatientMap
from connectors.sources.fhir_references import BundleIndex, Entry
from connectors.sources.fhir_relatives import Relatives
from connectors.sources.fhir_worker import Complete
from connectors.sources.port import Merged, Read, Reading, SourceUnreadable
from connectors.sources.same_key import SeenKeys
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.fhir_map import FhirMap
from mappings.preset import Preset

INVOLVEMENTS = ("CareTeam", "EpisodeOfCare")
# Bundles that hold everything the sender has; the others are events, or pages of something longer.
WHOLE = ("collection", "document", "searchset")


@dataclass(slots=True)
class BundleReading:
    """One reading of one bundle. `name` is what a fault calls it; `as_of` its day; `stating` the types that state involvements;
    `complete` what directories add of a worker or team."""

    name: str
    bundle: Node
    preset: Preset
    agency: AgencyDefaults
    mode: Mode | None
    as_of: date
    remarks: Counter[str]
    stating: tuple[str, ...] = INVOLVEMENTS
    complete: Complete | None = None

    def readings(self, *, may_be_empty: bool = False) -> Iterator[Reading]:
        """Where every Patient stands, then every CareTeam and EpisodeOfCare in the order of the bundle.

        Raises `SourceUnreadable` where there is no involvement in it, unless it `may_be_empty`.
        """
        fhir_map = self._map()
        entries = list(self._entries(fhir_map))
        index = BundleIndex()
        for _, entry in entries:
            index.add(entry)
        patients = PatientMap(fhir_map, self.mode, self.remarks)
        related = tuple(entry for _, entry in entries if entry.type == "RelatedPerson")
        relatives = Relatives(fhir_map, patients, index, self.as_of, related)
        involvements = InvolvementMap(
            fhir_map, self.agency, dict(self.preset.sensitivity), patients, relatives, index, self.as_of, self.complete
        )
        wanted = [(number, entry) for number, entry in entries if entry.type in self.stating]
        held = [(f"{self.name} entry {number}", entry) for number, entry in entries if entry.type == "Patient"]
        note_replaced(index, [entry for _, entry in held])
        merged = list(merges(held, patients, index, self.remarks))
        told = self.bundle.get("type") not in WHOLE and any(isinstance(each, Merged) for each in merged)
        if not wanted and not told and not may_be_empty:
            raise SourceUnreadable(
                f"{self.name} holds no CareTeam and no EpisodeOfCare, so nothing in it states an involvement"
            )
        yield from merged
        seen = SeenKeys()
        for number, entry in wanted:
            for reading in involvements.readings(entry, f"{self.name} entry {number}"):
                yield seen.admit(reading) if isinstance(reading, Read) else reading

    def _map(self) -> FhirMap:
        if self.preset.fhir is None:
            raise SourceUnreadable(f"the preset {self.preset.name} does not read FHIR bundles")
        return self.preset.fhir

    def _entries(self, fhir_map: FhirMap) -> Iterator[tuple[int, Entry]]:
        try:
            listed = children(self.bundle, "entry")
        except Misfit as problem:
            raise SourceUnreadable(f"{self.name}: Bundle.{problem}") from None
        for number, entry in enumerate(listed, 1):
            resource = entry.get("resource")
            if not isinstance(resource, dict):
                continue
            self._same_version(resource, fhir_map, number)
            url = entry.get("fullUrl")
            yield number, Entry(resource, url if isinstance(url, str) and len(url) <= 1_000 else "")

    def _same_version(self, resource: Node, fhir_map: FhirMap, number: int) -> None:
        try:
            profiles = texts(child(resource, "meta"), "profile", 1_000)
        except Misfit:
            return
        by_profile = any(piece in profile for piece in fhir_map.foreign_profiles for profile in profiles)
        kind = resource.get("resourceType")
        paths = fhir_map.foreign_elements.get(kind, ()) if isinstance(kind, str) else ()
        if by_profile or any(_has(resource, path) for path in paths):
            raise SourceUnreadable(
                f"{self.name} entry {number} is of another FHIR version than R4 (4.0.1); export R4 UK Core"
            )


def _has(node: Node, path: Sequence[str]) -> bool:
    if not path:
        return True
    value = node.get(path[0])
    held = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
    return (len(path) == 1 and value is not None) or any(_has(one, path[1:]) for one in held if isinstance(one, dict))
