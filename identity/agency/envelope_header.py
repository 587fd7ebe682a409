"""The envelope header as the one own member `pw` of the signed JWS header: a JSON object with exactly the members
below.

`software` may be missing, as it was before there was such a member. Times are RFC 3339 in UTC to the second with the
letter Z, nothing else, so that two readers cannot understand one text differently.
"""

import re
from datetime import UTC, datetime
from typing import Any

from identity.agency.faults import HeaderRefused
from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.envelope import EnvelopeHeader
from mappings.canonical.identifiers import AgreementId, ConnectorId, MessageId, PartnershipId

_MEMBERS = frozenset(EnvelopeHeader.__dataclass_fields__)
_MAY_BE_MISSING = frozenset({"software"})
_SOFTWARE = re.compile(r"[0-9A-Za-z.+-]{0,40}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def write(header: EnvelopeHeader) -> dict[str, Any]:
    """The JSON form. Parts of seconds are cut off. Raises `ValueError` where a time has no zone."""
    return {
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
        )
    except (ValueError, TypeError):
        raise HeaderRefused("a member of the signed header is not of its kind") from None


def _software(text: object) -> str:
    if not isinstance(text, str) or not _SOFTWARE.fullmatch(text):
        raise ValueError("expected a version of at most 40 letters, digits, full stops, plus and minus signs")
    return text


def _written(when: datetime) -> str:
    if when.tzinfo is None:
        raise ValueError("the times of an envelope need a time zone")
    return when.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


def _read(text: object) -> datetime:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError("expected a time such as 2026-01-31T09:30:00Z")
    return datetime.fromisoformat(text)
