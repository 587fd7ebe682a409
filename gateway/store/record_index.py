"""Which records share an index key: the one question that is asked of every new person, in one statement whatever the
number of keys.

No key is read further than it takes to know that too many share it, so that the cost stays the same however large the
register grows.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import Final

from gateway.store.transaction import Transaction
from identity.person.blocking import MOST_PER_KEY
from identity.person.pepper import IndexKeys


class Kind(IntEnum):
    """What an index key was made from. Stored; never renumber."""

    IDENTIFIER = 1
    BLOCK = 2
    BAND = 3


Key = tuple[Kind, bytes]

_ENOUGH: Final = MOST_PER_KEY + 1
_FIND_ON_SERVER: Final = """
SELECT asked.place, found.record_id
FROM unnest(%s::smallint[], %s::bytea[]) WITH ORDINALITY AS asked (kind, key, place)
CROSS JOIN LATERAL (
    SELECT record_id FROM record_key WHERE kind = asked.kind AND key = asked.key ORDER BY record_id LIMIT %s
) AS found
"""
_FIND_IN_FILE: Final = """
SELECT * FROM (
    SELECT ? AS place, record_id FROM record_key WHERE kind = ? AND key = ? ORDER BY record_id LIMIT ?
)
"""
_ADD_ON_SERVER: Final = """
INSERT INTO record_key (kind, key, record_id)
SELECT kind, key, %s FROM unnest(%s::smallint[], %s::bytea[]) AS given (kind, key)
"""
_ADD_MANY_ON_SERVER: Final = """
INSERT INTO record_key (kind, key, record_id) SELECT * FROM unnest(%s::smallint[], %s::bytea[], %s::bigint[])
"""
_ROWS_AT_ONCE: Final = 50_000
_ADD_IN_FILE: Final = "INSERT INTO record_key (kind, key, record_id) VALUES (?, ?, ?)"
_REMOVE: Final = {
    True: "DELETE FROM record_key WHERE record_id = %s",
    False: "DELETE FROM record_key WHERE record_id = ?",
}


def keys_of(keys: IndexKeys) -> list[Key]:
    """All keys of a record, each once."""
    kinds = ((Kind.IDENTIFIER, keys.identifiers), (Kind.BLOCK, keys.blocks), (Kind.BAND, keys.bands))
    return list(dict.fromkeys((kind, key) for kind, group in kinds for key in group))


def add_keys(db: Transaction, record_id: int, keys: Sequence[Key]) -> None:
    """Index a record under `keys`."""
    if not keys:
        return
    if db.postgresql:
        db.driver_run(_ADD_ON_SERVER, (record_id, [int(kind) for kind, _ in keys], [key for _, key in keys]))
    else:
        db.driver_run(_ADD_IN_FILE, [(int(kind), key, record_id) for kind, key in keys])


def add_many(db: Transaction, records: Sequence[tuple[int, Sequence[Key]]]) -> None:
    """Index many records, in the order of the index."""
    rows = sorted((int(kind), key, record_id) for record_id, keys in records for kind, key in keys)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        if db.postgresql:
            db.driver_run(_ADD_MANY_ON_SERVER, tuple(map(list, zip(*some, strict=True))))
        else:
            db.driver_run(_ADD_IN_FILE, some)


def remove_keys(db: Transaction, record_id: int) -> None:
    """Take a record out of the index."""
    db.driver_run(_REMOVE[db.postgresql], (record_id,))


def find_records(db: Transaction, keys: Sequence[Key]) -> list[list[int]]:
    """For each key the ids of the records that have it, lowest first, up to `MOST_PER_KEY` + 1 of them."""
    found: list[list[int]] = [[] for _ in keys]
    if not keys:
        return found
    if db.postgresql:
        rows = db.driver_rows(_FIND_ON_SERVER, ([int(kind) for kind, _ in keys], [key for _, key in keys], _ENOUGH))
    else:
        asked = enumerate(keys, start=1)
        rows = db.driver_rows(
            _find_in_file(len(keys)),
            tuple(part for place, (kind, key) in asked for part in (place, int(kind), key, _ENOUGH)),
        )
    for row in rows:
        found[row.place - 1].append(row.record_id)
    return found


def find_under_either(db: Transaction, keys: IndexKeys) -> list[tuple[Key, list[int]]]:
    """Each key with the records that have it or its former one, as if all of them were under one pepper."""
    asked = keys_of(keys)
    former = [(kind, keys.former[key]) for kind, key in asked if key in keys.former]
    found = find_records(db, [*asked, *former])
    before = dict(zip(former, found[len(asked) :], strict=True))
    return [
        ((kind, key), _together(records, before.get((kind, keys.former.get(key, b"")), [])))
        for (kind, key), records in zip(asked, found, strict=False)
    ]


def _together(records: list[int], former: list[int]) -> list[int]:
    return sorted({*records, *former})[:_ENOUGH] if former else records


@cache
def _find_in_file(keys: int) -> str:
    return " UNION ALL ".join([_FIND_IN_FILE] * keys)
