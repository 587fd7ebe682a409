"""A FHIR message Bundle: header first, every resource once, every `fullUrl` once, every reference to a resource inside
the message.

`fhir.resources` checks none of these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha1
from typing import Any

from mappings import compact_json
from mappings.canonical.identifiers import MessageId
from mappings.canonical.receipt import Issue
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import MESSAGE
from mappings.fhir.refusal import ProfileRefusal
from mappings.fhir.shapes import Object

Json = dict[str, Any]
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A checked Bundle. `resources` by resource type, each with its index in `Bundle.entry`; `urls` the resource type
    behind each fullUrl."""

    bundle: Json
    resources: Mapping[str, tuple[int, Json]]
    urls: Mapping[str, str]

    def path(self, resource: str, element: str = "") -> str:
        """The FHIRPath of an element of one of the resources."""
        path = f"Bundle.entry[{self.resources[resource][0]}].resource"
        return f"{path}.{element}" if element else path

    def get(self, resource: str) -> Json | None:
        """The resource of that type, where the message has one."""
        found = self.resources.get(resource)
        return found[1] if found else None

    def points(self, resource: str, element: str, reference: Json, target: str, issues: list[Issue]) -> None:
        """Adds an issue unless `reference`, at `element` of `resource`, leads to the message's `target`."""
        if self.urls.get(reference["reference"]) != target:
            path = self.path(resource, f"{element}.reference")
            issues.append(
                Issue("not-found", "dangling-reference", path, f"must be the fullUrl of the {target} in this message")
            )


def read(data: bytes, allowed: Object, needed: Iterable[str]) -> Message:
    """Decode and check `data` against an allow-list. `needed` are the resource types that must be there. Raises only
    `ProfileRefusal`."""
    return check(decode(data, MESSAGE, "Bundle"), allowed, needed)


def check(bundle: Json, allowed: Object, needed: Iterable[str]) -> Message:
    """The second half of `read`, for JSON that is already decoded and within the limits."""
    issues: list[Issue] = []
    allowed.check(bundle, "Bundle", issues)
    if issues:
        raise ProfileRefusal(issues)
    resources: dict[str, tuple[int, Json]] = {}
    urls: dict[str, str] = {}
    for index, entry in enumerate(bundle["entry"]):
        kind = entry["resource"]["resourceType"]
        if entry["fullUrl"] in urls:
            path = f"Bundle.entry[{index}].fullUrl"
            issues.append(
                Issue("duplicate", "duplicate-full-url", path, "stands twice; give every entry its own fullUrl")
            )
        if kind in resources:
            issues.append(
                Issue(
                    "duplicate",
                    "duplicate-resource",
                    f"Bundle.entry[{index}].resource",
                    f"is a second {kind}; one message says one thing",
                )
            )
        resources[kind] = (index, entry["resource"])
        urls[entry["fullUrl"]] = kind
    if bundle["entry"][0]["resource"]["resourceType"] != "MessageHeader":
        issues.append(
            Issue(
                "invariant", "header-not-first", "Bundle.entry[0].resource", "must be the MessageHeader of the message"
            )
        )
    for kind in needed:
        if kind not in resources:
            issues.append(
                Issue("required", "missing-resource", "Bundle.entry", f"has no {kind}; the profile requires one")
            )
    if issues:
        raise ProfileRefusal(issues)
    return Message(bundle, resources, urls)


def full_url(message: MessageId, resource: str) -> str:
    """The fullUrl of a resource: the same for every writing of the same message, a UUID of version 5 (RFC 9562, 5.5) named by
    the resource within the message's own."""
    return _full_url(message.value, resource)


@lru_cache(64)
def _full_url(message: str, resource: str) -> str:
    # What `uuid.uuid5` gives; the sum need not be secure, only the same.
    digits = sha1(bytes.fromhex(message.replace("-", "")) + resource.encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANTS[digits[16]]
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def bundle(profile: str, message: MessageId, resources: Iterable[Json], *, identified: bool) -> Json:
    """A message Bundle of `resources`, the MessageHeader first."""
    start: Json = {"resourceType": "Bundle", "meta": {"profile": [profile]}}
    if identified:
        start["identifier"] = {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{message}"}
    entries = [{"fullUrl": full_url(message, resource["resourceType"]), "resource": resource} for resource in resources]
    return {**start, "type": "message", "entry": entries}


def encode(document: Json) -> bytes:
    """Compact UTF-8 JSON. Raises `ProfileRefusal` where a text cannot be written as UTF-8."""
    try:
        return compact_json.write(document)
    except UnicodeEncodeError:
        raise ProfileRefusal.of(
            "structure", "not-unicode", "Bundle", "a text cannot be written as UTF-8; write whole characters"
        ) from None
