"""Which records share an index key: the one question that is asked of every new person, in one statement whatever the
number of keys.

* No key is read further than it takes to know that too many share it, so that the cost stays the same however large the
  register grows.
* A key is stored as one number of 47 bits: its kind, and the first 45 bits of what the pepper made of the token. That takes
  six bytes where the whole takes sixteen. Two tokens may meet in one number: among a million records with thirty keys that
  brings about one notice in forty thousand a candidate more, and what is compared is the evidence itself, which never meets.
* The numbers under which a record is found stand beside its evidence, so that they can be taken out of the index without a
  second index over it.
"""

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import Final

from sqlalchemy import bindparam, select, update

from gateway.store.tables import person_record
from gateway.store.transaction import Transaction
from identity.person.blocking import MOST_PER_KEY
from identity.person.pepper import IndexKeys


class Kind(IntEnum):
    """What an index key was made from. Stored; never renumber."""

    IDENTIFIER = 1
    BLOCK = 2
    BAND = 3


BITS: Final = 45
"""Of a key, beside its kind. Migration 0013 shortened what was stored before; never change without another."""
KEY_BYTES: Final = 6
_ENOUGH: Final = MOST_PER_KEY + 1
_ROWS_AT_ONCE: Final = 50_000
_FIND_ON_SERVER: Final = """
SELECT asked.place, found.record_id
FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (key, place)
CROSS JOIN LATERAL (SELECT record_id FROM record_key WHERE key = asked.key ORDER BY record_id LIMIT %s) AS found
"""
_FIND_IN_FILE: Final = """
SELECT * FROM (SELECT ? AS place, record_id FROM record_key WHERE key = ? ORDER BY record_id LIMIT ?)
"""
_ADD_ON_SERVER: Final = "INSERT INTO record_key (key, record_id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
_ADD_IN_FILE: Final = "INSERT INTO record_key (key, record_id) VALUES (?, ?)"
_REMOVE_ON_SERVER: Final = """
DELETE FROM record_key USING unnest(%s::bigint[]) AS gone (key)
WHERE record_key.key = gone.key AND record_key.record_id = %s
"""
_REMOVE_IN_FILE: Final = "DELETE FROM record_key WHERE key = ? AND record_id = ?"
_HELD: Final = select(person_record.c.index_keys).where(person_record.c.id == bindparam("record"))
_HOLD: Final = (
    update(person_record).where(person_record.c.id == bindparam("record")).values(index_keys=bindparam("packed"))
)


def numbers_of(keys: IndexKeys) -> list[int]:
    """All keys of a record as they are stored, each once."""
    kinds = ((Kind.IDENTIFIER, keys.identifiers), (Kind.BLOCK, keys.blocks), (Kind.BAND, keys.bands))
    return list(dict.fromkeys(_number(kind, key) for kind, group in kinds for key in group))


def packed(numbers: Sequence[int]) -> bytes:
    """The numbers as they stand beside a record's evidence."""
    return b"".join(number.to_bytes(KEY_BYTES, "big") for number in numbers)


def add_keys(db: Transaction, records: Sequence[tuple[int, Sequence[int]]]) -> None:
    """Let new records be found by these numbers, in the order of the index. Each must hold them beside its evidence already."""
    rows = sorted((number, record_id) for record_id, numbers in records for number in numbers)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        if db.postgresql:
            db.driver_run(_ADD_ON_SERVER, tuple(map(list, zip(*some, strict=True))))
        else:
            db.driver_run(_ADD_IN_FILE, some)


def replace_keys(db: Transaction, record_id: int, keys: IndexKeys) -> None:
    """Let a record be found by these keys, and by no others."""
    held = _unpacked(bytes(db.value(_HELD, {"record": record_id}) or b""))
    if held and db.postgresql:
        db.driver_run(_REMOVE_ON_SERVER, (held, record_id))
    elif held:
        db.driver_run(_REMOVE_IN_FILE, [(number, record_id) for number in held])
    numbers = numbers_of(keys)
    db.run(_HOLD, {"record": record_id, "packed": packed(numbers)})
    add_keys(db, [(record_id, numbers)])


def find_records(db: Transaction, numbers: Sequence[int]) -> list[list[int]]:
    """For each number the ids of the records that have it, lowest first, up to `MOST_PER_KEY` + 1 of them."""
    found: list[list[int]] = [[] for _ in numbers]
    if not numbers:
        return found
    if db.postgresql:
        rows = db.driver_rows(_FIND_ON_SERVER, (list(numbers), _ENOUGH))
    else:
        asked = tuple(part for place, number in enumerate(numbers, start=1) for part in (place, number, _ENOUGH))
        rows = db.driver_rows(_find_in_file(len(numbers)), asked)
    for row in rows:
        found[row.place - 1].append(row.record_id)
    return found


def find_under_either(db: Transaction, keys: IndexKeys) -> list[tuple[Kind, list[int]]]:
    """Of each key its kind and the records that have it or its former one, as if all of them were under one pepper."""
    asked = numbers_of(keys)
    former = _former(keys)
    found = find_records(db, [*asked, *former.values()])
    before = dict(zip(former, found[len(asked) :], strict=True))
    return [
        (Kind(number >> BITS), _together(records, before.get(number, [])))
        for number, records in zip(asked, found, strict=False)
    ]


def _number(kind: Kind, key: bytes) -> int:
    return kind << BITS | int.from_bytes(key[:KEY_BYTES], "big") >> (8 * KEY_BYTES - BITS)


def _former(keys: IndexKeys) -> dict[int, int]:
    kinds = ((Kind.IDENTIFIER, keys.identifiers), (Kind.BLOCK, keys.blocks), (Kind.BAND, keys.bands))
    return {
        _number(kind, key): _number(kind, keys.former[key])
        for kind, group in kinds
        for key in group
        if key in keys.former
    }


def _unpacked(held: bytes) -> list[int]:
    return [int.from_bytes(held[start : start + KEY_BYTES], "big") for start in range(0, len(held), KEY_BYTES)]


def _together(records: list[int], former: list[int]) -> list[int]:
    return sorted({*records, *former})[:_ENOUGH] if former else records


@cache
def _find_in_file(keys: int) -> str:
    return " UNION ALL ".join([_FIND_IN_FILE] * keys)
