"""The tables of one export: which file or sheet plays which part, told by its headings, and the rows of one joined to
those of another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.sources.bound_table import BoundTable
from connectors.sources.csv_text import CsvSheet
from connectors.sources.joined_table import JoinedTable, load
from connectors.sources.port import SourceUnreadable
from connectors.sources.spreadsheet import WorkbookSheet, is_workbook, open_workbook
from connectors.sources.table import Sheet, Table
from mappings.column_binding import ColumnsRefused, bind, fields_of, recognised
from mappings.source_map import Field, FileMap, Others, SourceMap

SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"})
MAX_FILES = 200
MAX_LOOKED_AT = 20
Books = dict[Path, tuple[WorkbookSheet, ...] | SourceUnreadable]
"""The workbooks that were read, or why one cannot be: reading one takes a process of its own, and each preset asks again."""


class NoMain(SourceUnreadable):
    """Nothing there states involvements. `known` counts the fields of the nearest heading row."""

    def __init__(self, text: str, known: int) -> None:
        super().__init__(text)
        self.known = known


@dataclass(frozen=True, slots=True)
class MainTable:
    """One main table and what is joined to it. `headings` names every field's column, the main table's first."""

    main: BoundTable
    joined: tuple[JoinedTable, ...]
    headings: dict[Field, str]


@dataclass(frozen=True, slots=True)
class TableSet:
    """The main tables of one export, in the order of the map. Every table that is joined stands in `joined` once;
    `unread` names the files and sheets of a folder or workbook that play no part."""

    feeds: tuple[MainTable, ...]
    joined: tuple[JoinedTable, ...]
    unread: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The first main file."""
        return self.feeds[0].main.path

    @property
    def main_paths(self) -> frozenset[Path]:
        """The files that the main tables stand in."""
        return frozenset(feed.main.path for feed in self.feeds)

    @property
    def paths(self) -> frozenset[Path]:
        """The files of all tables."""
        return self.main_paths | {one.table.path for one in self.joined}

    @property
    def unknown(self) -> tuple[str, ...]:
        """The columns of the main tables that are in no list of the map."""
        return tuple(dict.fromkeys(name for feed in self.feeds for name in feed.main.binding.unknown))

    @property
    def refused(self) -> bool:
        """Whether a connector refuses the set because of them."""
        return any(feed.main.binding.unknown and feed.main.file_map.others is Others.REFUSE for feed in self.feeds)


def open_set(path: Path, source_map: SourceMap, strict: bool = True, books: Books | None = None) -> TableSet:
    """The set at `path`: a folder of files, a workbook, or the main file with the others beside it. Where not `strict`,
    columns in no list are passed over. `books` are workbooks that were read already. Raises `SourceUnreadable`."""
    books = {} if books is None else books
    own = sheets_at(path, source_map, books)
    mains = _mains(source_map, own, path, strict)
    if not mains:
        raise _no_main(path, source_map, own)
    used = {main.name for main in mains}
    others = [one for one in own if one.name not in used] + _beside(path, source_map, books)
    loaded: dict[str, JoinedTable | None] = {}
    feeds = tuple(_feed(source_map, main, others, path, loaded) for main in mains)
    joined = tuple(one for one in loaded.values() if one is not None)
    used |= {one.table.name for one in joined}
    return TableSet(feeds, joined, tuple(one.name for one in own if one.name not in used))


def sheets_at(path: Path, source_map: SourceMap, books: Books) -> list[Sheet]:
    """Everything at `path` that may be a table: the file, the sheets of the workbook, or those of every file of the
    folder. Raises `SourceUnreadable`."""
    if path.is_dir():
        return [sheet for one in _files(path) for sheet in _sheets(one, source_map, books)]
    return _sheets(path, source_map, books)


def _sheets(path: Path, source_map: SourceMap, books: Books) -> list[Sheet]:
    if is_workbook(path):
        if path not in books:
            try:
                books[path] = open_workbook(path)
            except SourceUnreadable as problem:
                books[path] = problem
        read = books[path]
        if isinstance(read, SourceUnreadable):
            raise SourceUnreadable(str(read))
        return list(read)
    return [CsvSheet(path, source_map.encodings, source_map.delimiters)]


def _mains(source_map: SourceMap, sheets: Sequence[Sheet], path: Path, strict: bool) -> list[BoundTable]:
    mains: dict[str, list[BoundTable]] = {}
    for file_map in source_map.mains:
        found = [(sheet, table) for sheet in sheets if (table := _recognised(sheet, file_map)) is not None]
        if len({sheet.path for sheet, _ in found}) > 1:
            raise SourceUnreadable(_several(path, file_map, [table for _, table in found]))
        if found:
            mains[file_map.name] = [_bound(sheet, table, file_map, strict) for sheet, table in found]
    return [main for listed in mains.values() for main in listed if not main.file_map.instead_of & set(mains)]


def _feed(
    source_map: SourceMap,
    main: BoundTable,
    others: Sequence[Sheet],
    path: Path,
    loaded: dict[str, JoinedTable | None],
) -> MainTable:
    headings = dict(main.binding.headings)
    joined = []
    for file_map in source_map.beside:
        if file_map.join not in headings or file_map.unless & set(main.binding.headings):
            continue
        if file_map.name not in loaded:
            loaded[file_map.name] = _join(source_map, file_map, others, path)
        found = loaded[file_map.name]
        if found is None and file_map.needed:
            raise SourceUnreadable(f"no {file_map.name} file beside {main.name}: it needs {needs(file_map)}")
        if found is not None:
            joined.append(found)
            for of, heading in found.table.binding.headings.items():
                headings.setdefault(of, heading)
    return MainTable(main, tuple(joined), headings)


