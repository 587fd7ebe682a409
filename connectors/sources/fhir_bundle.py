"""A source: a file holding one FHIR R4 Bundle in UK Core profiles, as an agency's system drops it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.sources.fhir_involvement import InvolvementMap
from connectors.sources.fhir_merges import merges, note_replaced
from connectors.sources.fhir_nodes import Misfit, Node, child, children, day, texts
from connectors.sources.fhir_person import PatientMap
from connectors.sources.fhir_references import BundleIndex, Entry
from connectors.sources.fhir_relatives import Relatives
from connectors.sources.file_source import FileSource
from connectors.sources.port import Coverage, Merged, Read, Reading, Snapshot, SourceUnreadable
from connectors.sources.same_key import SeenKeys
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import Limits
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir_map import FhirMap

INVOLVEMENTS = ("CareTeam", "EpisodeOfCare")
# Bundles that hold everything the sender has; the others are events, or pages of something longer.
WHOLE = ("collection", "document", "searchset")
MAX_MEMBERS = 500


@dataclass(slots=True)
class FhirBundleSource(FileSource):
    """`path` is the bundle."""

    def snapshot(self) -> Snapshot:
        """What the next reading covers; a page or an event is partial. Raises `SourceUnreadable`."""
        bundle = self._bundle()
        paged = any(link.get("relation") == "next" for link in _lenient(bundle, "link"))
        whole = bundle.get("type") in WHOLE and not paged
        return Snapshot(self.coverage if whole else Coverage.PARTIAL, self._day(bundle))

    def readings(self) -> Iterator[Reading]:
        """Where every Patient stands, then every CareTeam and EpisodeOfCare in the order of the bundle."""
        bundle, fhir_map = self._bundle(), self._map()
        entries = list(self._entries(bundle, fhir_map))
        index = BundleIndex()
        for _, entry in entries:
            index.add(entry)
        self.remarks.clear()
        patients = PatientMap(fhir_map, self.mode, self.remarks)
        as_of = self._day(bundle)
        related = tuple(entry for _, entry in entries if entry.type == "RelatedPerson")
        relatives = Relatives(fhir_map, patients, index, as_of, related)
        involvements = InvolvementMap(
            fhir_map, self.agency, dict(self.preset.sensitivity), patients, relatives, index, as_of
        )
        wanted = [(number, entry) for number, entry in entries if entry.type in INVOLVEMENTS]
        held = [(f"{self.path.name} entry {number}", entry) for number, entry in entries if entry.type == "Patient"]
        note_replaced(index, [entry for _, entry in held])
        merged = list(merges(held, patients, index, self.remarks))
        told = bundle.get("type") not in WHOLE and any(isinstance(each, Merged) for each in merged)
        if not wanted and not told:
            raise SourceUnreadable(
                f"{self.path.name} holds no CareTeam and no EpisodeOfCare, so nothing in it states an involvement"
            )
        yield from merged
        seen = SeenKeys()
        for number, entry in wanted:
            for reading in involvements.readings(entry, f"{self.path.name} entry {number}"):
                yield seen.admit(reading) if isinstance(reading, Read) else reading

    def _map(self) -> FhirMap:
        if self.preset.fhir is None:
            raise SourceUnreadable(f"the preset {self.preset.name} does not read FHIR bundles")
        return self.preset.fhir

    def _bundle(self) -> Node:
        bounds = self._map().limits
        try:
            if self.path.stat().st_size > bounds.size:
                raise SourceUnreadable(f"{self.path.name} is larger than {bounds.size // 1024**2} MB; split the bundle")
            data = self.path.read_bytes()
        except OSError as error:
            raise SourceUnreadable(f"{self.path.name} cannot be read: {error.strerror or 'not a file'}") from None
        limits = Limits(
            size=bounds.size, depth=bounds.depth, text=bounds.text, items=bounds.entries, members=MAX_MEMBERS
        )
        try:
            bundle = decode(data.removeprefix(b"\xef\xbb\xbf"), limits, "Bundle")
        except ProfileRefusal as refusal:
            raise SourceUnreadable(f"{self.path.name}: {refusal.issues[0].text}") from None
        if bundle.get("resourceType") != "Bundle":
            raise SourceUnreadable(
                f"{self.path.name} is not a FHIR Bundle; put its resources into one of type collection"
            )
        return bundle

    def _entries(self, bundle: Node, fhir_map: FhirMap) -> Iterator[tuple[int, Entry]]:
        try:
            listed = children(bundle, "entry")
        except Misfit as problem:
            raise SourceUnreadable(f"{self.path.name}: Bundle.{problem}") from None
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
        if any(piece in profile for piece in fhir_map.foreign_profiles for profile in profiles):
            raise SourceUnreadable(
                f"{self.path.name} entry {number} is of another FHIR version than R4 (4.0.1); export R4 UK Core"
            )

    def _day(self, bundle: Node) -> date:
        if self.as_of is not None:
            return self.as_of
        try:
            said = day(bundle, "timestamp") or day(child(bundle, "meta"), "lastUpdated")
        except Misfit:
            said = None
        return said or datetime.fromtimestamp(self.path.stat().st_mtime, UTC).date()


def _lenient(node: Node, name: str) -> list[Node]:
    try:
        return children(node, name)
    except Misfit:
        return []
