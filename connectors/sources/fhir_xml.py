"""FHIR R4 as XML (https://hl7.org/fhir/R4/xml.html) into the same objects as its JSON, within bounds.

A value is the attribute `value` of its element, elements of one name are a list, and a resource is the element inside `resource` or `contained`
that bears its name. Extensions of single values and narratives are left out. Document types and entities are refused.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.sources.fhir_nodes import Node
from connectors.sources.port import SourceUnreadable
from connectors.sources.xml_file import TooMuch, faults, pieces, safe_parser

NAMESPACE = "http://hl7.org/fhir"
MAX_ELEMENTS = 2_000_000
# The only truth value that is asked for; in JSON it is none of the texts.
TRUTHS = frozenset({"active"})


@dataclass(slots=True, repr=False)
class _Builder:
    """What the parser tells, as nested objects."""

    depth: int
    text: int
    root: Node = field(default_factory=dict)
    elements: int = 0
    _open: list[tuple[str, str | None, Node]] = field(default_factory=list)
    _beside: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        space, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise TooMuch(f"has more than {MAX_ELEMENTS} elements")
        if self._beside or space != NAMESPACE:
            self._beside += 1
            return
        if len(self._open) >= self.depth:
            raise TooMuch(f"nests deeper than {self.depth} levels")
        if any(len(value) > self.text for value in attributes.values()):
            raise TooMuch(f"has a text longer than {self.text} characters")
        own: Node = {key: value for key, value in attributes.items() if key in ("id", "url")}
        if name[:1].isupper():
            own = {"resourceType": name}
        self._open.append((name, attributes.get("value"), own))

    def data(self, text: str) -> None:
        """Text between elements states nothing."""

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._beside:
            self._beside -= 1
            return
        name, value, own = self._open.pop()
        if not self._open:
            self.root = own
            return
        above_name, above_value, above = self._open[-1]
        if name[:1].isupper():
            # The holder of a resource is the resource.
            self._open[-1] = (above_name, above_value, own)
            return
        if value is None and name != "extension" and own.keys() <= {"id", "extension"}:
            # Nothing but what JSON keeps beside a value, under `_name`.
            return
        found: Any = own if value is None else value == "true" if name in TRUTHS else value
        before = above.get(name)
        if before is None:
            above[name] = found
        elif isinstance(before, list):
            before.append(found)
        else:
            above[name] = [before, found]

    def close(self) -> None:
        """The document ends."""


def is_fhir_xml(head: bytes) -> bool:
    """Whether a file that begins like this is FHIR as XML."""
    return NAMESPACE.encode() in head.replace(b"\x00", b"")


def resource(path: Path, size: int, depth: int, text: int) -> Node:
    """The resource that the document is; bounds in bytes, levels and characters. Raises `SourceUnreadable`."""
    builder = _Builder(depth, text)
    with faults(path), path.open("rb") as stream:
        if path.stat().st_size > size:
            raise SourceUnreadable(f"{path.name} is larger than {size // 1024**2} MB; split the export")
        parser = safe_parser(path, builder)
        for piece in pieces(stream):
            parser.feed(piece)
        parser.close()
    return builder.root
