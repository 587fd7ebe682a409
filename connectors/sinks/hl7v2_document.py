"""An alert as an HL7 v2.4 document notification (MDM^T02), and what the receiver answered.

MSH, EVN, PID, PV1, TXA and one OBX whose text is the sentence that a practitioner reads (HL7 v2.4 chapter 9.5; escapes, chapter 2.10; field
lengths, chapter 2.16 and 3.4). The document's unique number and the control id are the alert's own, so that the same alert is the same document.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from connectors.sinks.port import Delivery
from mappings.canonical.codes import AlertEvent

CR = "\r"
_ESCAPES = str.maketrans({"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"})
_NEW_LINE = "\\.br\\"
CHARSETS = {"UNICODE UTF-8": "utf-8", "8859/1": "latin-1"}
_OVER = {AlertEvent.ENDED: "OB", AlertEvent.RETRACTED: "CA"}


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    """What the receiving system calls things. `charset` is one of `CHARSETS` (MSH-18). Raises `ValueError`, naming the setting."""

    sending_application: str = "PATCHWORK"
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    document_type: str = "PATCHWORK"
    document_title: str = "Patchwork alert"
    id_authority: str = ""
    charset: str = "UNICODE UTF-8"

    def __post_init__(self) -> None:
        if self.charset not in CHARSETS:
            raise ValueError(f"sink hl7v2: charset is one of {', '.join(CHARSETS)}")


def document_of(delivery: Delivery, template: DocumentTemplate) -> bytes:
    """The message, encoded. What the charset does not have becomes `?`."""
    at = _moment(delivery.alert.made_at)
    kind = f"{_text(template.document_type)}^{_text(template.document_title)}"
    number, state = str(delivery.alert.connection), _OVER.get(delivery.alert.event, "AV")
    client = f"{_text(delivery.client_local_id)}^^^{_text(template.id_authority)}"
    segments = (
        _header(template, at, control_id(delivery)),
        _segment("EVN", {1: "T02", 2: at}),
        _segment("PID", {1: "1", 3: client, 5: _name(delivery), 7: _born(delivery)}),
        _segment("PV1", {1: "1", 2: "N"}),
        _segment("TXA", {1: "1", 2: kind, 3: "TX", 4: at, 6: at, 7: at, 12: number, 17: "AU", 19: state}),
        _segment("OBX", {1: "1", 2: "TX", 3: kind, 5: _text(delivery.text), 11: "F"}),
    )
    return (CR.join(segments) + CR).encode(CHARSETS[template.charset], "replace")


def _header(template: DocumentTemplate, at: str, control: str) -> str:
    """MSH counts its own separator as the first field."""
    t = template
    from_to = map(_text, (t.sending_application, t.sending_facility, t.receiving_application, t.receiving_facility))
    fields = dict(enumerate(from_to, start=2))
    fields |= {6: at, 8: "MDM^T02", 9: control, 10: "P", 11: "2.4", 14: "AL", 15: "NE", 17: t.charset}
    return _segment("MSH", {1: "^~\\&", **fields})


def _segment(name: str, fields: Mapping[int, str]) -> str:
    """One segment, whose fields are given by their numbers."""
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])


def control_id(delivery: Delivery) -> str:
    """MSH-10, at most 20 characters: equal for the same alert and version."""
    return sha256(f"{delivery.alert.id}.{delivery.alert.version}".encode()).hexdigest()[:20]


def acknowledgement(answer: bytes, control: str) -> str:
    """The code of MSA-1 (AA, AE, AR, CA, CE or CR) of an answer about this message; empty where it is not one."""
    lines = answer.decode("latin-1").replace("\n", CR).split(CR)
    if not lines[0].startswith("MSH") or len(lines[0]) < 4:
        return ""
    separator = lines[0][3]
    for line in lines[1:]:
        code, about, *_ = [*line.split(separator)[1:], "", ""]
        if line.startswith("MSA"):
            return code if about == control and code in {"AA", "AE", "AR", "CA", "CE", "CR"} else ""
    return ""


def _name(delivery: Delivery) -> str:
    return (
        f"{_text(delivery.client_family)}^{_text(delivery.client_given)}"
        if delivery.client_family
        else _text(delivery.client_label)
    )


def _born(delivery: Delivery) -> str:
    born = delivery.client_born
    if born is None or born.year is None:
        return ""
    # As much of it as is known (TS, chapter 2.9.47: YYYY[MM[DD]]).
    return f"{born.year:04}" + (f"{born.month:02}" + (f"{born.day:02}" if born.day else "") if born.month else "")


def _text(text: str) -> str:
    lines = text.translate(_ESCAPES).splitlines()
    return _NEW_LINE.join("".join(sign for sign in line if sign.isprintable()) for line in lines)


def _moment(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S%z")
