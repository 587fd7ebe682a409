"""Which of the records that share a key are worth comparing: the budget that bounds the cost of a notice, however large
the register.

* Records that share an identifier come first.
* Then those that share most, each key counting by how rare it is (inverse document frequency, as a search engine ranks
  what it found); a key that more than 60 records share tells nothing and is passed over.
* Never more than 16 candidates, each once.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nsmallest
from itertools import chain

BUDGET = 16
MOST_PER_KEY = 60
# Whole numbers, so that their sum is the same in whatever order they are added.
_WORTH = tuple(round(1000 * math.log((MOST_PER_KEY + 2) / max(count, 1))) for count in range(MOST_PER_KEY + 1))


def choose(
    by_identifier: Iterable[Sequence[int]], by_key: Iterable[Sequence[int]], exclude_record: int | None = None
) -> list[int]:
    """The record ids to compare, at most `BUDGET`: `by_identifier` and `by_key` give the record ids of each key, in any
    order; of a key that more have, one more than `MOST_PER_KEY` is enough."""
    shared: defaultdict[int, int] = defaultdict(int)
    for ids in by_key:
        if len(ids) <= MOST_PER_KEY:
            for record in ids:
                shared[record] -= _WORTH[len(ids)]
    numbered = (record for ids in by_identifier for record in sorted(ids)[:MOST_PER_KEY])
    ranked = (record for _, record in nsmallest(BUDGET + 1, zip(shared.values(), shared, strict=True)))
    chosen = dict.fromkeys(record for record in chain(numbered, ranked) if record != exclude_record)
    return list(chosen)[:BUDGET]