def join_beside(source_map: SourceMap, path: Path, have: frozenset[Field]) -> tuple[JoinedTable, ...]:
    """The tables beside a document that is no table itself, joined by the fields it has. Raises `SourceUnreadable`."""
    sheets = _beside(path, source_map, {})
    fields = set(have)
    joined = []
    for file_map in source_map.beside:
        found = _join(source_map, file_map, sheets, path) if file_map.join in fields else None
        if found is not None:
            joined.append(found)
            fields |= set(found.table.binding.headings)
    return tuple(joined)


def directory_table(path: Path, file_map: FileMap, source_map: SourceMap) -> JoinedTable:
    """A directory that the settings name, whatever it lies beside. Raises `SourceUnreadable`."""
    sheet = CsvSheet(path, source_map.encodings, source_map.delimiters)
    table = _recognised(sheet, file_map)
    if table is None:
        raise SourceUnreadable(f"{path.name} has no heading row with {needs(file_map)}")
    return load(_bound(sheet, table, file_map, False), source_map.null_tokens)


def _join(source_map: SourceMap, file_map: FileMap, sheets: Sequence[Sheet], path: Path) -> JoinedTable | None:
    found = [(sheet, table) for sheet in sheets if (table := _recognised(sheet, file_map)) is not None]
    if len(found) > 1 and (file_map.needed or path.is_dir()):
        raise SourceUnreadable(_several(path, file_map, [table for _, table in found]))
    # Beside a single file several may lie that have nothing to do with it: nobody is guessed to be the one.
    return load(_bound(*found[0], file_map, False), source_map.null_tokens) if len(found) == 1 else None


def _beside(path: Path, source_map: SourceMap, books: Books) -> list[Sheet]:
    """The tables of the folder that a single file stands in. What among them cannot be read is nobody's part."""
    if path.is_dir() or not source_map.beside:
        return []
    found: list[Sheet] = []
    for one in _files(path.parent):
        if one.resolve() == path.resolve():
            continue
        try:
            found += _sheets(one, source_map, books)
        except SourceUnreadable:
            continue
    return found


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(
            one
            for one in folder.iterdir()
            if one.suffix.casefold() in SUFFIXES and not one.name.startswith((".", "~$"))
        )
    except OSError as error:
        raise SourceUnreadable(f"the folder {folder.name} cannot be read: {error.strerror}") from None
    if len(found) > MAX_FILES:
        raise SourceUnreadable(
            f"the folder {folder.name} has more than {MAX_FILES} files; give the export a folder of its own"
        )
    return [one for one in found if one.is_file()]


def _recognised(sheet: Sheet, file_map: FileMap) -> Table | None:
    return sheet.table(lambda headings: len(fields_of(file_map, headings)) if recognised(file_map, headings) else 0)


def _bound(sheet: Sheet, table: Table, file_map: FileMap, strict: bool) -> BoundTable:
    try:
        return BoundTable(sheet.path, table, file_map, bind(file_map, table.headings, strict))
    except ColumnsRefused as problem:
        raise SourceUnreadable(f"{table.name}: {problem}") from None


def _several(path: Path, file_map: FileMap, tables: Sequence[Table]) -> str:
    names = ", ".join(table.name for table in tables[:5])
    return f"several files in {path.name} look like the {file_map.name} file: {names}; keep one, or name the main file"


def _no_main(path: Path, source_map: SourceMap, sheets: Sequence[Sheet]) -> NoMain:
    for file_map in source_map.beside:
        if not file_map.shared and any(_recognised(sheet, file_map) is not None for sheet in sheets):
            wanted = " or ".join(main.name for main in source_map.mains)
            said = (
                f"{path.name} is the {file_map.name.replace('_', ' ')} file, which states no involvement by itself: "
                f"what is missing is the {wanted.replace('_', ' ')} file, with {needs(source_map.mains[0])}"
            )
            return NoMain(said, len(Field))
    nearest = max(
        (_nearest(sheet, main) for sheet in sheets[:MAX_LOOKED_AT] for main in source_map.mains),
        key=lambda near: len(near[1]),
        default=None,
    )
    if nearest is None or not nearest[1]:
        where = f"no file in the folder {path.name} has" if path.is_dir() else f"{path.name} has no"
        return NoMain(f"{where} heading row with {needs(source_map.mains[0])}", 0)
    main, present, name = nearest
    missing = [_columns(main, [of]) for of in sorted(main.required - present)]
    missing += [_columns(main, sorted(group)) for group in main.one_of if not group & present]
    return NoMain(
        f"{name} has no heading row that states involvements: what is missing is {' and '.join(missing)}", len(present)
    )


def _nearest(sheet: Sheet, file_map: FileMap) -> tuple[FileMap, set[Field], str]:
    """Which fields the heading row that knows most of them has."""
    best: set[Field] = set()

    def look(headings: Sequence[str]) -> bool:
        present = fields_of(file_map, headings)
        if len(present) > len(best):
            best.clear()
            best.update(present)
        return False

    sheet.table(look)
    return file_map, best, sheet.name


def needs(file_map: FileMap) -> str:
    """What a file is recognised by, in words."""
    parts = [_columns(file_map, [of]) for of in sorted(file_map.required)]
    parts += [_columns(file_map, sorted(group)) for group in file_map.one_of]
    return " and ".join(parts)


def _columns(file_map: FileMap, fields: list[Field]) -> str:
    return "a column for " + " or ".join(of.value.replace("_", " ") for of in fields if of in file_map.columns)
