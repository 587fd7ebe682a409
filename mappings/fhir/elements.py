"""The FHIR data types as our allow-lists use them: each only with the elements that a message of ours needs.

Source: https://hl7.org/fhir/R4/datatypes.html
"""

from collections.abc import Iterable, Mapping

from mappings.fhir.primitives import DISPLAY, URN_UUID, code, fixed
from mappings.fhir.shapes import Extensions, Many, Object, Resource, Shape, Slice


def one(url_value: str, shape: Shape) -> Slice:
    """An extension that must stand once."""
    return Slice(1, 1, url_value, shape)


def maybe(url_value: str, shape: Shape) -> Slice:
    """An extension that may stand once."""
    return Slice(0, 1, url_value, shape)


def parts(slices: Mapping[str, Slice], low: int = 1, high: int = 1) -> Slice:
    """An extension made of extensions."""
    return Slice(low, high, parts=Extensions(slices))


def identifier(system: str, value: Shape) -> Object:
    """An Identifier of one fixed system."""
    return Object({"system": fixed(system), "value": value})


def coding(system: str, codes: Iterable[str]) -> Object:
    """A Coding from one of our closed lists."""
    return Object({"system": fixed(system), "code": code(codes)})


def concept(system: str, codes: Iterable[str]) -> Object:
    """A CodeableConcept with exactly one coding."""
    return Object({"coding": Many(coding(system, codes))})


def profile(url: str) -> Object:
    """The Meta of a Bundle, which names the profile it keeps to."""
    return Object({"profile": Many(fixed(url))})


def logical(system: str, value: Shape) -> Object:
    """A Reference by identifier, for what is not in the message and cannot be looked up."""
    return Object({"identifier": identifier(system, value)})


def message(profile_url: str, resources: Mapping[str, Object], entries: int, *, identified: bool) -> Object:
    """A message Bundle of 1 to `entries` of `resources`."""
    required: dict[str, Shape] = {
        "resourceType": fixed("Bundle"),
        "meta": profile(profile_url),
        "type": fixed("message"),
        "entry": Many(Object({"fullUrl": URN_UUID, "resource": Resource(resources)}), 1, entries),
    }
    if identified:
        required["identifier"] = identifier("urn:ietf:rfc:3986", URN_UUID)
    return Object(required)


INSIDE = Object({"reference": URN_UUID})
TELECOM = Many(Object({"system": code(("phone", "email")), "value": DISPLAY, "use": fixed("work")}), 1, 2)
PARTICIPANT = Many(Object({"member": INSIDE}, {"role": Many(Object({"text": DISPLAY})), "onBehalfOf": INSIDE}))
PRACTITIONER = Object(
    {"resourceType": fixed("Practitioner"), "name": Many(Object({"text": DISPLAY}))},
    {"telecom": TELECOM},
)
