"""Names the epochs under which a record has evidence, so that they can be counted without opening any."""

import json
from collections.abc import Iterable

from mappings.canonical.evidence import Evidence


def written(evidence: Iterable[Evidence]) -> str:
    """Their ids, each once and in order, as a JSON list: an id may hold any character."""
    return json.dumps(sorted({each.epoch for each in evidence}), separators=(",", ":"))


def read(column: str | None) -> frozenset[str] | None:
    """The ids; None for a record from before they were noted."""
    return None if column is None else frozenset(json.loads(column))
