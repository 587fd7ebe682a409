"""The header of an HL7 v2 message, read from its bytes before anything else is (HL7 v2.5.1, 2.14.9): delimiters, who sent it, its control id,
its character set; and the text of the whole in that character set."""

import re
from dataclasses import dataclass

DEFAULT = b"|^~\\&"
MOST_FIELD = 200
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_MESSAGE = re.compile(rb"(?:^|(?<=[\r\n]))[ \t]*(?=MSH)")
_UNCLEAR = re.compile(rb"[\x00-\x20A-Za-z0-9\x7f-\xff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# MSH-18, HL7 table 0211, and what real senders write. A sender that says nothing, or ASCII, sends either UTF-8 or Windows-1252.
_CHARACTER_SETS = {
    "": "", "ASCII": "", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UNICODE": "utf-8", "8859/1": "cp1252", "8859/15": "iso8859-15",
    "ISO-8859-1": "cp1252", "WINDOWS-1252": "cp1252",
}  # fmt: skip


class HeaderRefused(Exception):
    """The header cannot be read. `code` is of HL7 table 0357."""

    def __init__(self, code: int, problem: str) -> None:
        super().__init__(problem)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """One message as it came, and its header's fields as the sender wrote them (MSH-1 is the first)."""

    data: bytes
    fields: tuple[str, ...]
    delimiters: str

    def field(self, number: int) -> str:
        """MSH-`number`, bounded and on one line; empty where there is none."""
        said = self.fields[number - 1] if number <= len(self.fields) else ""
        return _CONTROL.sub("", said)[:MOST_FIELD].strip()

    def component(self, number: int, part: int) -> str:
        """One component of MSH-`number`."""
        parts = self.field(number).split(self.delimiters[1])
        return parts[part - 1].strip() if part <= len(parts) else ""

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.field(10)


def heard_in(block: bytes) -> list[bytes]:
    """The messages of a block: one, or those of a batch (FHS, BHS), whose own segments are left out."""
    starts = [found.end() for found in _MESSAGE.finditer(block)]
    ends = [*starts[1:], len(block)][: len(starts)]
    return [block[start:end] for start, end in zip(starts, ends, strict=True)]


def is_batch(block: bytes) -> bool:
    """Whether a block begins as a batch does."""
    return block.lstrip()[:3] in (b"FHS", b"BHS")


def read_header(data: bytes) -> Heard:
    """The header of one message, which begins with MSH. What cannot be read of it is empty; the default delimiters take the place of bad ones."""
    segment = _LINE_ENDS.split(data, maxsplit=1)[0]
    separator, encoding = segment[3:4], segment[4:8]
    said = separator + encoding
    sound = len(set(said)) == len(said) == 5 and not _UNCLEAR.search(said)
    fields = segment.split(separator if sound else b"|")[1:]
    texts = [separator.decode("latin-1"), *(each.decode("latin-1") for each in fields)]
    return Heard(data, tuple(texts), (said if sound else DEFAULT).decode("ascii"))


def check(heard: Heard) -> None:
    """What a listener needs of a header. Raises `HeaderRefused`."""
    if _sent_delimiters(heard) != heard.delimiters:
        raise HeaderRefused(102, "MSH-1 and MSH-2 must be five different delimiters, such as |^~\\&")
    if not heard.control_id:
        raise HeaderRefused(101, "MSH-10 must name the message")
    if heard.component(9, 1).upper() != "ADT":
        raise HeaderRefused(200, "MSH-9 is not ADT; only ADT messages are taken here")
    if not heard.component(12, 1).startswith("2."):
        raise HeaderRefused(203, "MSH-12 is no version 2 of HL7")


def text_of(heard: Heard) -> str:
    """The message in its character set. Raises `HeaderRefused`."""
    said = heard.field(18).split(heard.delimiters[2])[0].strip().upper()
    if said not in _CHARACTER_SETS:
        raise HeaderRefused(103, "MSH-18 names a character set that is not read here; send UNICODE UTF-8 or 8859/1")
    encoding = _CHARACTER_SETS[said]
    try:
        return heard.data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding:
            raise HeaderRefused(102, "the message is not written in the character set that MSH-18 names") from None
        return heard.data.decode("cp1252", errors="replace")


def _sent_delimiters(heard: Heard) -> str:
    return (heard.data[3:8]).decode("latin-1")
