"""A source: a file holding a FHIR R4 Bundle in UK Core profiles, or single resources, as an agency's system drops them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.sources.fhir_entries import WHOLE, BundleReading
from connectors.sources.fhir_file import MAX_MEMBERS, bundle_of
from connectors.sources.fhir_nodes import Misfit, Node, child, children, day
from connectors.sources.file_kind import FileKind, files_of, kind_of
from connectors.sources.file_source import FileSource
from connectors.sources.port import Coverage, Reading, Snapshot, SourceUnreadable
from mappings.fhir.limits import Limits
from mappings.fhir_map import FhirMap


@dataclass(slots=True)
class FhirBundleSource(FileSource):
    """`path` is the bundle, or a folder of resources."""

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
        limits = Limits(
            size=bounds.size, depth=bounds.depth, text=bounds.text, items=bounds.entries, members=MAX_MEMBERS
        )
        try:
            return bundle_of(self.path, self._files(), limits)
        except OSError as error:
            raise SourceUnreadable(f"{self.path.name} cannot be read: {error.strerror or 'not a file'}") from None

    def _files(self) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        found = [one for one in files_of(self.path) if kind_of(one) is FileKind.FHIR]
        if not found:
            raise SourceUnreadable(f"the folder {self.path.name} has no FHIR file")
        return found

    def _day(self, bundle: Node) -> date:
        if self.as_of is not None:
            return self.as_of
        try:
            said = day(bundle, "timestamp") or day(child(bundle, "meta"), "lastUpdated")
        except Misfit:
            said = None
        newest = max(one.stat().st_mtime for one in self._files())
        return said or datetime.fromtimestamp(newest, UTC).date()


def _lenient(node: Node, name: str) -> list[Node]:
    try:
        return children(node, name)
    except Misfit:
        return []
