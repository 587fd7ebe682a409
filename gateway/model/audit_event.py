"""One event of the audit chain: a code of the catalogue and references, never a name, number or token."""

from dataclasses import dataclass
from datetime import datetime

AuditFields = dict[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """`hash` covers `previous` and every other field, so that a changed, removed, inserted or reordered event shows."""

    seq: int
    at: datetime
    code: str
    actor: str
    fields: AuditFields
    previous: str
    hash: str
