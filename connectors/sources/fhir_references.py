"""Following references inside a bundle: contained (`#x`), relative (`Patient/p1`), by fullUrl (`urn:uuid:...` or an
address), conditional (`Practitioner?identifier=system|value`) and logical (an identifier and a display, no address).
Nothing is fetched."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from connectors.sources.fhir_nodes import Misfit, Node, children, text


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """A resource of the bundle and the address it is known by there (empty where it has none)."""

    resource: Node
    full_url: str = ""

    @property
    def type(self) -> str:
        """The resource type, or empty text."""
        kind = self.resource.get("resourceType")
        return kind if isinstance(kind, str) else ""


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """Where a reference leads. `entry` is None where the bundle does not hold it; then `type`, `system`, `identifier`
    and `display` are all that the reference itself says."""

    entry: Entry | None
    type: str = ""
    system: str = ""
    identifier: str = ""
    display: str = ""


@dataclass(slots=True, repr=False)
class BundleIndex:
    """The entries by every way a reference may name them. None stands for an address that two entries claim;
    an identifier that several have leads nowhere. `replaced`: by the id() of a Patient, the one that says it replaces it.
    """

    by_url: dict[str, Entry | None] = field(default_factory=dict)
    by_identifier: dict[str, list[tuple[str, str, Entry]]] = field(default_factory=dict)
    replaced: dict[int, Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take in one entry. Elements of a wrong shape are passed over here; the resource's own reading names them."""
        identity = entry.resource.get("id")
        urls = [entry.full_url] if entry.full_url else []
        if isinstance(identity, str) and identity:
            urls.append(f"{entry.type}/{identity}")
        for url in urls:
            self.by_url[url] = entry if url not in self.by_url else None
        try:
            identifiers = [(text(one, "system"), text(one, "value")) for one in children(entry.resource, "identifier")]
        except Misfit:
            return
        for system, value in set(identifiers):
            if value:
                self.by_identifier.setdefault(value, []).append((entry.type, system, entry))

    def follow(self, reference: Node, holder: Entry) -> Target:
        """Where `reference`, an element of `holder`, leads. Raises `Misfit`."""
        address, display = text(reference, "reference", 1_000), text(reference, "display")
        logical = next(iter(children(reference, "identifier")), {})
        system, value = text(logical, "system"), text(logical, "value")
        kind = text(reference, "type") or _type_of(address)
        found = self._addressed(address, holder) if address else None
        if found is None and value:
            found = self._identified(kind, system, value)
        return Target(found, found.type if found else kind, system, value, display)

    def _addressed(self, address: str, holder: Entry) -> Entry | None:
        if address.startswith("#"):
            for one in children(holder.resource, "contained"):
                if one.get("id") == address[1:]:
                    return Entry(one)
            return None
        if "?" in address:
            kind, _, query = address.partition("?")
            asked = parse_qs(query, max_num_fields=10).get("identifier", [""])[0]
            system, bar, value = asked.rpartition("|")
            return self._identified(kind.rpartition("/")[2], system if bar else "", value)
        plain = address.partition("/_history/")[0]
        if plain in self.by_url:
            return self._nearest(plain, holder)
        # An address of the holder's own server is the same as a relative reference to it.
        if not _base(plain) or (holder.full_url and _base(plain) != _base(holder.full_url)):
            return None
        found = self.by_url.get(_relative(plain))
        # Resources put together without any address are all of one server.
        return found if found is None or holder.full_url or not found.full_url else None

    def _nearest(self, plain: str, holder: Entry) -> Entry | None:
        base = _base(holder.full_url)
        return self.by_url.get(f"{base}/{plain}") or self.by_url[plain] if base else self.by_url[plain]

    def _identified(self, kind: str, system: str, value: str) -> Entry | None:
        found = [
            entry
            for of, under, entry in self.by_identifier.get(value, ())
            if (not kind or of == kind) and (not system or under == system)
        ]
        return found[0] if len(found) == 1 else None


def _type_of(address: str) -> str:
    if address.startswith(("#", "urn:")):
        return ""
    if "?" in address:
        return address.partition("?")[0].rpartition("/")[2]
    parts = address.partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) >= 2 else ""


def _relative(address: str) -> str:
    return "/".join(address.split("/")[-2:])


def _base(url: str) -> str:
    try:
        return url.rpartition("/")[0].rpartition("/")[0] if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""
