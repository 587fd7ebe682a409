"""The envelope header as the one own member `pw` of the signed JWS header: a JSON object with exactly the members
below.

`software` may be missing, as it was before there was such a member. `checkpoint` stands there only where the gateway
says one: `{"made_on": "2026-01-31", "sha256": 64 hexadecimal digits}`. Times are RFC 3339 in UTC to the second with the
letter Z, nothing else, so that two readers cannot understand one text differently.
"""

import re
from datetime import UTC, date, datetime
from typing import Any

from identity.agency.faults import HeaderRefused
from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader
from mappings.canonical.identifiers import AgreementId, ConnectorId, MessageId, PartnershipId
from mappings.canonical.witness import ToldCheckpoint

_MEMBERS = frozenset(EnvelopeHeader.__dataclass_fields__)
_MAY_BE_MISSING = frozenset({"software", "checkpoint"})
_CHECKPOINT = {"made_on", "sha256"}
_SOFTWARE = re.compile(r"[0-9A-Za-z.+-]{0,40}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def write(header: EnvelopeHeader) -> dict[str, Any]:
    """The JSON form. Parts of seconds are cut off. Raises `ValueError` where a time has no zone."""
    document: dict[str, Any] = {
        "kind": header.kind.value,
        "message": header.message.value,
        "about": header.about.value,
        "sender": ConnectorId(header.sender).value,
        "destination": ConnectorId(header.destination).value,
        "partnership": header.partnership.value,
        "mode": header.mode.value,
        "issued_at": _written(header.issued_at),
        "not_after": None if header.not_after is None else _written(header.not_after),
        "agreement": None if header.agreement is None else header.agreement.value,
        "agreement_version": header.agreement_version,
        "software": header.software,
    }
    if header.checkpoint is not None:
        told = header.checkpoint
        document["checkpoint"] = {"made_on": told.made_on.isoformat(), "sha256": told.digest}
    return document


def read(document: object) -> EnvelopeHeader:
    """The reverse of `write`. Raises `HeaderRefused`, which names the rule and never the value."""
    if not isinstance(document, dict) or set(document) | _MAY_BE_MISSING != _MEMBERS:
        raise HeaderRefused(f"the signed header must have exactly the members {', '.join(sorted(_MEMBERS))}")
    version = document["agreement_version"]
    if type(version) is not int or not 0 <= version < 2**31:
        raise HeaderRefused("the agreement version must be a whole number from 0")
    agreement, not_after = document["agreement"], document["not_after"]
    try:
        return EnvelopeHeader(
            kind=MessageKind(document["kind"]),
            message=MessageId(document["message"]),
            about=MessageId(document["about"]),
            sender=ConnectorId(document["sender"]).value,
            destination=ConnectorId(document["destination"]).value,
            partnership=PartnershipId(document["partnership"]),
            mode=Mode(document["mode"]),
            issued_at=_read(document["issued_at"]),
            not_after=None if not_after is None else _read(not_after),
            agreement=None if agreement is None else AgreementId(agreement),
            agreement_version=version,
            software=_software(document.get("software", "")),
            checkpoint=_checkpoint(document),
        )
    except (ValueError, TypeError):
        raise HeaderRefused("a member of the signed header is not of its kind") from None


def _software(text: object) -> str:
    if not isinstance(text, str) or not _SOFTWARE.fullmatch(text):
        raise ValueError("expected a version of at most 40 letters, digits, full stops, plus and minus signs")
    return text


def _checkpoint(document: dict[str, Any]) -> ToldCheckpoint | None:
    if "checkpoint" not in document:
        return None
    told = document["checkpoint"]
    if document["sender"] != GATEWAY or not isinstance(told, dict) or set(told) != _CHECKPOINT:
        raise ValueError("expected a day and a digest, from the gateway")
    if not _DAY.fullmatch(told["made_on"]) or not _DIGEST.fullmatch(told["sha256"]):
        raise ValueError("expected a day such as 2026-01-31 and 64 lower-case hexadecimal digits")
    return ToldCheckpoint(date.fromisoformat(told["made_on"]), told["sha256"])


def _written(when: datetime) -> str:
    if when.tzinfo is None:
        raise ValueError("the times of an envelope need a time zone")
    return when.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _read(text: object) -> datetime:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError("expected a time such as 2026-01-31T09:30:00Z")
    return datetime.fromisoformat(text)
