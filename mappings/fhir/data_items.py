"""Lists what an allow-list lets through: the path of every element and extension, for people who answer for what is sent."""

from collections.abc import Iterator

from mappings.fhir.shapes import Extensions, Many, Object, Resource, Shape

FORM = frozenset({"resourceType", "coding", "system", "code", "value", "use", "text"})
"""Elements that say nothing by themselves: they are implied by the one that holds them."""


def items(shape: Shape, path: str) -> Iterator[str]:
    """The path of every element and extension, in order; "part NAME" for the parts of an extension that is made of extensions."""
    if isinstance(shape, Object):
        for name, inner in (*shape.required.items(), *shape.optional.items()):
            if name == "extension":
                yield from items(inner, path)
            elif name not in FORM:
                yield f"{path}.{name}"
                yield from items(inner, f"{path}.{name}")
    elif isinstance(shape, Many):
        yield from items(shape.of, path)
    elif isinstance(shape, Resource):
        for kind, inner in shape.types.items():
            yield from items(inner, kind)
    elif isinstance(shape, Extensions):
        for url, part in shape.slices.items():
            yield f"{path}.extension({url.rpartition('/')[2]})"
            if part.parts is not None:
                yield from (f"part {name}" for name in part.parts.slices)
