"""HL7 v2 messages as they lie in files: one or many a file, bare, in batches (FHS, BHS) or still in their MLLP framing,
with any line ends and the delimiters that each message names itself (MSH-1 and MSH-2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hl7
import hl7.util

from connectors.sources.port import SourceUnreadable
from mappings.segment_path import Location, location

# It writes fields it cannot decode into its log, and a field may be somebody's name.
hl7.util.logger.disabled = True

MAX_BYTES = 64 * 1024**2
MAX_MESSAGE = 256 * 1024
MAX_SEGMENTS = 2_000
MAX_REPETITIONS = 100
LINE_ENDS = re.compile(r"\r\n|\n|\r|\x0b|\x1c")
# How some tools write MLLP's framing in files that people look at.
WRITTEN_FRAMING = re.compile(r"\[(?:SOM|EOM|CR|SB|EB)\]|<(?:VT|FS|CR|SB|EB)>")
HEADERS = ("FHS", "BHS", "BTS", "FTS")
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?![A-Za-z0-9])")
# MSH-18 where it names another encoding than UTF-8; a sender that says nothing sends either (HL7 table 0211).
CHARACTER_SETS = {b"8859/1": "cp1252", b"8859-1": "cp1252", b"UNICODE UTF-16": "utf-16"}


@dataclass(frozen=True, slots=True)
class Message:
    """One parsed message."""

    parsed: Any = field(repr=False)

    def text(self, place: str) -> str:
        """What stands at a place such as `PID-3[4=NHS].1`, without the white space around it; empty where nothing
        does."""
        where = location(place)
        if where is None:
            return ""
        if where.key == 0:
            return self._at(where, 1, where.component)
        for repetition in range(1, self._repetitions(where) + 1):
            if (self._at(where, repetition, where.key).casefold() == where.value) != where.unlike:
                found = self._at(where, repetition, where.component)
                if found:
                    return found
        return ""

    @property
    def trigger(self) -> str:
        """The trigger event (MSH-9.2, else EVN-1), in capitals."""
        return (self.text("MSH-9.2") or self.text("EVN-1")).upper()

    @property
    def id(self) -> tuple[str, ...]:
        """Who sent it, and its control id: the same for the same message sent twice."""
        return self.text("MSH-3"), self.text("MSH-4"), self.text("MSH-10")

    def _repetitions(self, where: Location) -> int:
        try:
            return min(len(self.parsed.segment(where.segment)[where.field]), MAX_REPETITIONS)
        except (KeyError, IndexError):
            return 0

    def _at(self, where: Location, repetition: int, component: int) -> str:
        try:
            found = self.parsed.extract_field(where.segment, 1, where.field, repetition, component or 1, 1)
        except (KeyError, IndexError, LookupError, TypeError, AttributeError, ValueError):
            return ""
        # Two quotation marks say that a value was deleted.
        text = found.strip() if isinstance(found, str) else ""
        return "" if text == '""' else text


def messages_in(path: Path) -> Iterator[Message | str]:
    """Each message of the file, or what is wrong with it. Raises `SourceUnreadable` before the first."""
    return messages_of(_text(path))


def messages_of(text: str) -> Iterator[Message | str]:
    """Each message of a text, or what is wrong with it."""
    lines: list[str] = []
    for line in LINE_ENDS.split(text):
        segment = WRITTEN_FRAMING.sub("", line).strip("\ufeff")
        if segment.lstrip()[:3] == "MSH":
            if lines:
                yield _parsed(lines)
            lines = [segment.lstrip()]
        elif lines and segment.strip() and not segment.startswith(HEADERS):
            if SEGMENT.match(segment.lstrip()):
                lines.append(segment.lstrip())
            else:
                # A field with a line end inside it, which it may not have: what follows belongs to it.
                lines[-1] += " " + segment.strip()
    if lines:
        yield _parsed(lines)


def _parsed(lines: list[str]) -> Message | str:
    if len(lines) > MAX_SEGMENTS or sum(map(len, lines)) > MAX_MESSAGE:
        return f"is longer than {MAX_SEGMENTS} segments or {MAX_MESSAGE} characters"
    try:
        return Message(hl7.parse("\r".join(lines) + "\r"))
    except Exception:
        # The library lets out whatever its own code runs into.
        return "is not written as an HL7 v2 message is: MSH with its delimiters, then segments"


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceUnreadable(f"{path.name} is larger than {MAX_BYTES // 1024**2} MB; split it")
        data = path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(f"{path.name} cannot be read: {error.strerror or 'not a file'}") from None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    said = next((name for mark, name in CHARACTER_SETS.items() if mark in data[:2_000]), "utf-8-sig")
    try:
        return data.decode(said)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
