"""Which of the records that share a key are worth comparing: the budget that bounds the cost of a notice, however large
the register.

* Records that share an identifier come first.
* Then the records of each other key, the rarest key first; a key that more than 60 records share tells nothing and is
  passed over.
* Never more than 32 candidates, each once.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

BUDGET = 32
MOST_PER_KEY = 60


def worth_reading(counts: Mapping[bytes, int]) -> list[bytes]:
    """The keys worth reading, rarest first (ties by the key itself, so that the order is the same everywhere), given
    how many records have each. A store counts up to `MOST_PER_KEY` + 1 and no further."""
    return sorted(
        (key for key, count in counts.items() if 0 < count <= MOST_PER_KEY), key=lambda key: (counts[key], key)
    )


def choose(
    by_identifier: Iterable[Sequence[int]], by_key: Iterable[Sequence[int]], exclude_record: int | None = None
) -> list[int]:
    """The record ids to compare, at most `BUDGET`: `by_identifier` and `by_key` give the record ids of each key, in any
    order."""
    ranked = [sorted(ids) for ids in by_key if 0 < len(ids) <= MOST_PER_KEY]
    ranked.sort(key=lambda ids: (len(ids), ids))
    numbered = (sorted(ids)[:MOST_PER_KEY] for ids in by_identifier)
    chosen = dict.fromkeys(
        record for record in chain.from_iterable(chain(numbered, ranked)) if record != exclude_record
    )
    return list(chosen)[:BUDGET]
