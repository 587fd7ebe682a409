"""The project's modules as text and syntax trees: what each imports, read without running anything."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("mappings", "identity", "connectors", "gateway")
"""In the one direction of imports: left never imports right."""


@dataclass(frozen=True)
class Import:
    """One imported name: `from a import b` is both `a` and `a.b`. A relative import starts with a dot."""

    name: str
    line: int

    @property
    def top(self) -> str:
        """The first part of the name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """One source file of the four packages."""

    path: Path
    """Relative to the project."""
    imports: tuple[Import, ...]

    @property
    def name(self) -> str:
        """The dotted name under which it is imported."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @property
    def package(self) -> str:
        """The one of the four packages it belongs to."""
        return self.path.parts[0]

    def lies_in(self, *places: str) -> bool:
        """Whether its path begins with one of `places`."""
        return self.path.as_posix().startswith(places)

    def at(self, imported: Import) -> str:
        """A line for a failing test: where, and what is imported."""
        return f"{self.path.as_posix()}:{imported.line} imports {imported.name}"


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the four packages, in the order of PACKAGES and then by path."""
    found = []
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
            found.append(Module(path.relative_to(PROJECT), tuple(imports_of(tree))))
    return tuple(found)


def imports_of(tree: ast.AST) -> Iterator[Import]:
    """Every import, also inside functions; not those under `if TYPE_CHECKING`, which are never run."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and is_type_checking(node.test):
            yield from imports_of(ast.Module(body=node.orelse, type_ignores=[]))
            continue
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield Import(origin, node.lineno)
            yield from (Import(f"{origin}.{alias.name}", node.lineno) for alias in node.names)
        yield from imports_of(node)


def is_type_checking(test: ast.expr) -> bool:
    """Whether an `if` asks for TYPE_CHECKING and nothing else."""
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
