"""The page that tells people what a notice carries says the same as the allow-list that the programs go by."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from mappings.fhir.allow_list import NOTICE
from mappings.fhir.shapes import Extensions, Many, Object, Resource, Shape

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "deploy/docs/notice-data-items.md").read_text(encoding="utf-8")
# Said in words, or implied by the element that holds them.
FORM = {"resourceType", "coding", "system", "code", "value", "use", "text"}
RESOURCES = ("MessageHeader", "CareTeam", "Practitioner", "Organization", "Patient")


def items(shape: Shape, path: str) -> Iterator[str]:
    """The path of every element and extension of the allow-list."""
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


def test_every_item_of_the_allow_list_stands_on_the_page() -> None:
    missing = []
    for item in items(NOTICE, "Bundle"):
        told = f"`{item.removeprefix('part ')}`" if item.startswith("part ") else f"`{item}"
        if told not in PAGE:
            missing.append(item)
    assert missing == []


def test_every_path_on_the_page_is_in_the_allow_list() -> None:
    allowed = set(items(NOTICE, "Bundle"))
    pattern = rf"`((?:Bundle|{'|'.join(RESOURCES)})\.[A-Za-z0-9.()-]+)`"
    told = {
        path.removesuffix(".text").removesuffix(".value").removesuffix(".system") for path in re.findall(pattern, PAGE)
    }
    assert told - allowed == set()
    assert len(told) > 30


def test_every_reason_of_a_refusal_stands_on_the_page() -> None:
    codes = set()
    for path in (ROOT / "mappings/fhir").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) == 4 and isinstance(node.args[1], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in {"Issue", "_refuse", "of"}:
                    codes.add(str(node.args[1].value))
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in PAGE} == set()
