"""A CSV file as text: its encoding found, its heading row found, its records read one by one within bounds.

Whole-file faults raise `SourceUnreadable`; a fault of one record is handed on as a sentence, and reading goes on behind
it.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from connectors.sources.port import SourceUnreadable
from connectors.sources.table import HEADING_ROWS, MAX_COLUMNS, MAX_FIELD, Wanted

MAX_BYTES = 2 * 1024**3
MAX_LINE = 1024 * 1024
CHUNK = 1024 * 1024
MAX_BLANK = 100
OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel or zip file; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file; save the sheet as CSV UTF-8",
    b"%PDF": "a PDF; export the list as CSV UTF-8",
    b"\x1f\x8b": "compressed (gzip); unpack it",
    b"7z\xbc\xaf": "a compressed archive (7z); unpack it into a folder",
    b"Rar!": "a compressed archive (rar); unpack it into a folder",
    b"\x00\x01\x00\x00Standard ": "an Access database; export its tables as CSV UTF-8",
    b"SQLite format 3": "an SQLite database; export its tables as CSV UTF-8, or let the connector ask it (kind sql_query)",
    b"PAR1": "a Parquet file; export the table as CSV UTF-8",
    b"\x89PNG": "a picture; export the list as CSV UTF-8",
    b"\xff\xd8\xff": "a picture; export the list as CSV UTF-8",
    b"{\\rtf": "a text document (RTF); export the list as CSV UTF-8",
}
# Told by their first bytes, with a mark or (the NUL of the first letter) without one; not left to the preset.
WIDE = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class CsvText:
    """A file ready to read: `heading_row` counts records from 1; data begins behind it."""

    path: Path
    encoding: str
    delimiter: str
    heading_row: int
    headings: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return self.path.name

    def records(self) -> Iterator[tuple[int, list[str] | str]]:
        """Each record behind the headings with its number in the file: its cells, or what is wrong with it. Blank lines
        are passed over.

        Text was checked when the file was opened; should it change since, what cannot be decoded comes as replacement
        characters.
        """
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            for number, record in _records(stream, self.delimiter):
                if number > self.heading_row and record:
                    yield number, record


@dataclass(frozen=True, slots=True)
class CsvSheet:
    """A file that may be the table that is looked for."""

    path: Path
    encodings: tuple[str, ...]
    delimiters: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's own name, without its folder."""
        return self.path.name

    def table(self, wanted: Wanted) -> CsvText | None:
        """The file, where it has a heading row that is `wanted`. Raises `SourceUnreadable`."""
        return open_csv(self.path, self.encodings, self.delimiters, wanted)


def open_csv(path: Path, encodings: Sequence[str], delimiters: Sequence[str], wanted: Wanted) -> CsvText | None:
    """The file, where one of its first ten records is `wanted` as its heading row, the most wanted of them; None where none is.

    Raises `SourceUnreadable` for a file that is there but no text of the encodings.
    """
    head = _head(path)
    wide = _wide(head)
    for delimiter in delimiters:
        first = _first_records(head, delimiter, wide or "utf-8-sig")
        scores = [wanted(headings) if len(headings) <= MAX_COLUMNS else 0 for _, headings in first]
        if any(scores):
            number, headings = first[scores.index(max(scores))]
            encoding = _encoding(path, (wide,) if wide else encodings)
            exact = dict(_first_records(head, delimiter, encoding))
            return CsvText(path, encoding, delimiter, number, tuple(exact.get(number, headings)))
    return None


def _wide(head: bytes) -> str:
    """The kind of UTF-16 or UTF-32 that a file is in, empty for any other encoding."""
    for mark, encoding in WIDE:
        if head.startswith(mark):
            return encoding
    if len(head) < 2 or len(head) % 2:
        return ""
    return "utf-16-be" if head[0] == 0 else "utf-16-le" if head[1] == 0 else ""


def _head(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceUnreadable(f"{path.name} is larger than {MAX_BYTES // 1024**3} GiB; split the export")
        with path.open("rb") as stream:
            head = stream.read(HEADING_ROWS * MAX_FIELD)
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    for start, what in OTHER_FORMATS.items():
        if head.startswith(start):
            raise SourceUnreadable(f"{path.name} is {what}")
    return head


def _first_records(head: bytes, delimiter: str, encoding: str = "utf-8-sig") -> list[tuple[int, list[str]]]:
    text = io.StringIO(head.decode(encoding, errors="replace"), newline="")
    found: list[tuple[int, list[str]]] = []
    for number, record in _parsed(iter(text), delimiter):
        if isinstance(record, list) and record:
            found.append((number, record))
        if len(found) == HEADING_ROWS or number == MAX_BLANK:
            break
    return found


def _encoding(path: Path, encodings: Sequence[str]) -> str:
    for encoding in encodings:
        if _decodes(path, encoding):
            return encoding
    raise SourceUnreadable(f"{path.name} is not text in {', '.join(encodings)}; save it as CSV UTF-8")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if b"\x00" in chunk and not encoding.startswith(("utf-16", "utf-32")):
                raise SourceUnreadable(f"{path.name} holds NUL bytes, so it is no text; save it as CSV UTF-8")
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _records(stream: TextIO, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    # Lines are cut at a bound, so that a file without line ends cannot fill the memory; its rows then do not fit the
    # headings.
    return _parsed(iter(lambda: stream.readline(MAX_LINE), ""), delimiter)


def _parsed(lines: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, f"has a cell longer than {MAX_FIELD} characters, or a quotation mark that never closes"
            continue
        yield number, record if any(cell.strip() for cell in record) else []
