"""Files of FHIR R4 as one Bundle: a Bundle, a single resource, a list or one a line of either (as bulk export writes them), as JSON or as XML.

Only what is a Bundle by itself can say that it holds everything; what is put together here has no type, and is partial.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.sources.fhir_nodes import Misfit, Node, children
from connectors.sources.fhir_xml import resource
from connectors.sources.json_file import nodes
from connectors.sources.port import SourceUnreadable
from mappings.fhir.limits import Limits

MAX_WRAPPINGS = 3
MAX_MEMBERS = 500


def bundle_of(path: Path, files: Sequence[Path], limits: Limits) -> Node:
    """What the files at `path` hold together. Raises `SourceUnreadable`, also for several Bundles: which of them is meant is not guessed."""
    if sum(file.stat().st_size for file in files) > limits.size:
        raise SourceUnreadable(f"{path.name} is larger than {limits.size // 1024**2} MB; split the export")
    found = [one for file in files for node in _read(file, limits) for one in _resources(node, 0)]
    bundles = [one for one in found if one.get("resourceType") == "Bundle"]
    if len(files) > 1 and len(bundles) > 1:
        raise SourceUnreadable(
            f"the folder {path.name} has {len(files)} FHIR files, more than one of them a Bundle; name the one that is meant"
        )
    if not found:
        raise SourceUnreadable(
            f"{path.name} holds no FHIR resource: what is missing is a Bundle with a CareTeam or an EpisodeOfCare"
        )
    if len(found) == 1 and bundles:
        return _flat(path, bundles[0])
    return _flat(path, {"resourceType": "Bundle", "entry": [{"resource": one} for one in found]})


def _read(file: Path, limits: Limits) -> list[Node]:
    with file.open("rb") as stream:
        head = stream.read(4_096).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    if head.startswith(b"<"):
        return [resource(file, limits.size, limits.depth, limits.text)]
    return nodes(file, limits)


def _resources(node: Node, depth: int) -> Iterator[Node]:
    """The node where it is a resource; otherwise those that it wraps, as an interface's answer does."""
    if node.get("resourceType") == "Parameters":
        wrapped = node.get("parameter")
    elif "resourceType" in node or depth > MAX_WRAPPINGS:
        yield from [node] if "resourceType" in node else []
        return
    else:
        wrapped = list(node.values())
    for value in wrapped if isinstance(wrapped, list) else [wrapped]:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _resources(one, depth + 1)


def _flat(path: Path, bundle: Node) -> Node:
    """The Bundle with the entries of Bundles inside it, as the answer to a batch of searches has them, in their place."""
    try:
        entries = children(bundle, "entry")
    except Misfit as problem:
        raise SourceUnreadable(f"{path.name}: Bundle.{problem}") from None
    if not any(_is_bundle(entry) for entry in entries):
        return bundle
    flat: list[Node] = []
    for entry in entries:
        inner = entry["resource"].get("entry") if _is_bundle(entry) else [entry]
        flat += [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
    return {**bundle, "entry": flat}


def _is_bundle(entry: Node) -> bool:
    held = entry.get("resource")
    return isinstance(held, dict) and held.get("resourceType") == "Bundle"
