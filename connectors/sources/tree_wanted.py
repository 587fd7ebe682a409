"""Which elements of a document of nested elements are kept: those on the paths that a map names, and no others."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from mappings.source_map import FileMap
from mappings.tree_map import Path, Step, TreeMap, path


@dataclass(slots=True)
class Wanted:
    """One kept element, by what is kept below it. `record`: each of it is handed on by itself."""

    below: dict[str, "Wanted"] = field(default_factory=dict)
    record: bool = False

    def add(self, steps: Path) -> "Wanted":
        """Keep what stands at a path below this element, and what its steps choose by."""
        if not steps:
            return self
        step, rest = steps[0], steps[1:]
        inside = self.below.setdefault(step.name, Wanted())
        if step.key:
            inside.add((Step(step.key),))
        return inside.add(rest)


@dataclass(frozen=True, slots=True)
class Paths:
    """The columns of a map as paths: those of a record, and those of the document around it."""

    of_record: tuple[Path, ...]
    of_document: tuple[Path, ...]


def paths_of(tree: TreeMap, file_map: FileMap) -> Paths:
    """Every path that the map reads."""
    own: list[Path] = [level.path for level in tree.levels]
    around: list[Path] = [*tree.needs, *tree.whole, *([tree.as_of] if tree.as_of else [])]
    for headers in file_map.columns.values():
        for header in headers:
            (around if header.name.startswith("/") else own).append(path(header.name))
    for level in tree.levels:
        own += [(*level.path, *inner) for inner, _ in level.where]
        around += [outer for _, outer in level.where]
    return Paths(tuple(own), tuple(around))


def wanted_of(tree: TreeMap, file_map: FileMap, records: Iterable[Path]) -> Wanted:
    """What is kept of a document with records at these paths."""
    paths, whole = paths_of(tree, file_map), Wanted()
    for each in paths.of_document:
        whole.add(each)
    for each in records:
        record = whole.add(each)
        record.record = True
        for own in paths.of_record:
            record.add(own)
    return whole
