"""Acknowledgments (HL7 v2.5.1, 2.9.2 original mode): AA taken, AE something in it is wrong, AR its kind is not taken here or not now.

The header goes back as it came, with sender and receiver exchanged, in the sender's own delimiters. What is wrong is named by segment and
field, never by value.
"""

from collections.abc import Sequence
from datetime import datetime

from connectors.listeners.hl7_header import Heard

OURS = "2.4"
_TEXTS = {
    100: "Segment sequence error", 101: "Required field missing", 102: "Data type error", 103: "Table value not found",
    200: "Unsupported message type", 203: "Unsupported version id", 207: "Application internal error",
}  # fmt: skip


def acknowledgment(heard: Heard, code: str, now: datetime, problem: str = "", number: int = 207) -> str:
    """One acknowledgment; `number` is of HL7 table 0357."""
    bar, part, repeat, escape, sub = tuple(heard.delimiters)
    version = heard.component(12, 1) if heard.component(12, 1).startswith("2.") else OURS
    trigger = heard.component(9, 2)
    type = part.join(["ACK", trigger, "ACK"]) if trigger.isalnum() and len(trigger) == 3 else "ACK"
    header = [
        f"MSH{bar}{part}{repeat}{escape}{sub}", heard.field(5), heard.field(6), heard.field(3), heard.field(4),
        f"{now:%Y%m%d%H%M%S}+0000", "", type, f"A{now:%Y%m%d%H%M%S%f}", heard.component(11, 1) or "P", version,
    ]  # fmt: skip
    told = _escaped(problem, heard)
    segments = [bar.join(header), bar.join(["MSA", code, heard.control_id, *([told] if told else [])])]
    if code != "AA":
        segments.append(_error(heard, version, number, told))
    return "\r".join(segments) + "\r"


def batch(heard: Heard, answers: Sequence[str], now: datetime) -> str:
    """The acknowledgments of a batch, in the order of its messages."""
    bar, part, repeat, escape, sub = tuple(heard.delimiters)
    begin = f"BHS{bar}{part}{repeat}{escape}{sub}{bar}{bar}{bar}{bar}{bar}{now:%Y%m%d%H%M%S}+0000\r"
    return begin + "".join(answers) + f"BTS{bar}{len(answers)}\r"


def _error(heard: Heard, version: str, number: int, told: str) -> str:
    bar, part, _, _, sub = tuple(heard.delimiters)
    text = _TEXTS.get(number, _TEXTS[207])
    if version >= "2.5":
        return bar.join(["ERR", "", "", part.join([str(number), text, "HL70357"]), "E", "", "", "", told])
    return bar.join(["ERR", part.join(["", "", "", sub.join([str(number), text, "HL70357"])])])


def _escaped(text: str, heard: Heard) -> str:
    """HL7 v2.5.1, 2.7: delimiters in a text are written as escapes."""
    bar, part, repeat, escape, sub = tuple(heard.delimiters)
    names = {escape: "E", bar: "F", part: "S", repeat: "R", sub: "T"}
    plain = "".join(character if character.isprintable() else " " for character in text)[:300]
    return "".join(f"{escape}{names[one]}{escape}" if one in names else one for one in plain)
