"""What is imported is declared, in both distributions, and the connector brings no more than it needs."""

import sys
from pathlib import Path

import pytest

from tests.architecture.distributions import CONNECTOR, GATEWAY, closure, declared, providers
from tests.architecture.source_tree import PACKAGES, modules

IN_CONNECTOR = {"mappings", "identity", "connectors"}
EXTRAS = ("connectors/sources/sql_query", "connectors/sources/sftp")
"""Modules that say themselves which extra library to install."""


@pytest.mark.parametrize(
    ("pyproject", "packages"), [(GATEWAY, set(PACKAGES)), (CONNECTOR, IN_CONNECTOR)], ids=["gateway", "connector"]
)
def test_every_library_that_is_imported_is_declared(pyproject: Path, packages: set[str]) -> None:
    allowed = closure(declared(str(pyproject)))
    broken = [
        module.at(each)
        for module in modules()
        if module.package in packages and not module.lies_in(*EXTRAS)
        for each in module.imports
        if each.top not in sys.stdlib_module_names | {*PACKAGES, "deploy"}
        and not providers().get(each.top, set()) & allowed
    ]
    assert not broken


def test_the_connector_asks_for_the_same_versions_as_the_whole() -> None:
    whole, part = declared(str(GATEWAY)), declared(str(CONNECTOR))
    assert {name: str(each) for name, each in part.items()} == {name: str(whole[name]) for name in part}


def test_the_connector_brings_no_web_server_and_no_database_toolkit() -> None:
    brought = closure(declared(str(CONNECTOR)))
    assert "fhir-resources" in brought  # the walk went somewhere
    assert not brought & {"fastapi", "starlette", "uvicorn", "sqlalchemy", "alembic", "psycopg", "patchwork-gateway"}


def test_what_decides_on_fhir_is_pinned_exactly() -> None:
    for pyproject in (GATEWAY, CONNECTOR):
        for name in ("fhir-resources", "fhir-core"):
            assert str(declared(str(pyproject))[name].specifier).startswith("==")


def test_no_package_registry_is_named() -> None:
    # Built here, so that this file does not name it either.
    registries = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
    root = GATEWAY.parent
    texts = [*(root / "deploy").rglob("*.py"), *(root / "deploy").rglob("*.txt"), *(root / "deploy").rglob("*.toml")]
    texts += [root / "Makefile", root / "pyproject.toml", root / ".ci" / "run"]
    named = [
        str(path.relative_to(root)) for path in texts if any(host in path.read_text("utf-8") for host in registries)
    ]
    assert not named
