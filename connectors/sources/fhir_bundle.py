"""A source: a file holding one FHIR R4 Bundle in UK Core profiles, as an agency's system drops it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from connectors.sources.fhir_entries import WHOLE, BundleReading
from connectors.sources.fhir_nodes import Misfit, Node, child, children, day
from connectors.sources.file_source import FileSource
from connectors.sources.port import Coverage, Reading, Snapshot, SourceUnreadable
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import Limits
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir_map import FhirMap

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
        bundle = self._bundle()
        self.remarks.clear()
        reading = BundleReading(
            self.path.name, bundle, self.preset, self.agency, self.mode, self._day(bundle), self.remarks
        )
        yield from reading.readings()

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
