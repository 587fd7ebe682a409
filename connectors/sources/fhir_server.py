"""A source: the agency's own FHIR R4 server, asked for what changed since the last reading, and now and then for everything.

A reading is fetched whole before the first of it is handed on, so that one that breaks off is no reading at all. Only a reading of everything
(`Coverage.FULL`) can show that something has vanished.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from connectors.sources.fhir_client import CursorExpired, FhirAccess, FhirClient
from connectors.sources.fhir_entries import BundleReading
from connectors.sources.fhir_export import export
from connectors.sources.fhir_lookups import complete, patients_of
from connectors.sources.fhir_nodes import Node
from connectors.sources.fhir_search import HELD_BACK, Search
from connectors.sources.port import Coverage, Reading, Snapshot, SourceUnreadable
from connectors.sources.watermark import Watermark, full_is_due
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.fhir.limits import Limits
from mappings.fhir_map import FhirMap
from mappings.preset import Preset

MAX_MEMBERS = 500
OVERLAP = timedelta(minutes=5)
"""A server stamps a change before it can be seen: what was stamped within this time before a reading is read again at the next."""


@dataclass(slots=True)
class _Fetched:
    entries: list[Node]
    snapshot: Snapshot
    watermark: Watermark


@dataclass(slots=True)
class FhirServerSource:
    """`types` are those that state involvements. `since` is where the last reading got to; without one, or where that of everything is
    `full_every` ago, everything is read: by searches, or `full_by_export`."""

    name: str
    access: FhirAccess
    preset: Preset
    agency: AgencyDefaults
    mode: Mode
    now: Callable[[], datetime]
    since: Watermark | None = None
    types: tuple[str, ...] = ("CareTeam", "EpisodeOfCare")
    relatives: bool = False
    full_every: timedelta = timedelta(hours=24)
    page_size: int = 200
    full_by_export: bool = False
    remarks: Counter[str] = field(default_factory=Counter)
    unknown: tuple[str, ...] = ()
    refused: bool = False
    unread: tuple[str, ...] = ()
    _fetched: _Fetched | None = None

    def snapshot(self) -> Snapshot:
        """Fetches the next reading, and says what it covers. Raises `SourceUnreadable`."""
        self._fetched = self._fetch()
        return self._fetched.snapshot

    def readings(self) -> Iterator[Reading]:
        """Every involvement that was fetched. Raises `SourceUnreadable` before the first."""
        fetched = self._fetched or self._fetch()
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": fetched.entries}
        self.remarks.clear()
        self.remarks[HELD_BACK] += fetched.snapshot.coverage is Coverage.PARTIAL and self._is_full()
        reading = BundleReading(
            self.name, bundle, self.preset, self.agency, self.mode, fetched.snapshot.as_of, self.remarks, self.types
        )
        yield from reading.readings(may_be_empty=True)

    def reached(self) -> Watermark:
        """Where the next reading begins, once this one is published."""
        if self._fetched is None:
            raise ValueError("nothing has been read yet")
        return self._fetched.watermark

    def tried(self) -> str:
        """Ask the server who it is, and for one record. Raises `SourceUnreadable`."""
        with self._conversation() as client:
            version = self._version(client)
            client.get(self.types[0], {"_count": "1", "_summary": "true"})
            return f"{self.name}: FHIR {version}, as of {self._day(client.server_time or self.now())}"

    @contextmanager
    def _conversation(self) -> Iterator[FhirClient]:
        bounds = self._map().limits
        limits = Limits(
            size=bounds.size, depth=bounds.depth, text=bounds.text, items=bounds.entries, members=MAX_MEMBERS
        )
        client = FhirClient(self.access, limits)
        try:
            yield client
        except SourceUnreadable as problem:
            raise SourceUnreadable(f"{self.name}: {problem}") from None
        except CursorExpired:
            raise SourceUnreadable(f"{self.name}: the server does not answer: it is gone (status 410)") from None
        finally:
            client.close()

    def _fetch(self) -> _Fetched:
        with self._conversation() as client:
            self._version(client)
            search = Search(client, self.page_size, self._map().limits.entries)
            full = self._is_full()
            if full and self.full_by_export:
                types = [*self.types, *(["RelatedPerson"] if self.relatives else [])]
                search.found, search.holds_back = export(client, self.access.base, types, search.most)
            else:
                self._everything(search) if full else self._changed(search)
                complete(search, self.access.base)
            began = client.server_time or self.now()
            coverage = Coverage.FULL if full and not search.holds_back else Coverage.PARTIAL
            return _Fetched(
                list(search.found.values()), Snapshot(coverage, self._day(began)), self._watermark(began, full)
            )

    def _everything(self, search: Search) -> None:
        for type in self.types:
            search.everything(type, {})
        self._relatives(search)

    def _changed(self, search: Search) -> None:
        """What was changed itself, and what hangs on a patient who was: a number, a name, a restriction, a merge."""
        since = {"_lastUpdated": f"ge{self.since.reached}"} if self.since else {}
        for type in self.types:
            search.everything(type, since)
        changed = [entry["resource"] for entry in search.everything("Patient", since)]
        if self.relatives:
            changed += [entry["resource"] for entry in search.everything("RelatedPerson", since)]
        patients = patients_of(changed, self.access.base)
        for type in self.types:
            search.looked_up(type, "patient", patients)
        self._relatives(search)

    def _relatives(self, search: Search) -> None:
        if self.relatives:
            stated = [entry["resource"] for (type, _), entry in search.found.items() if type in self.types]
            search.looked_up("RelatedPerson", "patient", patients_of(stated, self.access.base))

    def _is_full(self) -> bool:
        return full_is_due(self.since, self._of(), self.now(), self.full_every)

    def _of(self) -> str:
        return f"{self.access.base} {' '.join(self.types)} {self.preset.name} {self.preset.version}"

    def _watermark(self, began: datetime, full: bool) -> Watermark:
        full_at = self.now() if full or self.since is None else self.since.full_at
        return Watermark(self._of(), f"{began - OVERLAP:%Y-%m-%dT%H:%M:%SZ}", full_at)

    def _day(self, began: datetime) -> date:
        """By the server's clock, but not a day that has not come here."""
        return min(began, self.now()).astimezone(UTC).date()

    def _version(self, client: FhirClient) -> str:
        said = client.get("metadata", {"_elements": "fhirVersion,resourceType"})
        version = said.get("fhirVersion")
        if said.get("resourceType") != "CapabilityStatement" or not isinstance(version, str):
            raise SourceUnreadable("there is no FHIR server at url: it does not say its version under /metadata")
        if not version.startswith(("4.0.", "4.3.")):
            raise SourceUnreadable(
                f"the server speaks FHIR {version[:10]}, and only R4 (4.0.1) is read; ask for its R4 endpoint (STU3 is another format)"
            )
        return version

    def _map(self) -> FhirMap:
        if self.preset.fhir is None:
            raise SourceUnreadable(
                f"{self.name}: the preset {self.preset.name} does not read FHIR; use fhir_r4_ukcore or one made from it"
            )
        return self.preset.fhir
