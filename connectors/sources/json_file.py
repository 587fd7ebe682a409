"""A JSON file as records: one document, a list of them, or one a line, also inside the wrappings of a message queue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.sources.port import SourceUnreadable
from mappings.concept_map import fold
from mappings.fhir.json_reading import decode
from mappings.fhir.limits import Limits
from mappings.fhir.refusal import ProfileRefusal
from mappings.tree_map import Branch

LIMITS = Limits(size=64 * 1024**2, depth=40, text=64 * 1024, items=500_000, members=500)
MAX_RECORDS = 500_000
MAX_UNWRAPPED = 3
PIECE = 1024 * 1024
FHIR_SIGN = b'"resourceType"'


def documents(path: Path, envelopes: tuple[str, ...]) -> list[Branch]:
    """Every document of the file, as branches. Raises `SourceUnreadable`."""
    found = []
    for node in nodes(path):
        for inner in _unwrapped(path, node, envelopes, 0):
            found.append(branch_of(inner))
            if len(found) > MAX_RECORDS:
                raise SourceUnreadable(f"{path.name} has more than {MAX_RECORDS} documents; split it")
    return found


def is_fhir(path: Path) -> bool:
    """Whether the file holds FHIR: somewhere in it is a resourceType. Raises `SourceUnreadable`."""
    try:
        with path.open("rb") as stream:
            before = b""
            while piece := stream.read(PIECE):
                # Of UTF-16 every second byte is NUL.
                before = before[-len(FHIR_SIGN) :] + piece.replace(b"\x00", b"")
                if FHIR_SIGN in before:
                    return True
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    return False


def branch_of(node: dict[str, Any]) -> Branch:
    """A JSON object as a branch: names folded, every value in a list, numbers and truth values as text."""
    branch: Branch = {}
    for name, value in node.items():
        values = value if isinstance(value, list) else [value]
        kept = [inner for inner in map(_value, values) if inner is not None]
        if kept:
            branch.setdefault(fold(name), []).extend(kept)
    return branch


def _value(value: Any) -> Branch | str | None:
    if isinstance(value, dict):
        return branch_of(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) or value is None:
        # A list in a list states nothing that a path could lead to.
        return None
    return str(value)


def nodes(path: Path, limits: Limits | None = None) -> list[dict[str, Any]]:
    """The objects of the file: one, those of a list, or one a line. Raises `SourceUnreadable`."""
    limits = limits or LIMITS
    try:
        if path.stat().st_size > limits.size:
            raise SourceUnreadable(f"{path.name} is larger than {limits.size // 1024**2} MB; split the export")
        data = path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    data = _as_utf_8(path, data)
    plain = data.strip()
    if plain.startswith(b"["):
        plain = b'{"":' + plain + b"}"
        listed = _decoded(path, plain, limits).get("")
        return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    try:
        return [_decoded(path, plain, limits)]
    except SourceUnreadable:
        lines = [line for line in plain.splitlines() if line.strip()]
        if len(lines) < 2 or len(lines) > MAX_RECORDS or not all(line.strip().endswith(b"}") for line in lines):
            raise
        return [_decoded(path, line.strip(), limits) for line in lines]


def _as_utf_8(path: Path, data: bytes) -> bytes:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16").encode()
        data = data.removeprefix(b"\xef\xbb\xbf")
        data.decode("utf-8")
        return data
    except UnicodeDecodeError:
        pass
    except UnicodeEncodeError:
        raise SourceUnreadable(f"{path.name} holds half of a character; export it as UTF-8") from None
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError:
        raise SourceUnreadable(f"{path.name} is not UTF-8 text; export it as UTF-8") from None


def _decoded(path: Path, data: bytes, limits: Limits | None = None) -> dict[str, Any]:
    try:
        return decode(data, limits or LIMITS, "the document")
    except ProfileRefusal as refusal:
        raise SourceUnreadable(f"{path.name}: {refusal.issues[0].text.replace('the message', 'the file')}") from None


def _unwrapped(path: Path, node: dict[str, Any], envelopes: tuple[str, ...], depth: int) -> Iterator[dict[str, Any]]:
    """The documents that transport wrappings carry (a queue's `Messages`, a topic's `Message`), or the node itself."""
    for name, value in node.items() if depth < MAX_UNWRAPPED else ():
        if fold(name) not in envelopes:
            continue
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            for one in value:
                yield from _unwrapped(path, one, envelopes, depth + 1)
            return
        if isinstance(value, dict):
            yield from _unwrapped(path, value, envelopes, depth + 1)
            return
        if isinstance(value, str) and value.lstrip().startswith("{"):
            yield from _unwrapped(path, _decoded(path, value.encode("utf-8", "replace")), envelopes, depth + 1)
            return
    yield node
