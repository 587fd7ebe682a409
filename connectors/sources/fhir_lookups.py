"""What a search left out: the patients, workers, teams and organisations that involvements refer to, asked for by id or by identifier.

Servers differ in which `_include` they honour; every one can be searched by `_id`. Only what an involvement is read from is asked for.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs

from connectors.sources.fhir_nodes import Misfit, Node, child, children, text
from connectors.sources.fhir_search import Search

MOST_STEPS = 4
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
# By the type of a resource: the elements that refer to others, and what they refer to where the reference does not say.
_REFERENCES = {
    "CareTeam": (
        (("subject",), "Patient"),
        (("participant", "member"), ""),
        (("managingOrganization",), "Organization"),
    ),
    "EpisodeOfCare": (
        (("patient",), "Patient"),
        (("careManager",), ""),
        (("team",), "CareTeam"),
        (("managingOrganization",), "Organization"),
    ),
    "PractitionerRole": ((("practitioner",), "Practitioner"), (("organization",), "Organization")),
    "Patient": ((("link", "other"), "Patient"),),
    "RelatedPerson": ((("patient",), "Patient"),),
}
_WANTED = ("Patient", "Practitioner", "PractitionerRole", "Organization", "CareTeam")

Lookup = tuple[str, str, str]
"""A type, the parameter it is searched by (`_id` or `identifier`), and the value."""


def complete(search: Search, base: str) -> None:
    """Ask for whatever the resources found refer to, step by step. What the server does not give is missing; the reading says so."""
    asked: set[Lookup] = {(type, "_id", id) for type, id in search.found}
    fresh = [entry["resource"] for entry in search.found.values()]
    for _ in range(MOST_STEPS):
        missing: dict[tuple[str, str], list[str]] = {}
        for type, name, value in sorted(set(_references(fresh, base)) - asked):
            missing.setdefault((type, name), []).append(value)
            asked.add((type, name, value))
        fresh = []
        for (type, name), values in missing.items():
            fresh += [entry["resource"] for entry in search.looked_up(type, name, values)]
        if not fresh:
            return


def patients_of(resources: Iterable[Node], base: str) -> list[str]:
    """The ids of the patients these resources are, or are about."""
    listed = list(resources)
    own = {str(each["id"]) for each in listed if each.get("resourceType") == "Patient"}
    told = {value for type, name, value in _references(listed, base) if (type, name) == ("Patient", "_id")}
    return sorted(own | told)


def _references(resources: Iterable[Node], base: str) -> Iterator[Lookup]:
    for resource in resources:
        for path, type in _REFERENCES.get(str(resource.get("resourceType")), ()):
            try:
                for reference in _below(resource, path):
                    if found := _lookup(reference, type, base):
                        yield found
            except Misfit:
                # The resource's own reading names the fault.
                continue


def _below(node: Node, path: tuple[str, ...]) -> Iterator[Node]:
    for each in children(node, path[0]):
        if len(path) > 1:
            yield from _below(each, path[1:])
        else:
            yield each


def _lookup(reference: Node, type: str, base: str) -> Lookup | None:
    """How the target of a reference is asked for; None where it is in the resource itself, on another server, or not of a type we need."""
    address = text(reference, "reference", 1_000)
    if not address:
        logical = child(reference, "identifier")
        system, value = text(logical, "system"), text(logical, "value")
        type = text(reference, "type") or type
        return (type, "identifier", f"{_escaped(system)}|{_escaped(value)}") if value and type in _WANTED else None
    relative = address.removeprefix(f"{base}/").partition("/_history/")[0]
    if "?" in relative:
        type, _, query = relative.partition("?")
        said = parse_qs(query, max_num_fields=10).get("identifier", [""])[0]
        return (type, "identifier", said) if said and type in _WANTED else None
    type, _, id = relative.partition("/")
    return (type, "_id", id) if type in _WANTED and _ID.fullmatch(id) else None


def _escaped(value: str) -> str:
    """https://hl7.org/fhir/R4/search.html#escaping"""
    return re.sub(r"([\\,|$])", r"\\\1", value)
