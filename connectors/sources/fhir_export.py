"""Everything at once, by bulk data export (https://hl7.org/fhir/uv/bulkdata/export.html): asked for, waited for, and read as NDJSON, a resource a
line. For servers whose searches are slow or capped. What is referred to comes along by type, so nothing is looked up."""

from collections.abc import Iterator, Sequence

from connectors.sources.fhir_client import FhirClient
from connectors.sources.fhir_nodes import Misfit, Node, children, text
from connectors.sources.fhir_search import Found
from connectors.sources.port import SourceUnreadable

BESIDES = ("Patient", "Practitioner", "PractitionerRole", "Organization")
NDJSON = "application/fhir+ndjson"
MOST_FILES = 2_000


def export(client: FhirClient, base: str, types: Sequence[str], most: int) -> tuple[Found, bool]:
    """Every resource of `types` and of those they refer to, and whether the server says that it left something out.

    Raises `SourceUnreadable`, also where one file of the export cannot be had whole.
    """
    wanted = ",".join(dict.fromkeys([*types, *BESIDES]))
    status_url = client.begin("$export", {"_type": wanted, "_outputFormat": NDJSON})
    try:
        manifest = client.finished(status_url)
        found: Found = {}
        for address in _files(manifest, "output"):
            for resource in client.lines(address, NDJSON):
                kind, id = _named(resource)
                if kind and id:
                    found[kind, id] = {"fullUrl": f"{base}/{kind}/{id}", "resource": resource}
                if len(found) > most:
                    raise SourceUnreadable(
                        f"the export holds more than {most} resources; write a preset of your own with larger limits"
                    )
        return found, any(True for _ in _files(manifest, "error"))
    finally:
        # The files hold people's records: they are not left there longer than they are needed.
        client.forget(status_url)


def _files(manifest: Node, part: str) -> Iterator[str]:
    try:
        listed = children(manifest, part)
        if len(listed) > MOST_FILES:
            raise SourceUnreadable(f"the export has more than {MOST_FILES} files")
        yield from (text(each, "url", 8_000) for each in listed)
    except Misfit as problem:
        raise SourceUnreadable(f"the manifest of the export cannot be read: {problem}") from None


def _named(resource: Node) -> tuple[str, str]:
    try:
        return text(resource, "resourceType"), text(resource, "id")
    except Misfit as problem:
        raise SourceUnreadable(f"a resource of the export is none of FHIR R4: {problem}") from None
