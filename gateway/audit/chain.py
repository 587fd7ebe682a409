"""The hash that chains audit events: each covers the one before and every field of its own, so that no event can be
changed, removed, inserted or moved without every later hash being wrong.

Two forms are read. Form 1 covers all fields as they are. Form 2, which is written now, covers those that stay, and a commitment to each of
those that may be erased (`gateway.audit.commitments`).
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from gateway.model.audit_event import AuditFields

GENESIS = "0" * 64
"""What the first event names as the hash before it."""

FORM = 2
"""The form in which events are written."""


def chain_hash(
    previous: str,
    seq: int,
    at: datetime,
    code: str,
    actor: str,
    fields: AuditFields,
    commitments: Mapping[str, str] | None = None,
) -> str:
    """SHA-256, hex, over the canonical JSON of the event and the hash before it; in form 1 where there are no `commitments` (None).

    `at` counts as UTC to the microsecond. Raises ValueError for a naive datetime or a field that JSON cannot hold.
    """
    if at.tzinfo is None:
        raise ValueError("an audit event needs an instant with a time zone")
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    if commitments is None:
        event = ["patchwork-audit-1", previous, seq, instant, code, actor, fields]
    else:
        event = ["patchwork-audit-2", previous, seq, instant, code, actor, fields, dict(commitments)]
    return hashlib.sha256(canonical(event)).hexdigest()


def canonical(document: object) -> bytes:
    """The one way to write it as JSON: RFC 8785 key order for ASCII keys, no spaces, UTF-8. Raises ValueError."""
    return _ENCODER.encode(document).encode()


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
