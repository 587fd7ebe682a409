"""A workbook (xlsx, ods, xls) as tables, one a sheet, within bounds: formulas by the value they last had, dates as dates
whatever way they are shown, cells merged downwards filled in every row they cover.

A workbook is a zip archive that may unpack to any size, whatever it says of itself: it is unpacked once, in pieces that
are thrown away, before anything is built of it. What builds it is a process of its own (`workbook_reader`).
"""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.sources import workbook_reader
from connectors.sources.port import SourceUnreadable
from connectors.sources.table import HEADING_ROWS, MAX_COLUMNS, MAX_FIELD, Wanted

STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
MAX_BYTES = 64 * 1024**2
MAX_UNPACKED = 256 * 1024**2
MAX_MEMBERS = 5_000
MAX_SHEETS = 100
MAX_CELLS = 4_000_000
PIECE = 1024 * 1024
MAX_SECONDS = 120
AS_CSV = "save its sheets as CSV UTF-8"
# What one of each kind of workbook always holds: xlsx and its relatives, xlsb, ods.
WORKBOOK_PARTS = ("workbook.xml", "workbook.bin", "content.xml")
NO_WORKBOOK = "is an archive and no workbook: unpack it into a folder of its own, and name that folder"
LOCKED = "EncryptedPackage".encode("utf-16-le")
ENCRYPTED = "is protected by a password, or is no workbook; save it without one"


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet whose heading row was found; `heading_row` counts from 1."""

    name: str
    heading_row: int
    headings: tuple[str, ...]
    rows: list[list[str]] = field(repr=False)

    def records(self) -> Iterator[tuple[int, list[str] | str]]:
        """Each row behind the headings that is not blank, with its number on the sheet."""
        for number, cells in enumerate(self.rows[self.heading_row :], self.heading_row + 1):
            if any(len(cell) > MAX_FIELD for cell in cells):
                yield number, f"has a cell longer than {MAX_FIELD} characters"
            elif any(cell.strip() for cell in cells):
                yield number, cells


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """One sheet, as text."""

    path: Path
    name: str
    rows: list[list[str]] = field(repr=False)

    def table(self, wanted: Wanted) -> SheetTable | None:
        """The sheet, where one of its first ten rows that are not blank is `wanted` as its heading row, the most wanted of them."""
        filled = [number for number, cells in enumerate(self.rows, 1) if any(cell.strip() for cell in cells)]
        first = [(number, _trimmed(self.rows[number - 1])) for number in filled[:HEADING_ROWS]]
        scores = [wanted(headings) if len(headings) <= MAX_COLUMNS else 0 for _, headings in first]
        if not any(scores):
            return None
        number, headings = first[scores.index(max(scores))]
        rows = self.rows[:number] + [_fitted(cells, len(headings)) for cells in self.rows[number:]]
        return SheetTable(self.name, number, tuple(headings), rows)


def is_workbook(path: Path) -> bool:
    """Whether a file begins as workbooks do."""
    try:
        with path.open("rb") as stream:
            return stream.read(4) in STARTS
    except OSError:
        return False


def open_workbook(path: Path) -> tuple[WorkbookSheet, ...]:
    """Every sheet that is not empty. Raises `SourceUnreadable`."""
    _check(path)
    sheets: list[tuple[str, list[list[str]]]] = []
    for line in _read(path).splitlines():
        said = json.loads(line)
        if isinstance(said, str):
            sheets.append((said, []))
        else:
            sheets[-1][1].append(said)
    return tuple(
        WorkbookSheet(path, path.name if len(sheets) == 1 else f"{path.name} sheet {name[:60]}", rows)
        for name, rows in sheets
        if any(cell for row in rows for cell in row)
    )


def _read(path: Path) -> bytes:
    reader = Path(workbook_reader.__file__)
    command = [sys.executable, "-I", str(reader), str(path.resolve()), str(MAX_SHEETS), str(MAX_CELLS)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=MAX_SECONDS)
    except subprocess.TimeoutExpired:
        raise SourceUnreadable(f"{path.name} takes longer than {MAX_SECONDS} s to read; {AS_CSV}") from None
    if done.returncode == workbook_reader.TOO_MANY["sheets"]:
        raise SourceUnreadable(f"{path.name} has more than {MAX_SHEETS} sheets; export the ones that are needed")
    if done.returncode == workbook_reader.TOO_MANY["cells"]:
        raise SourceUnreadable(f"{path.name} has more than {MAX_CELLS} cells; {AS_CSV}")
    if done.returncode:
        # The container that Office puts an encrypted workbook into names its one part so, in UTF-16.
        if LOCKED in path.read_bytes():
            raise SourceUnreadable(f"{path.name} {ENCRYPTED}")
        raise SourceUnreadable(f"{path.name} is no workbook that can be read; {AS_CSV}")
    return done.stdout


def _check(path: Path) -> None:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceUnreadable(f"{path.name} is larger than {MAX_BYTES // 1024**2} MB; {AS_CSV}")
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            if not any(name.casefold().endswith(WORKBOOK_PARTS) for name in archive.namelist()):
                raise SourceUnreadable(f"{path.name} {NO_WORKBOOK}")
            _unpack(path, archive)
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    except RuntimeError:
        raise SourceUnreadable(f"{path.name} {ENCRYPTED}") from None
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, KeyError):
        raise SourceUnreadable(f"{path.name} is damaged; save the workbook again") from None
    except Exception as error:
        # zlib.error and lzma.LZMAError are the decompressors' own.
        if type(error).__module__ not in ("zlib", "_lzma", "struct"):
            raise
        raise SourceUnreadable(f"{path.name} is damaged; save the workbook again") from None


def _unpack(path: Path, archive: zipfile.ZipFile) -> None:
    members, unpacked = archive.infolist(), 0
    if len(members) > MAX_MEMBERS:
        raise SourceUnreadable(f"{path.name} holds more than {MAX_MEMBERS} parts; {AS_CSV}")
    for member in members:
        with archive.open(member) as stream:
            while piece := stream.read(PIECE):
                unpacked += len(piece)
                if unpacked > MAX_UNPACKED:
                    raise SourceUnreadable(f"{path.name} unpacks to more than {MAX_UNPACKED // 1024**2} MB; {AS_CSV}")


def _trimmed(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _fitted(cells: list[str], width: int) -> list[str]:
    """A row as wide as the headings, longer only where something stands behind them."""
    kept = _trimmed(cells)
    return kept + [""] * (width - len(kept))
