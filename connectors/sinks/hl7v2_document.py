"""An alert as an HL7 v2.4 document notification (MDM^T02), and what the receiver answered.

MSH, EVN, PID, PV1, TXA and one OBX whose text is the sentence that a practitioner reads (HL7 v2.4 chapter 9.5; escapes, chapter 2.10; field
lengths, chapter 2.16 and 3.4). The document's unique number and the control id are the alert's own, so that the same alert is the same document.
"""

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
    alert, at = delivery.alert, _moment(delivery.alert.made_at)
    control, number = control_id(delivery), f"{alert.connection}"
    t = template
    msh = [
        "MSH|^~\\&", _text(t.sending_application), _text(t.sending_facility), _text(t.receiving_application), _text(t.receiving_facility),
        at, "", "MDM^T02", control, "P", "2.4", "", "", "AL", "NE", "", t.charset,
    ]  # fmt: skip
    pid = [
        "PID",
        "1",
        "",
        f"{_text(delivery.client_local_id)}^^^{_text(t.id_authority)}",
        "",
        _name(delivery),
        "",
        _born(delivery),
    ]
    txa = [
        "TXA",
        "1",
        f"{_text(t.document_type)}^{_text(t.document_title)}",
        "TX",
        at,
        "",
        at,
        at,
        "",
        "",
        "",
        "",
        number,
    ]
    txa += ["", "", "", "", "AU", "", _OVER.get(alert.event, "AV")]
    obx = [
        "OBX",
        "1",
        "TX",
        f"{_text(t.document_type)}^{_text(t.document_title)}",
        "",
        _text(delivery.text),
        "",
        "",
        "",
        "",
        "",
        "F",
    ]
    segments = [msh, ["EVN", "T02", at], pid, ["PV1", "1", "N"], txa, obx]
    return (CR.join("|".join(fields).rstrip("|") for fields in segments) + CR).encode(CHARSETS[t.charset], "replace")


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
    if born is None:
        return ""
    # As much of it as is known (TS, chapter 2.9.47: YYYY[MM[DD]]).
    return f"{born.year:04}" + (f"{born.month:02}" + (f"{born.day:02}" if born.day else "") if born.month else "")


def _text(text: str) -> str:
    lines = text.translate(_ESCAPES).splitlines()
    return _NEW_LINE.join("".join(sign for sign in line if sign.isprintable()) for line in lines)


def _moment(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S%z")
