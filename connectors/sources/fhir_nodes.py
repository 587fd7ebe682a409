"""Walking JSON of a FHIR resource that may be anything: what is absent is empty, what has the wrong shape is named by
its path."""

from datetime import date
from typing import Any

from mappings.canonical.person import PartialDate
from mappings.transforms import one_line

Node = dict[str, Any]
MAX_TEXT = 500


class Misfit(ValueError):
    """An element is not of the type FHIR R4 gives it, or breaks a rule. The text names the element and the rule, never
    the value."""


def child(node: Node, name: str) -> Node:
    """The object under `name`; the first where it is a list, as some systems write single elements. Empty where
    absent."""
    found = children(node, name)
    return found[0] if found else {}


def children(node: Node, name: str) -> list[Node]:
    """The objects under `name`; a single one counts as a list of it. Raises `Misfit`."""
    value = node.get(name)
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in listed):
        raise Misfit(f"{name} is not an object")
    return listed


def text(node: Node, name: str, limit: int = MAX_TEXT) -> str:
    """The text under `name`, on one line. Raises `Misfit` for another type and for text longer than `limit`."""
    value = node.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Misfit(f"{name} is not text")
    if len(value) > limit:
        raise Misfit(f"{name} is longer than {limit} characters")
    return one_line(value)


def texts(node: Node, name: str, limit: int = MAX_TEXT) -> tuple[str, ...]:
    """The texts under `name` that are not empty. Raises `Misfit`."""
    value = node.get(name)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if len(listed) > 50:
        raise Misfit(f"{name} has more than 50 parts")
    # FHIR allows null in a list of texts where an extension stands in its place.
    found = [text({name: one}, name, limit) for one in listed]
    return tuple(one for one in found if one)


def when(node: Node, name: str) -> PartialDate | None:
    """A FHIR date or dateTime, whose day or month may be missing; the date part as written. Raises `Misfit`."""
    written = text(node, name, 64)
    if not written:
        return None
    parts = written.partition("T")[0].split("-")
    widths = [len(part) for part in parts]
    if widths not in ([4], [4, 2], [4, 2, 2]) or not all(part.isascii() and part.isdigit() for part in parts):
        raise Misfit(f"{name} is not a FHIR date: expected YYYY, YYYY-MM or YYYY-MM-DD")
    try:
        return PartialDate(*(int(part) for part in parts))
    except ValueError:
        raise Misfit(f"{name} is no day of the calendar") from None


def day(node: Node, name: str) -> date | None:
    """A FHIR date or dateTime as a day; None where it is absent or has no day. Raises `Misfit`."""
    parsed = when(node, name)
    return parsed.exact if parsed else None


def codes(node: Node, name: str) -> tuple[str, ...]:
    """Every code, display and text of the CodeableConcepts under `name`, codes first."""
    found: list[str] = []
    said: list[str] = []
    for concept in children(node, name):
        for coding in children(concept, "coding"):
            found.append(text(coding, "code"))
            said.append(text(coding, "display"))
        said.append(text(concept, "text"))
    return tuple(one for one in (*found, *said) if one)


def words(node: Node, name: str) -> str:
    """What people read for the first CodeableConcept under `name`: its text, else the display of a coding."""
    for concept in children(node, name):
        displays = [text(coding, "display") for coding in children(concept, "coding")]
        for said in (text(concept, "text"), *displays):
            if said:
                return said
    return ""
