"""Which records share an index key: the one question that is asked of every new person, in one statement whatever the
number of keys.

* No key is read further than it takes to know that too many share it, so that the cost stays the same however large the
  register grows.
* A key is stored as one number of 32 bits: its kind, and the first 30 bits of what the pepper made of the token. Two tokens
  may meet in one number: among a million records with thirty keys that brings about one notice in two a candidate more,
  among up to 16; what is compared is the evidence itself, which never meets.
* Postings stand packed on pages (`gateway.store.posting_page`), of which a unit of work reads each once.
* The beginnings of the numbers under which a record is found stand beside its evidence (`gateway.store.key_heads`): so it can
  be taken out of the index without a second index over it, and without a pepper.
"""

import json
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from gateway.store.key_heads import NUMBER_BITS, TAIL_BITS, first_numbers, heads
from gateway.store.posting_page import FIRST, MOST, Page, Posting, parted, read
from gateway.store.tables import person_record
from gateway.store.transaction import Transaction
from identity.person.blocking import MOST_PER_KEY
from identity.person.pepper import IndexKeys


class Kind(IntEnum):
    """What an index key was made from. Stored; never renumber."""

    IDENTIFIER = 1
    BLOCK = 2
    BAND = 3


BITS: Final = NUMBER_BITS - 2
"""Of a key, beside its kind. Migrations 0026 and 0029 shortened what was stored before; never change without another."""
KEY_BYTES: Final = 4
_ENOUGH: Final = MOST_PER_KEY + 1
_NEXT_PAGES: Final = 4
_AT_ONCE: Final = 20_000
"""Postings added in one go when a register is filled."""

_COLUMNS: Final = "page.key, page.record_id, page.entries"
_INTO: Final = "key, record_id, entries"
_READ_ON_SERVER: Final = f"""
SELECT asked.key AS asked, found.* FROM unnest(%s::bigint[]) AS asked (key) CROSS JOIN LATERAL (
    (SELECT {_COLUMNS} FROM posting_page AS page WHERE key < asked.key ORDER BY key DESC, record_id DESC LIMIT 1)
    UNION ALL
    (SELECT {_COLUMNS} FROM posting_page AS page WHERE key = asked.key ORDER BY record_id LIMIT {_NEXT_PAGES})
) AS found
"""  # noqa: S608 - our own words
# Short, because SQLite compiles a statement again in every unit that writes after one that read.
_READ_IN_FILE: Final = f"""
SELECT asked.value AS asked, {_COLUMNS} FROM json_each(?) AS asked CROSS JOIN posting_page AS page
ON page.key = (SELECT max(key) FROM posting_page WHERE key < asked.value)
AND page.record_id = (SELECT max(record_id) FROM posting_page AS other WHERE other.key = page.key)
UNION ALL
SELECT asked.value AS asked, {_COLUMNS} FROM json_each(?) AS asked CROSS JOIN posting_page AS page
ON page.key = asked.value AND page.record_id <= coalesce(
    (SELECT record_id FROM posting_page WHERE key = asked.value ORDER BY record_id LIMIT 1 OFFSET {_NEXT_PAGES - 1}),
    9223372036854775807
)
"""  # noqa: S608 - our own words
_OF_KEY: Final = f"SELECT {_COLUMNS} FROM posting_page AS page WHERE key = ? ORDER BY record_id LIMIT {_ENOUGH}"  # noqa: S608 - our own words
_HOME: Final = (
    f"SELECT {_COLUMNS} FROM posting_page AS page WHERE key = ? AND record_id <= ? ORDER BY record_id DESC LIMIT 1"  # noqa: S608 - our own words
)
_BETWEEN: Final = f"""
SELECT {_COLUMNS} FROM posting_page AS page WHERE key >= (SELECT max(key) FROM posting_page WHERE key < ?) AND key <= ?
ORDER BY key, record_id
"""  # noqa: S608 - our own words
_UNDER_ON_SERVER: Final = f"""
SELECT {_COLUMNS} FROM unnest(%s::bigint[]) AS head (key) CROSS JOIN LATERAL (
    SELECT * FROM posting_page WHERE key >= (SELECT max(key) FROM posting_page WHERE key < head.key) AND key < head.key + {1 << TAIL_BITS}
) AS page
"""  # noqa: S608 - our own words
_UNDER_IN_FILE: Final = f"""
SELECT {_COLUMNS} FROM json_each(?) AS head CROSS JOIN posting_page AS page
ON page.key >= (SELECT max(key) FROM posting_page WHERE key < head.value) AND page.key < head.value + {1 << TAIL_BITS}
"""  # noqa: S608 - our own words
_EVERYTHING: Final = f"SELECT {_COLUMNS} FROM posting_page AS page ORDER BY key, record_id"  # noqa: S608 - our own words
_KEEP: Final = "ON CONFLICT (key, record_id) DO UPDATE SET entries = excluded.entries"
_WRITE_ON_SERVER: Final = f"""
INSERT INTO posting_page ({_INTO}) SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[]) {_KEEP}
"""  # noqa: S608 - our own words
_WRITE_IN_FILE: Final = f"INSERT INTO posting_page ({_INTO}) VALUES (?, ?, ?) {_KEEP}"  # noqa: S608 - our own words
_DROP: Final = "DELETE FROM posting_page WHERE key = ? AND record_id = ?"
_HELD: Final = select(person_record.c.index_keys).where(person_record.c.id == bindparam("record"))
_HOLD: Final = (
    update(person_record).where(person_record.c.id == bindparam("record")).values(index_keys=bindparam("heads"))
)


