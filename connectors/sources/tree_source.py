"""A source: an agency's export as one document of nested elements (XML or JSON), read by a preset's map."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

from connectors.sources import json_file, xml_file
from connectors.sources.file_kind import FileKind, files_of, kind_of, only_file
from connectors.sources.file_source import FileSource
from connectors.sources.joined_table import JoinedTable
from connectors.sources.port import Coverage, Reading, Rejected, Snapshot, SourceUnreadable
from connectors.sources.row_readings import FoundRow, readings_of
from connectors.sources.table_set import join_beside
from connectors.sources.tree_rows import TooManyRows, TreeBinding
from connectors.sources.tree_wanted import wanted_of
from mappings.concept_map import fold
from mappings.preset import StatesMode
from mappings.row_map import RowMap
from mappings.source_map import Field, Row, SourceMap
from mappings.transforms_dates import NotADate
from mappings.tree_map import Branch, TreeMap, below, first, path

MOST_LOOKED_AT = 1_000
TREES = frozenset({FileKind.XML, FileKind.JSON, FileKind.FHIR})


class OtherRoot(SourceUnreadable):
    """The outermost element is that of another format. `root` is what the file has."""

    def __init__(self, file: str, root: str, wanted: tuple[str, ...]) -> None:
        super().__init__(f"the outermost element of {file} is {_shown(root)} and not {_either(wanted)}")
        self.root, self.wanted = _shown(root), _either(wanted)


@dataclass(frozen=True, slots=True)
class Tree:
    """One document ready to be read: its file, its map, and what it says of itself. Of events there may be many files, of which `path` is
    the first that holds one."""

    path: Path
    kind: FileKind
    tree: TreeMap
    document: Branch
    files: tuple[Path, ...]


@dataclass(slots=True)
class TreeSource(FileSource):
    """`path` is the document, or a folder with just one; where each states an event, a folder of many."""

    def snapshot(self) -> Snapshot:
        """What the next reading covers. Raises `SourceUnreadable`."""
        found = self._found()
        whole = self.preset.mode is StatesMode.SNAPSHOT and _holds(found.tree.whole, found.document)
        return Snapshot(self.coverage if whole else Coverage.PARTIAL, self._day(found))

    def readings(self) -> Iterator[Reading]:
        """Every record's rows in the order of the document."""
        source_map = self._map()
        found = self._found()
        self.remarks.clear()
        main = source_map.mains[0]
        row_map = self.row_map(source_map, self._day(found))
        binding = TreeBinding.of(found.tree, main)
        joined = join_beside(source_map, found.path, frozenset(main.columns))
        headings = dict(binding.headings)
        for one in joined:
            for of, heading in one.table.binding.headings.items():
                headings.setdefault(of, heading)
        # A document that turns out to be broken at its end must not have been half believed by then.
        if not sum(1 for _ in _records(found, source_map)):
            raise SourceUnreadable(f"{found.path.name} holds no record such as the preset {self.preset.name} reads")
        for one in joined:
            yield from one.rejected
        yield from readings_of(
            lambda _: _rows(found, source_map, binding, joined, headings, row_map), source_map.same_key
        )

    def _found(self) -> Tree:
        return fits(self.path, self._map(), self.preset.mode is StatesMode.EVENT)

    def _map(self) -> SourceMap:
        if self.preset.rows is None or self.preset.rows.tree is None:
            raise SourceUnreadable(f"the preset {self.preset.name} does not read XML or JSON")
        return self.preset.rows

    def _day(self, found: Tree) -> date:
        if self.as_of is not None:
            return self.as_of
        written = datetime.fromtimestamp(max(one.stat().st_mtime for one in found.files), UTC).date()
        said = first(found.document, found.tree.as_of).strip() if found.tree.as_of else ""
        try:
            return self._map().dates.parse(said, written).exact or written
        except NotADate:
            return written


