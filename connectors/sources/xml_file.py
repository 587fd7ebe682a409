"""An XML file as records, one held at a time: files of hundreds of megabytes in bounded memory.

Only what the map names is kept; whatever else stands in the file, denied or not, is never more than a parser's event.
Document types and entities are refused: no format read here has any, and they are how XML attacks its reader.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from connectors.sources.port import SourceUnreadable
from connectors.sources.tree_wanted import Wanted
from mappings.concept_map import fold
from mappings.tree_map import Branch

MAX_BYTES = 4 * 1024**3
MAX_DEPTH = 40
MAX_NODES = 20_000
MAX_TEXT = 16 * 1024
MAX_UNCLOSED = 16 * 1024**2
CHUNK = 256 * 1024
HEAD, DECLARATION = 4_096, 256
BLANKS = b" \t\r\n"
DECLARED = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
DAMAGED = "is not well-formed XML; export it again"


class TooMuch(Exception):
    """The document goes beyond a bound. The text says which."""


@dataclass(slots=True)
class Found:
    """One record, with what the document had said before it."""

    record: Branch
    document: Branch


@dataclass(slots=True, repr=False)
class Collector:
    """What the parser tells. Elements on a wanted path become branches; everything else is passed over."""

    wanted: Wanted
    document: Branch = field(default_factory=dict)
    ready: list[Branch] = field(default_factory=list)
    root: str = ""
    depth: int = 0
    nodes: int = 0
    _stack: list[tuple[str, Branch | None, Wanted | None]] = field(default_factory=list)
    _text: list[str] = field(default_factory=list)
    _length: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooMuch(f"nests deeper than {MAX_DEPTH} levels")
        name = _name(tag)
        if self.depth == 1:
            self.root = name
            self._stack.append((name, self.document, self.wanted))
            return
        above = self._stack[-1][2]
        inside = above.below.get(name) if above is not None else None
        if inside is not None and not inside.record:
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise TooMuch(f"has a record of more than {MAX_NODES} elements")
        if inside is not None and inside.record:
            self.nodes = 0
        self._stack.append((name, {} if inside is not None else None, inside))
        self._text, self._length = [], 0

    def data(self, text: str) -> None:
        """Text inside an element."""
        if self._stack and self._stack[-1][1] is not None:
            self._length += len(text)
            if self._length > MAX_TEXT:
                raise TooMuch(f"has a text longer than {MAX_TEXT} characters")
            self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        self.depth -= 1
        name, branch, wanted = self._stack.pop()
        if branch is None or wanted is None or not self._stack:
            return
        value: Branch | str = branch if branch or wanted.record else "".join(self._text)
        self._text, self._length = [], 0
        if wanted.record and isinstance(value, dict):
            self.ready.append(value)
            return
        above = self._stack[-1][1]
        if above is not None:
            above.setdefault(name, []).append(value)

    def close(self) -> None:
        """The document ends."""


def records(path: Path, wanted: Wanted) -> Iterator[Found]:
    """Every record in the order of the file. Raises `SourceUnreadable`, also half way."""
    collector = Collector(wanted)
    with faults(path), path.open("rb") as stream:
        parser = safe_parser(path, collector)
        for piece in pieces(stream):
            parser.feed(piece)
            yield from _taken(collector)
        parser.close()
        yield from _taken(collector)


def beginning(path: Path, wanted: Wanted) -> tuple[str, Branch]:
    """The name of the outermost element and what the document says before its first record. Raises
    `SourceUnreadable`."""
    collector = Collector(wanted)
    with faults(path), path.open("rb") as stream:
        parser = safe_parser(path, collector)
        for piece in pieces(stream):
            parser.feed(piece)
            if collector.ready:
                break
    return collector.root, collector.document


@contextmanager
def faults(path: Path) -> Iterator[None]:
    """Whatever a parser runs into, as `SourceUnreadable`."""
    try:
        yield
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    except TooMuch as problem:
        raise SourceUnreadable(f"{path.name} {problem}; split the export") from None
    except DefusedXmlException:
        raise SourceUnreadable(
            f"{path.name} declares a document type or entities, which are not read; export it without them"
        ) from None
    except (ParseError, ValueError, LookupError, UnicodeError):
        raise SourceUnreadable(f"{path.name} {DAMAGED}") from None


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The file in pieces, without blank lines before it: some systems print one first, which XML forbids before its declaration. Raises
    `TooMuch`."""
    begun, unclosed = False, 0
    while chunk := stream.read(CHUNK):
        if not begun:
            chunk = chunk.removeprefix(codecs.BOM_UTF8).lstrip(BLANKS)
            begun = bool(chunk)
        # The parser goes through the whole of a tag again for every piece of it.
        unclosed = 0 if b">" in chunk else unclosed + len(chunk)
        if unclosed > MAX_UNCLOSED:
            raise TooMuch(f"goes on for {MAX_UNCLOSED // 1024**2} MB without the end of a tag")
        yield chunk


def _taken(collector: Collector) -> Iterator[Found]:
    ready, collector.ready = collector.ready, []
    for record in ready:
        yield Found(record, collector.document)


def safe_parser(path: Path, target: object) -> Any:
    """A parser that tells `target`, and refuses document types and entities. Raises `SourceUnreadable`."""
    if path.stat().st_size > MAX_BYTES:
        raise SourceUnreadable(f"{path.name} is larger than {MAX_BYTES // 1024**3} GiB; split the export")
    return DefusedXMLParser(target=target, encoding=_encoding(path), forbid_dtd=True)


def _encoding(path: Path) -> str | None:
    """What to read the file as where it is not what it says it is: old systems write Windows text and say UTF-8 or
    ASCII, or nothing."""
    with path.open("rb") as stream:
        head = stream.read(HEAD).lstrip(BLANKS)[:DECLARATION]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # The mark counts, whatever the declaration behind it says.
        return "utf-16"
    found = DECLARED.search(head)
    said = found[1].decode("ascii").casefold() if found else "utf-8"
    if said not in ("utf-8", "us-ascii", "ascii"):
        return None
    decoder = codecs.getincrementaldecoder("utf-8")(errors="strict")
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(4 * CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


_NAMES: dict[str, str] = {}


def _name(tag: str) -> str:
    """The folded name of an element without its namespace."""
    found = _NAMES.get(tag)
    if found is None:
        found = fold(tag.rpartition("}")[2])
        if len(_NAMES) < 10_000:
            _NAMES[tag] = found
    return found
