"""Names of what the self-check puts at the broker for a moment. They say when, so that what a killed check left is known as such.

They are longer than a connector id may be, so they never are a connector's.
"""

import re
import secrets
from datetime import datetime, timedelta

_PROBE = re.compile(r"self-check-([0-9a-f]{8})[0-9a-f]{24}")
LONGEST_CHECK = timedelta(minutes=10)


def new_probe_name(now: datetime) -> str:
    """A user name for one self-check."""
    return f"self-check-{int(now.timestamp()):08x}{secrets.token_hex(12)}"


def is_probe(name: str) -> bool:
    """Whether this user is a self-check's."""
    return _PROBE.fullmatch(name) is not None


def is_left_over(name: str, now: datetime) -> bool:
    """Whether it is one of a self-check that ended long ago without clearing up."""
    match = _PROBE.fullmatch(name)
    return match is not None and int(now.timestamp()) - int(match.group(1), 16) > LONGEST_CHECK.total_seconds()


def is_probe_inbox(queue: str) -> bool:
    """Whether this queue is a self-check's; those expire by themselves."""
    return queue.startswith("inbox.self-check-") and is_probe(queue.split(".")[1])
