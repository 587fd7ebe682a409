"""How rows are found in a document of nested elements (XML or JSON): data, never code.

A path is written `Child/ChildIdentifiers/UPN`; a step may choose among equals, `identifiers[type=CRN]/value`. Names are
compared folded. A path that begins with `/` counts from the document, any other from the record that is read.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mappings.concept_map import fold

Branch = dict[str, list["Branch | str"]]
"""One element: what is below it, by folded name, in order. A text is an element with nothing below it."""

STEP = re.compile(r"(?P<name>[^/\[\]=]+)(?:\[(?P<key>[^/\[\]=]+)=(?P<value>[^/\[\]=]*)\])?")


class NotAPath(ValueError):
    """A path that is not written as paths are."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step down; with `key`, only to elements below which `key` holds `value`."""

    name: str
    key: str = ""
    value: str = ""


Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """Elements inside a record that may stand there several times, each of them a row of its own. `where` chooses among
    them: what stands at each path below the element is what stands at that path of the document."""

    path: Path
    where: tuple[tuple[Path, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class TreeMap:
    """`root` are the names the outermost element may have (JSON has none). `records` are the paths of what is read one
    after another, alternatives: the first that is there. `needs` is what must stand at paths of the document for it to be of this format,
    `whole` what must stand there for it to state everything its agency has, `as_of` where it says of which day it is.
    `envelopes` are the names under which transport wrappings carry a document as text (JSON)."""

    root: tuple[str, ...]
    records: tuple[Path, ...]
    levels: tuple[Level, ...] = ()
    needs: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    whole: Mapping[Path, frozenset[str]] = field(default_factory=dict)
    as_of: Path = ()
    envelopes: tuple[str, ...] = ()


def path(text: str) -> Path:
    """`text` as steps. Raises `NotAPath`."""
    steps = []
    for part in text.removeprefix("/").split("/"):
        found = STEP.fullmatch(part.strip())
        if not found or not fold(found["name"]):
            raise NotAPath(f"{text!r} is not a path such as Child/UPN or identifiers[type=CRN]/value")
        steps.append(Step(fold(found["name"]), fold(found["key"] or ""), fold(found["value"] or "")))
    return tuple(steps)


def below(branch: Branch, steps: Path) -> Iterator[Branch | str]:
    """Everything that stands at a path below an element, in order."""
    if not steps:
        yield branch
        return
    step, rest = steps[0], steps[1:]
    for found in branch.get(step.name, ()):
        if step.key and (not isinstance(found, dict) or fold(first(found, (Step(step.key),))) != step.value):
            continue
        if not rest:
            yield found
        elif isinstance(found, dict):
            yield from below(found, rest)


def first(branch: Branch, steps: Path) -> str:
    """The first text at a path that is not empty; empty where there is none."""
    return next((found for found in below(branch, steps) if isinstance(found, str) and found.strip()), "")
