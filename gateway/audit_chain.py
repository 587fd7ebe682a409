"""The hash that chains audit events: each covers the one before and every field of its own, so that no event can be
changed, removed, inserted or moved without every later hash being wrong."""

import hashlib
import json
from datetime import UTC, datetime

from gateway.model.audit_event import AuditFields

GENESIS = "0" * 64
"""What the first event names as the hash before it."""

_FORM = "patchwork-audit-1"


def chain_hash(previous: str, seq: int, at: datetime, code: str, actor: str, fields: AuditFields) -> str:
    """SHA-256, hex, over the canonical JSON (RFC 8785 key order for ASCII keys, no spaces, UTF-8) of the event and the
    hash before it.

    `at` counts as UTC to the microsecond. Raises ValueError for a naive datetime or a field that JSON cannot hold.
    """
    if at.tzinfo is None:
        raise ValueError("an audit event needs an instant with a time zone")
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    event = [_FORM, previous, seq, instant, code, actor, fields]
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
