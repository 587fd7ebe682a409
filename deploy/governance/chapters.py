"""Reads the chapters of `tests/spec`: their numbers and titles, and of each test what it says in plain English. Runs nothing of them."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SPEC = Path(__file__).parents[2] / "tests" / "spec"
_NUMBERED = re.compile(r"Chapter (\d+)\. ", re.DOTALL)
FEWEST_WORDS = 8


class ChapterFault(ValueError):
    """A chapter without its number, or a test that says nothing a reader could read."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test: its name, and what is given, done and seen in it."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Part:
    """Tests that belong together, with what the chapter says about them (empty where it says nothing)."""

    words: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of `tests/spec`."""

    number: int
    title: str
    file: str
    parts: tuple[Part, ...]


def chapters(folder: Path = SPEC) -> dict[int, Chapter]:
    """All of them by number, in order. Raises `ChapterFault`."""
    found: dict[int, Chapter] = {}
    for path in sorted(folder.glob("test_*.py")):
        chapter = _read(path)
        if chapter.number in found:
            raise ChapterFault(f"{path.name} and {found[chapter.number].file} are both chapter {chapter.number}")
        found[chapter.number] = chapter
    return dict(sorted(found.items()))


def _read(path: Path) -> Chapter:
    tree = ast.parse(path.read_text("utf-8"))
    words = _words(tree)
    numbered = _NUMBERED.match(words)
    if numbered is None:
        raise ChapterFault(f'{path.name} does not begin with "Chapter N. " and its title')
    return Chapter(int(numbered[1]), words[numbered.end() :], path.name, tuple(_parts(path.name, tree)))


def _parts(file: str, tree: ast.Module) -> Iterator[Part]:
    alone = tuple(_cases(file, tree.body))
    if alone:
        yield Part("", alone)
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield Part(_words(node), tuple(_cases(file, node.body)))


def _cases(file: str, body: list[ast.stmt]) -> Iterator[Case]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            words = _words(node)
            if len(words.split()) < FEWEST_WORDS:
                raise ChapterFault(f"{file}::{node.name} does not say in plain English what is given, done and seen")
            yield Case(node.name, words)


def _words(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> str:
    """The docstring as one line."""
    return " ".join((ast.get_docstring(node) or "").split())
