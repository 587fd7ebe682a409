"""One page of the inverted index: postings (an index key, and the number of a record that has it) in order, packed into one value.

A database needs some 40 bytes for a row of two numbers, and as many again for its place in an index; a posting takes six or seven here. A page
is named by the posting it begins with, and holds what comes before the next page begins: the leaves of a search tree, of which the database
keeps the rest.

Layout: one byte, in whose halves stand how many bytes a key and a record take; then every key, as its distance from the page's first; then every
record's number. Both are big-endian and as short as the largest of them allows, so that bytes sort as what they mean.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

Posting = tuple[int, int]
"""Index key, record."""

MOST: Final = 96
"""Postings a page. What a search reads and an insertion writes grows with it; what a row costs in the database is shared by more."""
FIRST: Final[Posting] = (-1, 0)
"""Where the first page begins: before every posting."""


@dataclass(frozen=True, slots=True)
class Page:
    """`start` is the posting it begins with, or one that would come before everything on it."""

    start: Posting
    keys: bytes = b""
    records: bytes = b""
    key_bytes: int = 1
    record_bytes: int = 1

    @property
    def count(self) -> int:
        """How many postings it holds."""
        return len(self.records) // self.record_bytes

    def having(self, key: int) -> list[int]:
        """The records that have this key here, lowest first."""
        start, end = self._where(key)
        size = self.record_bytes
        return [int.from_bytes(self.records[place : place + size]) for place in range(start * size, end * size, size)]

    def keys_of(self, record: int) -> list[int]:
        """The keys that this record has here."""
        size = self.record_bytes
        if record >> 8 * size:
            return []
        sought, found = record.to_bytes(size), list[int]()
        place = self.records.find(sought)
        while place >= 0:
            if place % size == 0:
                found.append(self._posting(place // size)[0])
            place = self.records.find(sought, place + 1)
        return found

    def with_posting(self, key: int, record: int) -> "Page":
        """The same with one more; itself where that is there already. It may then hold more than `MOST`."""
        if key - self.start[0] >> 8 * self.key_bytes or record >> 8 * self.record_bytes:
            return packed(self.start, sorted({*self.postings(), (key, record)}))
        place = self._place(key, record)
        if self._at(place) == (key, record):
            return self
        key_at, record_at = place * self.key_bytes, place * self.record_bytes
        return Page(
            self.start,
            self.keys[:key_at] + (key - self.start[0]).to_bytes(self.key_bytes) + self.keys[key_at:],
            self.records[:record_at] + record.to_bytes(self.record_bytes) + self.records[record_at:],
            self.key_bytes,
            self.record_bytes,
        )

    def without(self, key: int, record: int) -> "Page":
        """The same without this one; itself where that is not there."""
        place = self._place(key, record)
        if self._at(place) != (key, record):
            return self
        key_at, record_at = place * self.key_bytes, place * self.record_bytes
        keys = self.keys[:key_at] + self.keys[key_at + self.key_bytes :]
        records = self.records[:record_at] + self.records[record_at + self.record_bytes :]
        return Page(self.start, keys, records, self.key_bytes, self.record_bytes)

    def postings(self) -> list[Posting]:
        """All of them, in order."""
        return [self._posting(place) for place in range(self.count)]

    def write(self) -> bytes:
        """The value to store."""
        return bytes([self.key_bytes << 4 | self.record_bytes]) + self.keys + self.records

    def _where(self, key: int) -> tuple[int, int]:
        size, distance = self.key_bytes, key - self.start[0]
        if distance < 0 or distance >> 8 * size:
            return 0, 0
        sought = distance.to_bytes(size)
        found = self.keys.find(sought)
        while found % size and found > 0:
            found = self.keys.find(sought, found + 1)
        if found < 0:
            return 0, 0
        end = found + size
        while self.keys.startswith(sought, end):
            end += size
        return found // size, end // size

    def _place(self, key: int, record: int) -> int:
        return bisect_left(range(self.count), (key, record), key=self._posting)

    def _at(self, place: int) -> Posting | None:
        return self._posting(place) if place < self.count else None

    def _posting(self, place: int) -> Posting:
        key_at, record_at = place * self.key_bytes, place * self.record_bytes
        return (
            self.start[0] + int.from_bytes(self.keys[key_at : key_at + self.key_bytes]),
            int.from_bytes(self.records[record_at : record_at + self.record_bytes]),
        )


def read(start: Posting, value: bytes) -> Page:
    """What `Page.write` made of a page that begins there."""
    key_bytes, record_bytes = value[0] >> 4, value[0] & 15
    records_at = 1 + (len(value) - 1) // (key_bytes + record_bytes) * key_bytes
    return Page(start, value[1:records_at], value[records_at:], key_bytes, record_bytes)


def packed(start: Posting, postings: Sequence[Posting]) -> Page:
    """One page of these, which are in order and come after its start."""
    key_bytes = _bytes_of(postings[-1][0] - start[0]) if postings else 1
    record_bytes = _bytes_of(max((record for _, record in postings), default=0))
    return Page(
        start,
        b"".join([(key - start[0]).to_bytes(key_bytes) for key, _ in postings]),
        b"".join([record.to_bytes(record_bytes) for _, record in postings]),
        key_bytes,
        record_bytes,
    )


def parted(start: Posting, postings: Sequence[Posting]) -> list[Page]:
    """As many pages as it takes, about alike. They part between two keys where one is near, so that few keys stand on several pages."""
    pages, rest = [], list(postings)
    while len(rest) > MOST:
        cut = _cut(rest, len(rest) // 2 if len(rest) < 2 * MOST else MOST * 2 // 3)
        pages.append(packed(start, rest[:cut]))
        start = (rest[cut][0], 0 if rest[cut][0] != rest[cut - 1][0] else rest[cut][1])
        rest = rest[cut:]
    return [*pages, packed(start, rest)]


def all_parted(batches: Iterable[Sequence[Posting]]) -> Iterator[list[Page]]:
    """The pages of a whole index, of postings that come in batches, of which no key is lower than those of the batch before."""
    start, held = FIRST, list[Posting]()
    for batch in batches:
        postings = sorted({*held, *batch})
        # Of the last key there may be more to come.
        last = postings[-1][0]
        held = [each for each in postings if each[0] == last]
        if whole := postings[: -len(held)]:
            yield parted(start, whole)
            start = (last, 0)
    if held:
        yield parted(start, held)


def _cut(postings: Sequence[Posting], wanted: int) -> int:
    """The place nearest to the wanted one where a key begins; the wanted one where none is within a third of a page."""
    for away in range(MOST // 3):
        for place in (wanted + away, wanted - away):
            if 0 < place < len(postings) and postings[place][0] != postings[place - 1][0]:
                return place
    return wanted


def _bytes_of(number: int) -> int:
    return max(1, (number.bit_length() + 7) // 8)
