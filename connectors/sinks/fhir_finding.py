"""Finding what we stored on the agency's own FHIR server, by our own identifiers: no address says anything about a client."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from connectors.sinks.fhir_settings import FhirServerSettings
from connectors.sinks.port import SinkDown
from connectors.sources.fhir_client import CursorExpired, FhirAccess, FhirClient
from connectors.sources.fhir_search import Search
from connectors.sources.port import SourceUnreadable
from mappings.fhir import extensions as url
from mappings.fhir.limits import Limits

Json = dict[str, Any]
_PAGE, _MOST = 200, 100_000
_LIMITS = Limits(size=256 * 1024 * 1024, depth=40, text=1024 * 1024, items=10_000, members=500)


class FhirFinding:
    """At one server. Raises `SinkDown`, naming the sink."""

    def __init__(self, settings: FhirServerSettings, sink: str) -> None:
        self._settings, self._sink = settings, sink

    def by_identifier(self, type: str, system: str, value: str) -> list[Json]:
        """Every resource of a type with that identifier, and no other, whatever the server makes of the search."""
        with self._conversation() as client:
            found = self._found(client, type, {"identifier": f"{system}|{value}"})
        return [each for each in found if has_identifier(each, system, value)]

    def address(self, type: str, system: str, value: str) -> str:
        """Where the server keeps the one with that identifier."""
        found = self.by_identifier(type, system, value)
        if not found:
            raise SinkDown(
                f"the FHIR server of sink {self._sink!r} does not find what it was just given; its index may be late"
            )
        return f"{self._settings.base}/{type}/{found[0]['id']}"

    def changed_tasks(self, agency: str, since: datetime) -> tuple[list[Json], datetime]:
        """The Tasks of an agency's group that changed since, and the server's time when it was asked. A server that does not know one of the
        conditions may answer more."""
        with self._conversation() as client:
            said = {"group-identifier": f"{url.AGENCIES}|{agency}", "_lastUpdated": f"ge{since:%Y-%m-%dT%H:%M:%SZ}"}
            found = self._found(client, "Task", said)
            return found, client.server_time or datetime.now(UTC)

    def active_care_teams(self) -> list[Json]:
        """Every CareTeam that a connector put there and that names somebody. A server that does not know one of the conditions may answer more."""
        with self._conversation() as client:
            return self._found(client, "CareTeam", {"identifier": f"{url.CARE_TEAMS}|", "status": "active"})

    @contextmanager
    def _conversation(self) -> Iterator[FhirClient]:
        said = self._settings
        access = FhirAccess(
            said.url,
            token_file=said.token_file,
            ca_file=said.ca_file,
            connect_timeout=said.connect_timeout,
            answer_timeout=said.answer_timeout,
            longest_reading=3 * said.answer_timeout,
        )
        try:
            client = FhirClient(access, _LIMITS, _not_now)
            try:
                yield client
            finally:
                client.close()
        except (SourceUnreadable, CursorExpired) as problem:
            why = "it is gone (status 410)" if isinstance(problem, CursorExpired) else str(problem)
            raise SinkDown(f"the FHIR server of sink {self._sink!r} cannot be searched: {why}") from None

    def _found(self, client: FhirClient, type: str, said: dict[str, str]) -> list[Json]:
        entries = Search(client, _PAGE, _MOST).everything(type, said)
        return [entry["resource"] for entry in entries if isinstance(entry.get("resource"), dict)]


def _not_now(_seconds: float) -> None:
    """A server that asks to wait keeps nobody else's alerts waiting: it is asked again in a later round."""
    raise SourceUnreadable("the server is too busy now; it is asked again later")


def has_identifier(resource: Json, system: str, value: str) -> bool:
    """Whether a resource, whatever stands in it, has that identifier."""
    held = resource.get("identifier")
    return isinstance(held, list) and any(
        isinstance(one, dict) and one.get("system") == system and one.get("value") == value for one in held
    )