class RecordIndex:
    """The index as one transaction sees and changes it. Whoever changes it holds the register lock, and there is one a transaction."""

    def __init__(self, db: Transaction) -> None:
        self._db = db
        self._pages: dict[Posting, Page] = {}
        # Of each key that was asked for: where the pages begin on which it may be. `_beyond`: those with more pages than were read.
        self._starts: dict[int, list[Posting]] = {}
        self._beyond: set[int] = set()

    def add(self, record_id: int, numbers: Sequence[int]) -> None:
        """Let a new record be found by these numbers. It must hold their `heads` beside its evidence already."""
        self._change(record_id, (), numbers)

    def replace(self, record_id: int, keys: IndexKeys) -> None:
        """Let a record be found by these keys, and by no others."""
        held = bytes(self._db.value(_HELD, {"record": record_id}) or b"")
        numbers = numbers_of(keys)
        self._db.run(_HOLD, {"record": record_id, "heads": heads(numbers)})
        self._change(record_id, sorted(self._having(record_id, held) - {*numbers}), numbers)

    def fill(self, records: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Add many new records at once, in the order of the index."""
        self._pages, self._starts, self._beyond = {}, {}, set()
        postings = sorted((number, record_id) for record_id, numbers in records for number in numbers)
        for start in range(0, len(postings), _AT_ONCE):
            self._merge(postings[start : start + _AT_ONCE])

    def find(self, numbers: Sequence[int]) -> list[list[int]]:
        """For each number the ids of the records that have it, lowest first, up to `MOST_PER_KEY` + 1 of them."""
        self._read(numbers)
        return [self._found(number) for number in numbers]

    def find_under_either(self, keys: IndexKeys) -> list[tuple[Kind, list[int]]]:
        """Of each key its kind and the records that have it or its former one, as if all of them were under one pepper."""
        asked, former = numbers_of(keys), _former(keys)
        self._read([*asked, *former.values()])
        return [
            (Kind(number >> BITS), _together(self._found(number), self._found(former[number])))
            if number in former
            else (Kind(number >> BITS), self._found(number))
            for number in asked
        ]

    def _having(self, record_id: int, held: bytes) -> set[int]:
        """Every number of a record, told from the heads that it holds."""
        begun = first_numbers(held)
        if not begun:
            return set()
        rows = self._of_each(_UNDER_ON_SERVER, _UNDER_IN_FILE, begun)
        pages = {start: read(start, bytes(row.entries)) for row in rows for start in [(row.key, row.record_id)]}
        found = {number for page in pages.values() for number in page.keys_of(record_id)}
        return {number for number in found if number >> TAIL_BITS << TAIL_BITS in begun}

    def _found(self, number: int) -> list[int]:
        found = [record for start in self._starts[number] for record in self._pages[start].having(number)]
        if len(found) < _ENOUGH and number in self._beyond:
            # Its pages have become thin; each holds a posting at least.
            self._keep([(number, row) for row in self._rows(_OF_KEY, (number,))])
            self._beyond.discard(number)
            return self._found(number)
        return found[:_ENOUGH]

    def _change(self, record_id: int, gone: Sequence[int], added: Sequence[int]) -> None:
        self._read([*gone, *added])
        changed: dict[Posting, None] = {}
        for number in gone:
            start = self._home(number, record_id)
            self._pages[start] = self._pages[start].without(number, record_id)
            changed[start] = None
        for number in added:
            start = self._home(number, record_id)
            page = self._pages[start] = self._pages[start].with_posting(number, record_id)
            changed[start] = None
            if page.count > MOST:
                changed |= dict.fromkeys(self._part(page))
        self._write([self._pages[start] for start in changed])

    def _home(self, number: int, record_id: int) -> Posting:
        """Where the page begins to which this posting belongs."""
        wanted = (number, record_id)
        home = max(start for start in self._starts[number] if start <= wanted)
        if number in self._beyond and home == self._starts[number][-1]:
            row = self._rows(_HOME, wanted)[0]
            home = (row.key, row.record_id)
            self._pages.setdefault(home, read(home, bytes(row.entries)))
        return home

    def _part(self, page: Page) -> list[Posting]:
        parts = parted(page.start, page.postings())
        self._pages |= {part.start: part for part in parts}
        fresh = [part.start for part in parts[1:]]
        for number, starts in self._starts.items():
            if page.start in starts:
                self._starts[number] = sorted({*starts, *(start for start in fresh if start[0] <= number)})
        return fresh

    def _merge(self, postings: Sequence[Posting]) -> None:
        rows = self._rows(_BETWEEN, (postings[0][0], postings[-1][0]))
        pages = [read((row.key, row.record_id), bytes(row.entries)) for row in rows] or [Page(FIRST)]
        starts, changed = [page.start for page in pages], list[Page]()
        for place, group in groupby(postings, key=lambda each: bisect_right(starts, each) - 1):
            changed += parted(starts[place], sorted({*pages[place].postings(), *group}))
        self._write(changed)

    def _read(self, numbers: Iterable[int]) -> None:
        wanted = [number for number in dict.fromkeys(numbers) if number not in self._starts]
        if not wanted:
            return
        self._starts |= {number: [] for number in wanted}
        self._keep([(row.asked, row) for row in self._of_each(_READ_ON_SERVER, _READ_IN_FILE, wanted)])
        for number in wanted:
            if not self._starts[number]:
                self._starts[number] = [FIRST]
                self._pages.setdefault(FIRST, Page(FIRST))
            if sum(start[0] == number for start in self._starts[number]) == _NEXT_PAGES:
                self._beyond.add(number)

    def _keep(self, found: Iterable[tuple[int, Row[Any]]]) -> None:
        for number, row in found:
            start = (row.key, row.record_id)
            if start not in self._pages:
                self._pages[start] = read(start, bytes(row.entries))
            if start not in self._starts[number]:
                insort(self._starts[number], start)

    def _of_each(self, on_server: str, in_file: str, numbers: list[int]) -> Sequence[Row[Any]]:
        if self._db.postgresql:
            return self._db.driver_rows(on_server, (numbers,))
        return self._db.driver_rows(in_file, (json.dumps(numbers),) * in_file.count("?"))

    def _rows(self, statement: str, parameters: tuple[int, ...]) -> Sequence[Row[Any]]:
        return self._db.driver_rows(statement.replace("?", "%s") if self._db.postgresql else statement, parameters)

    def _write(self, pages: Sequence[Page]) -> None:
        empty = [page.start for page in pages if not page.count and page.start != FIRST]
        rows = [(*page.start, page.write()) for page in pages if page.count or page.start == FIRST]
        for start in empty:
            self._db.driver_run(_DROP.replace("?", "%s") if self._db.postgresql else _DROP, start)
        if rows and self._db.postgresql:
            self._db.driver_run(_WRITE_ON_SERVER, tuple(map(list, zip(*rows, strict=True))))
        elif rows:
            self._db.driver_run(_WRITE_IN_FILE, rows)


def numbers_of(keys: IndexKeys) -> list[int]:
    """All keys of a record as they are stored, each once."""
    kinds = ((Kind.IDENTIFIER, keys.identifiers), (Kind.BLOCK, keys.blocks), (Kind.BAND, keys.bands))
    return list(dict.fromkeys(_number(kind, key) for kind, group in kinds for key in group))


def stored_postings(db: Transaction) -> list[Posting]:
    """The whole index, in order: for whoever looks into a small register."""
    rows = db.driver_rows(_EVERYTHING, ())
    return [each for row in rows for each in read((row.key, row.record_id), bytes(row.entries)).postings()]


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


def _together(records: list[int], former: list[int]) -> list[int]:
    return sorted({*records, *former})[:_ENOUGH] if former else records
