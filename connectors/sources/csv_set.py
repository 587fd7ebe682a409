"""The files of a CSV set: which file plays which part, told by their headings, and the rows of one joined to those of
another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.sources.csv_text import CsvText, open_csv
from connectors.sources.port import Rejected, SourceUnreadable
from mappings.column_binding import Binding, ColumnsRefused, bind, recognised
from mappings.source_map import Field, FileMap, Row, SourceMap

SUFFIXES = frozenset({".csv", ".txt", ".tsv"})
MAX_FILES = 200
MAX_JOINED_ROWS = 2_000_000


@dataclass(frozen=True, slots=True)
class BoundFile:
    """One file with its columns bound to the map."""

    text: CsvText
    file_map: FileMap
    binding: Binding

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return self.text.path.name

    def rows(self, null_tokens: frozenset[str]) -> Iterator[tuple[int, Row | str]]:
        """Each row that is not blank: its mapped cells, or what is wrong with it."""
        for number, record in self.text.records():
            problem = record if isinstance(record, str) else self._misfit(record)
            if problem:
                yield number, problem
            elif not isinstance(record, str):
                yield number, self.binding.row(record, null_tokens)

    def _misfit(self, cells: list[str]) -> str:
        width, headings = self.binding.width, self.text.headings
        if len(cells) < width:
            last = headings[len(cells)].strip() or f"column {len(cells) + 1}"
            return f"has {len(cells)} of {width} cells: '{last[:60]}' and what follows is missing"
        if any(cell.strip() for cell in cells[width:]):
            last = headings[-1].strip()
            return f"has {len(cells)} cells where the headings name {width}: something stands behind '{last[:60]}'"
        filled = next((place for place in self.binding.unnamed if cells[place].strip()), None)
        return "" if filled is None else f"has something in column {filled + 1}, which has no heading"


@dataclass(slots=True)
class JoinedFile:
    """A person, staff or team file in memory, by its key. None stands for a key that two different rows claim."""

    file: BoundFile
    by_key: dict[str, Row | None] = field(default_factory=dict)
    by_other: dict[str, Row | None] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    def load(self, null_tokens: frozenset[str]) -> None:
        """Read the whole file. Raises `SourceUnreadable` where it is too long to hold."""
        key, other = self.file.file_map.join, self.file.file_map.also_by
        for number, row in self.file.rows(null_tokens):
            where = f"{self.file.name} row {number}"
            if isinstance(row, str):
                self.rejected.append(Rejected(where, row))
                continue
            if len(self.by_key) >= MAX_JOINED_ROWS:
                raise SourceUnreadable(f"{self.file.name} has more than {MAX_JOINED_ROWS} rows; split the export")
            if key is None or key not in row:
                self.rejected.append(
                    Rejected(where, f"{self.file.binding.headings.get(key or Field.PERSON_ID)} is empty")
                )
                continue
            _claim(self.by_key, row[key], row)
            if other is not None and other in row:
                _claim(self.by_other, row[other], row)

    def join(self, row: Row, headings: dict[Field, str]) -> str:
        """Adds what this file says to `row`, where the row itself is silent. Returns what is wrong, or nothing."""
        key, other = self.file.file_map.join, self.file.file_map.also_by
        if key is None or key not in row:
            return ""
        asked = row[key].casefold()
        table = self.by_key if asked in self.by_key or other is None else self.by_other
        if asked not in table:
            if self.file.file_map.must_match:
                return f"{headings.get(key, key.value)} has no row in {self.file.name}"
            if other is not None and any(letter.isalpha() for letter in row[key]):
                row.setdefault(other, row[key])
            return ""
        found = table[asked]
        if found is None:
            return f"{headings.get(key, key.value)} leads to two different rows in {self.file.name}"
        row[key] = found[key]
        for of, text in found.items():
            row.setdefault(of, text)
        return ""


def _claim(table: dict[str, Row | None], key: str, row: Row) -> None:
    folded = key.casefold()
    table[folded] = row if folded not in table or table[folded] == row else None


@dataclass(frozen=True, slots=True)
class CsvSet:
    """The main file and the files joined to it. `headings` names every field's column, the main file's first."""

    main: BoundFile
    joined: tuple[JoinedFile, ...]
    headings: dict[Field, str]


def open_set(path: Path, source_map: SourceMap) -> CsvSet:
    """The set at `path`: a folder of CSV files, or the main file with the others beside it. Raises
    `SourceUnreadable`."""
    beside = _files(path if path.is_dir() else path.parent) if path.is_dir() or len(source_map.files) > 1 else []
    if path.is_dir():
        main = _the_one(source_map, source_map.main, beside, path)
        if main is None:
            raise SourceUnreadable(f"no file in the folder {path.name} has {_needs(source_map.main)}")
    else:
        text = _opened(source_map, source_map.main, path)
        if text is None:
            raise SourceUnreadable(f"{path.name} has no heading row with {_needs(source_map.main)}")
        main = _bound(text, source_map.main)
    others = [other for other in beside if other.resolve() != main.text.path.resolve()]
    joined = []
    for file_map in source_map.files[1:]:
        found = _join(source_map, file_map, main, others, path)
        if found is not None:
            joined.append(found)
    headings: dict[Field, str] = {}
    for file in (main, *(one.file for one in joined)):
        for of, heading in file.binding.headings.items():
            headings.setdefault(of, heading)
    return CsvSet(main, tuple(joined), headings)


def _join(
    source_map: SourceMap, file_map: FileMap, main: BoundFile, others: list[Path], path: Path
) -> JoinedFile | None:
    if file_map.join not in main.binding.headings or file_map.unless & set(main.binding.headings):
        return None
    file = _the_one(source_map, file_map, others, path)
    if file is None:
        if file_map.needed:
            raise SourceUnreadable(f"no {file_map.name} file beside {main.name}: it needs {_needs(file_map)}")
        return None
    joined = JoinedFile(file)
    joined.load(source_map.null_tokens)
    return joined


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(
            one for one in folder.iterdir() if one.suffix.casefold() in SUFFIXES and not one.name.startswith(".")
        )
    except OSError as error:
        raise SourceUnreadable(f"the folder {folder.name} cannot be read: {error.strerror}") from None
    if len(found) > MAX_FILES:
        raise SourceUnreadable(
            f"the folder {folder.name} has more than {MAX_FILES} files; give the export a folder of its own"
        )
    return [one for one in found if one.is_file()]


def _the_one(source_map: SourceMap, file_map: FileMap, files: list[Path], path: Path) -> BoundFile | None:
    found = [text for text in (_opened(source_map, file_map, one) for one in files) if text is not None]
    if len(found) > 1:
        names = ", ".join(text.path.name for text in found[:5])
        raise SourceUnreadable(
            f"several files in {path.name} look like the {file_map.name} file: {names}; keep one, or name the main file"
        )
    return _bound(found[0], file_map) if found else None


def _opened(source_map: SourceMap, file_map: FileMap, path: Path) -> CsvText | None:
    return open_csv(path, source_map.encodings, source_map.delimiters, lambda headings: recognised(file_map, headings))


def _bound(text: CsvText, file_map: FileMap) -> BoundFile:
    try:
        return BoundFile(text, file_map, bind(file_map, text.headings))
    except ColumnsRefused as problem:
        raise SourceUnreadable(f"{text.path.name}: {problem}") from None


def _needs(file_map: FileMap) -> str:
    parts = []
    for of in sorted(file_map.required):
        parts.append(_columns(file_map, [of]))
    for group in file_map.one_of:
        parts.append(_columns(file_map, sorted(group)))
    return " and ".join(parts)


def _columns(file_map: FileMap, fields: list[Field]) -> str:
    return "a column for " + " or ".join(of.value.replace("_", " ") for of in fields if of in file_map.columns)