def fits(path: Path, source_map: SourceMap, events: bool = False) -> Tree:
    """The document at `path`, or its documents where they are `events`, if it is of this format. Raises `SourceUnreadable` with what it
    misses."""
    listed = [one for one in files_of(path) if kind_of(one) is FileKind.JSON] if events and path.is_dir() else []
    files = tuple(listed) if len(listed) > 1 else (only_file(path, TREES),)
    file = files[0]
    kind, tree = kind_of(file), source_map.tree
    if kind not in TREES or tree is None:
        raise SourceUnreadable(f"{file.name} is neither XML nor JSON")
    if kind is FileKind.XML:
        wanted = wanted_of(tree, source_map.mains[0], tree.records)
        root, document = xml_file.beginning(file, wanted)
        if not tree.root:
            raise SourceUnreadable(f"{file.name} is XML, and the preset reads JSON")
        if root not in tree.root:
            raise OtherRoot(file.name, root, tree.root)
        found = Tree(file, kind, tree, document, files)
    elif tree.root:
        raise SourceUnreadable(f"{file.name} is JSON, and the preset reads XML")
    else:
        found = _json(files, kind, tree)
    for steps, values in tree.needs.items():
        name = "/".join(step.name for step in steps)
        if not values and not any(below(found.document, steps)):
            raise SourceUnreadable(f"{file.name} has no {name}")
        if values and not _matches(first(found.document, steps), values):
            # The shortest of the ways to write it.
            raise SourceUnreadable(f"{file.name} does not say {min(sorted(values), key=len)} at {name}")
    if kind is not FileKind.XML:
        _has_required(found, source_map)
    return found


def _json(files: tuple[Path, ...], kind: FileKind, tree: TreeMap) -> Tree:
    first: Tree | None = None
    for file in files:
        documents = json_file.documents(file, tree.envelopes)
        document = next((one for one in documents if _of_format(tree, one)), None)
        if document is not None:
            return Tree(file, kind, tree, document, files)
        first = first or Tree(file, kind, tree, documents[0] if documents else {}, files)
    return first or Tree(files[0], kind, tree, {}, files)


def _has_required(found: Tree, source_map: SourceMap) -> None:
    """JSON has no outermost name to tell a format by: one of its records must have what the map cannot do without."""
    main = source_map.mains[0]
    paths = {of: [path(header.name) for header in main.columns[of]] for of in sorted(main.required)}
    best: set[Field] = set()
    for _, record, _ in islice(_records(found, source_map), MOST_LOOKED_AT):
        present = {of for of, steps in paths.items() if any(first(record, each) for each in steps)}
        if len(present) == len(paths):
            return
        best = max(best, present, key=len)
    missing = ", ".join(main.columns[of][0].name for of in paths if of not in best)
    raise SourceUnreadable(f"{found.path.name} has no record with {missing}")


def _of_format(tree: TreeMap, document: Branch) -> bool:
    return all(
        _matches(first(document, steps), values) if values else any(below(document, steps))
        for steps, values in tree.needs.items()
    )


def _matches(text: str, values: frozenset[str]) -> bool:
    return fold(text) in values


def _holds(needs: object, document: Branch) -> bool:
    return not isinstance(needs, dict) or all(_matches(first(document, steps), said) for steps, said in needs.items())


def _records(found: Tree, source_map: SourceMap) -> Iterator[tuple[str, Branch, Branch]]:
    """Every record, where it stands and with the document around it."""
    tree = found.tree
    if found.kind is FileKind.XML:
        wanted = wanted_of(tree, source_map.mains[0], tree.records)
        for number, each in enumerate(xml_file.records(found.path, wanted), 1):
            yield f"{found.path.name} record {number}", each.record, each.document
        return
    for file in found.files:
        number = 0
        for document in json_file.documents(file, tree.envelopes):
            for record in _listed(tree, document):
                number += 1
                yield f"{file.name} record {number}", record, document


def _listed(tree: TreeMap, document: Branch) -> list[Branch]:
    for steps in tree.records:
        listed = [each for each in below(document, steps) if isinstance(each, dict)]
        if listed:
            return listed
    return []


def _rows(
    found: Tree,
    source_map: SourceMap,
    binding: TreeBinding,
    joined: tuple[JoinedTable, ...],
    headings: dict[Field, str],
    row_map: RowMap,
) -> Iterator[FoundRow]:
    for where, record, document in _records(found, source_map):
        try:
            for row in binding.rows(record, document, source_map.null_tokens):
                problem = next(filter(None, (one.join(row, headings) for one in joined)), "")
                made: Row | Rejected = Rejected(where, problem, row_map.local_id(row)) if problem else row
                yield FoundRow(where, made, row_map, headings)
        except TooManyRows as problem:
            yield FoundRow(where, Rejected(where, str(problem)), row_map, headings)


def _either(roots: tuple[str, ...]) -> str:
    return " or ".join(f"<{root}>" for root in roots)


def _shown(root: str) -> str:
    return f"<{root[:40]}>" if root else "not to be found"
