"""One event of a gateway's audit as it leaves the gateway, in whatever format."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mappings.canonical.identifiers import GatewayId


class AuditActivity(StrEnum):
    """What kind of thing happened, in the words of ISO 21089 where it has one [record lifecycle events]."""

    DISCLOSE = "disclose"
    RECEIVE = "receive"
    LINK = "link"
    UNLINK = "unlink"
    DESTROY = "destroy"
    ACCESS = "access"
    ALERT = "alert"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Event `seq` of the register called `register`. `number` and `code` say which event it is, `details` what it holds as name and text,
    `hash` chains it to the one before. `failed`: something was turned away."""

    gateway: GatewayId
    register: str
    side: str
    seq: int
    at: datetime
    number: int
    code: str
    actor: str
    activity: AuditActivity
    failed: bool
    details: tuple[tuple[str, str], ...]
    hash: str
