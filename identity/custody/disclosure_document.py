"""One disclosure as the DPO reads it: who was told what of whose client, when and on which basis. Sealed to the DPOs, opened on their machine.

It names the clients by each agency's own opaque reference, and no worker: which items of a worker were shown is said, not which worker.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from identity.agency.keys import DecryptionKey, EncryptKey
from identity.agency.sealed_to_several import BROKEN, NotOpened, open_sealed_to, seal_to
from mappings.canonical.codes import AlertEvent, AlertLevel, RelationKind, ServiceLine
from mappings.canonical.identifiers import AgencyId, PersonRef

_FORM: Final = "patchwork-disclosure/1"
_TYPE: Final = "patchwork-disclosure+jwe"
_SHOWN: Final = {
    AlertLevel.FULL: ("agency", "service", "worker's name", "role", "team", "work contact", "start"),
    AlertLevel.ID_ONLY: ("agency", "service"),
    AlertLevel.EMPTY: (),
}
_SHOWING: Final = (AlertEvent.MADE, AlertEvent.CHANGED)


@dataclass(frozen=True, slots=True, repr=False)
class DisclosureDocument:
    """`told` learned of `about`; each calls its client `told_ref` and `about_ref`. `relation`: what the client of `about` is to that of
    `told`; None where they are one person. `private`: the service of `about` is one that must stay private, or is not classified. `reasons`,
    `decided_by` and the versions are what the decision at the sending rested on."""

    connection: str
    alert: str
    event: AlertEvent
    level: AlertLevel
    told: AgencyId
    told_ref: PersonRef
    about: AgencyId
    about_ref: PersonRef
    service: ServiceLine
    private: bool
    relation: RelationKind | None
    told_at: datetime
    reasons: str
    decided_by: str
    rule_set: int
    agreement: str
    agreement_version: int

    @property
    def shown(self) -> tuple[str, ...]:
        """The items of the other side that were shown; none in an ending or a retraction."""
        return _SHOWN[self.level] if self.event in _SHOWING else ()


def write_document(told: DisclosureDocument) -> bytes:
    """As it is sealed."""
    plain = asdict(told) | {
        "form": _FORM,
        "told": told.told.value,
        "told_ref": told.told_ref.value,
        "about": told.about.value,
        "about_ref": told.about_ref.value,
        "told_at": told.told_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(plain, separators=(",", ":")).encode()


def seal_document(document: bytes, dpos: Sequence[EncryptKey]) -> str:
    """For the DPOs alone."""
    return seal_to(document, dpos, _TYPE)


def open_document(sealed: str, key: DecryptionKey) -> DisclosureDocument:
    """What was sealed to this DPO. Raises `NotOpened`."""
    return read_document(open_sealed_to(sealed, key, _TYPE))


def read_document(plain: bytes) -> DisclosureDocument:
    """The reverse of `write_document`. Raises `NotOpened`."""
    try:
        document: dict[str, Any] = json.loads(plain)
        if document.pop("form") != _FORM or set(document) != {each.name for each in fields(DisclosureDocument)}:
            raise ValueError
        at, relation = datetime.fromisoformat(document["told_at"]), document["relation"]
        if at.utcoffset() is None:
            raise ValueError
        return DisclosureDocument(
            **document
            | {
                "event": AlertEvent(document["event"]),
                "level": AlertLevel(document["level"]),
                "told": AgencyId(document["told"]),
                "told_ref": PersonRef(document["told_ref"]),
                "about": AgencyId(document["about"]),
                "about_ref": PersonRef(document["about_ref"]),
                "service": ServiceLine(document["service"]),
                "relation": RelationKind(relation) if relation else None,
                "told_at": at,
            }
        )
    except BROKEN:
        raise NotOpened("this is not a disclosure record of this form") from None
