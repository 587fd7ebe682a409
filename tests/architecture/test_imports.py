"""The one direction of imports, mappings < identity < connectors < gateway, and who alone may import what."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.architecture.source_tree import PACKAGES, Import, Module, imports_of, modules

MEASURES_OR_READS = ("gateway/bench/", "connectors/sources/sql_query")
"""The two exceptions: the bench imports what it measures, the SQL source what it reads."""

ONLY_IMPORTERS = {
    "pika": "connectors/channel/amqp",
    "sqlalchemy": "gateway/store/",
    "alembic": "gateway/store/",
    "psycopg": "gateway/store/",
    "fhir": "mappings/fhir/",
    "fastapi": "gateway/",
    "starlette": "gateway/",
    "uvicorn": "gateway/",
}
FORBIDDEN_NAMES = {
    "utils", "util", "common", "helpers", "helper", "misc", "manager", "managers", "core", "base", "services", "stuff",
}  # fmt: skip


def breaks_direction(module: Module, imported: Import) -> bool:
    """Whether this import goes right, or from the gateway into a part of the connectors that is not the channel."""
    if imported.top not in PACKAGES:
        return False
    if module.package == "gateway" and imported.top == "connectors" and not module.lies_in("gateway/bench/"):
        return imported.name != "connectors" and not (imported.name + ".").startswith("connectors.channel.")
    return PACKAGES.index(imported.top) > PACKAGES.index(module.package)


def test_no_package_imports_one_to_its_right() -> None:
    broken = [module.at(each) for module in modules() for each in module.imports if breaks_direction(module, each)]
    assert not broken


@pytest.mark.parametrize("library", ONLY_IMPORTERS)
def test_a_library_is_imported_in_one_place_only(library: str) -> None:
    place = ONLY_IMPORTERS[library]
    broken = [
        module.at(each)
        for module in modules()
        for each in module.imports
        if each.top == library and not module.lies_in(place, *MEASURES_OR_READS)
    ]
    assert not broken, f"only {place} may import {library}"


def test_fhir_resources_are_always_r4b() -> None:
    # The package root of fhir.resources is R5, which is not what goes over the wire.
    allowed = ("fhir.resources.R4B.", "fhir.resources.core.", "fhir_core.")
    steps = {"fhir", "fhir.resources", "fhir.resources.R4B", "fhir.resources.core", "fhir_core"}
    broken = [
        module.at(each)
        for module in modules()
        for each in module.imports
        if each.top in {"fhir", "fhir_core"} and each.name not in steps and not each.name.startswith(allowed)
    ]
    assert not broken


def test_the_canonical_language_needs_only_the_standard_library() -> None:
    broken = [
        module.at(each)
        for module in modules()
        if module.lies_in("mappings/canonical/")
        for each in module.imports
        if each.top not in sys.stdlib_module_names and not (each.name + ".").startswith("mappings.canonical.")
        and each.name != "mappings"
    ]  # fmt: skip
    assert not broken


def test_no_relative_imports() -> None:
    assert not [module.at(each) for module in modules() for each in module.imports if each.name.startswith(".")]


def test_no_module_imports_in_a_circle() -> None:
    known = {module.name for module in modules()}
    graph: dict[str, set[str]] = {module.name: set() for module in modules()}
    for module in modules():
        for each in module.imports:
            target = each.name if each.name in known else each.name.rpartition(".")[0]
            if target in known and target != module.name:
                graph[module.name].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("imports in a circle: " + " -> ".join(error.args[1]))


def test_no_name_that_says_nothing() -> None:
    assert not [module.path.as_posix() for module in modules() if FORBIDDEN_NAMES & set(module.name.split("."))]


def test_nothing_of_ours_imports_the_tests_or_the_deployment() -> None:
    # Neither is in the wheels. The bench starts its private servers with deploy/servers.
    broken = [
        module.at(each)
        for module in modules()
        for each in module.imports
        if each.top == "tests" or (each.top == "deploy" and not module.lies_in("gateway/bench/"))
    ]
    assert not broken


def test_these_rules_would_notice() -> None:
    source = (
        "import pika\nif TYPE_CHECKING:\n    import uvicorn\ndef f():\n    from gateway import store\nfrom . import x\n"
    )
    found = [each.name for each in imports_of(ast.parse(source))]
    assert found == ["pika", "gateway", "gateway.store", ".", "..x"]
    inner, outer = modules()[0], next(module for module in modules() if module.package == "gateway")
    assert breaks_direction(inner, Import("gateway.store", 1))
    assert breaks_direction(outer, Import("connectors.ledger", 1))
    assert not breaks_direction(outer, Import("connectors.channel.port", 1))
    assert {module.package for module in modules()} == set(PACKAGES)
