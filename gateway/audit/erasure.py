"""Erasing what the audit says of somebody, so that the chain still holds: their fields and the salts of their commitments go, the rest stays.

Every erasing is itself an event, with how many events it took and nothing else: `gateway.audit.verification` counts them against what is gone.
On SQLite what is erased is overwritten; on PostgreSQL it is gone with the next VACUUM of `audit_salt`. Backups have it until they are gone.
"""

from collections.abc import Iterable
from datetime import datetime

from gateway.audit.recording import entry
from gateway.ports import UnitOfWork


def erase(unit: UnitOfWork, subjects: Iterable[str], actor: str, at: datetime) -> int:
    """Erase every event about these (`gateway.audit.commitments.subject_of`). Returns how many events it was."""
    erased = sum(unit.audit.erase(subject) for subject in subjects)
    if erased:
        event = entry("audit-erased", actor, events=erased)
        unit.audit.append(at, event.code, event.actor, event.fields)
    return erased
