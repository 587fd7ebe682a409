"""One event of the audit chain: a code of the catalogue and references, never a name, number or token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

AuditFields = dict[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """`hash` covers `previous` and every other field, so that a changed, removed, inserted or reordered event shows.

    `fields` are all that can be read. Of those named in `commitments` the chain covers a commitment only, so that they can be erased;
    `salt` (None: erased, or nothing was committed) opens them. An event of form 1 has no commitments (None): the chain covers all of it.
    """

    seq: int
    at: datetime
    code: str
    actor: str
    fields: AuditFields
    previous: str
    hash: str
    commitments: Mapping[str, str] | None = None
    salt: bytes | None = None

    @property
    def staying(self) -> AuditFields:
        """The fields that the chain itself covers."""
        committed = self.commitments or ()
        return {name: value for name, value in self.fields.items() if name not in committed}

    @property
    def erasable(self) -> AuditFields:
        """The fields that it has commitments to, as far as they are there."""
        committed = self.commitments or ()
        return {name: value for name, value in self.fields.items() if name in committed}

    @property
    def erased(self) -> bool:
        """Whether something was committed to and is not there any more."""
        return bool(self.commitments) and self.salt is None
