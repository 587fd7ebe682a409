"""The page that tells people what a notice carries says the same as the allow-list that the programs go by."""

import ast
import re
from pathlib import Path

from mappings.fhir.allow_list import NOTICE
from mappings.fhir.data_items import items

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "deploy/docs/notice-data-items.md").read_text(encoding="utf-8")
RESOURCES = ("MessageHeader", "CareTeam", "Practitioner", "Organization", "Patient")


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
