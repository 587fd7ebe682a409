"""What a rehearsal found, as the document that `--json` prints and as text.

Counts of what agencies have in common are shown as `<5` from 1 to 4, unless exact ones are asked for: so few could be recognised. A total
that would give such a count away, because the others can be taken from it, is shown as a range. What an agency says of its own export
(rows, people) is shown as it said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

from gateway.cli.printing import table
from gateway.rehearsal.counting import Found
from gateway.reporting.small_number import SUPPRESSED, THRESHOLD, Published
from mappings.evidence_file import Counts


def document(agencies: Mapping[str, Counts], found: Found, *, exact: bool) -> dict[str, Any]:
    """`agencies` by name, `connections` in all, and every pair of agencies."""
    pairs = list(combinations(agencies, 2))
    return {
        "agencies": {name: asdict(counts) for name, counts in agencies.items()},
        "connections": {
            "match": _total([found.match.get(pair, 0) for pair in pairs], exact=exact),
            "review": _total([found.review.get(pair, 0) for pair in pairs], exact=exact),
        },
        "pairs": [
            {
                "a": pair[0],
                "b": pair[1],
                "match": _shown(found.match.get(pair, 0), exact=exact),
                "review": _shown(found.review.get(pair, 0), exact=exact),
            }
            for pair in pairs
        ],
    }


def text(result: Mapping[str, Any]) -> str:
    """The same for people."""
    agencies: Sequence[Mapping[str, Any]] = [{"agency": name, **counts} for name, counts in result["agencies"].items()]
    connections = result["connections"]
    return "\n".join(
        [
            table("agencies", agencies, ("agency", "rows", "involvements", "people", "weak", "skipped")),
            "",
            table("pairs", result["pairs"], ("a", "b", "match", "review")),
            "",
            f"People whom two agencies have in common: {connections['match']}. Pairs of people left to a steward: {connections['review']}.",
            "Nothing was stored. Destroy the evidence files and every copy of the key now.",
        ]
    )


def _shown(number: int, *, exact: bool) -> Published:
    return SUPPRESSED if not exact and 0 < number < THRESHOLD else number


def _total(numbers: Sequence[int], *, exact: bool) -> Published:
    total, few = sum(numbers), sum(1 for each in numbers if 0 < each < THRESHOLD)
    if exact or not few or total < THRESHOLD:
        return _shown(total, exact=exact)
    shown = sum(each for each in numbers if each >= THRESHOLD)
    return f"{shown + few} to {shown + (THRESHOLD - 1) * few}"
