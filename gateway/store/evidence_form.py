"""Evidence as the register keeps it under its seal, in as few bytes as tell it.

Only evidence as it is kept (`identity.person.kept_evidence`) can be written: of every token the bytes that are kept stand one after the other,
without a length each, and bits say which are there. What a code list has is its place in it: codes are only ever added at the end. It is
exact: what is read is what was written. Before this form there was the same with a byte more of block keys and bands, and before that another
(`gateway.store.older_evidence_form`).
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from struct import Struct
from struct import error as StructError
from typing import Final, TypeVar

from gateway.store.faults import StoreRefused
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import (
    KEPT_BYTES,
    KEPT_KEY_BYTES,
    KEPT_PART_BYTES,
    SIGNATURE_BYTES,
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
    NameTokens,
)

VERSION: Final = b"\x04"
FORMER: Final = b"\x03"
_GENDERS, _SYSTEMS, _STRENGTHS = tuple(Gender), tuple(IdentifierSystem), tuple(Strength)
_REST: Final = {size: bytes(TOKEN_BYTES - size) for size in (KEPT_BYTES, KEPT_PART_BYTES, KEPT_KEY_BYTES)} | {
    SIGNATURE_BYTES: b""
}
_WHOLE, _PART = KEPT_BYTES, KEPT_PART_BYTES
_Part = TypeVar("_Part")
_BORN: Final = (_PART, _WHOLE, _PART, _PART, _PART, _WHOLE, _PART, _PART, _PART, _PART)
"""Year, full date, year and month, year and day, month and day, swapped, day, month, and the two spans."""
_PLACED: Final = (_WHOLE, _PART, _PART, _WHOLE, _PART, SIGNATURE_BYTES)
"""Postcode, sector, area, address, town and signature."""
_NAMED: Final = (_WHOLE, _PART, _WHOLE, _PART)
"""Exact, sound, initial, and look."""
_KEYS: Final = {VERSION: Struct(f"{KEPT_KEY_BYTES}s"), FORMER: Struct("4sx")}
"""Block keys and bands. In the former form each had a fifth byte."""
_NAME_BYTES: Final = 2 * _WHOLE + _PART
_RARITY_BITS: Final = 3
"""A rarity band takes three bits; the next one says whether there is a token of how the name looks."""


def write_evidence(evidence: Evidence) -> bytes:
    """The bytes that are sealed, of evidence as it is kept."""
    epoch = evidence.epoch.encode()
    names = (evidence.given, evidence.middle, evidence.family)
    told = (*names, evidence.names_signature, evidence.birth_date, evidence.weak or None)
    parts = [
        VERSION,
        bytes([len(epoch)]),
        epoch,
        bytes(
            [
                _bits(told),
                _GENDERS.index(evidence.gender) << 4 | len(evidence.locations),
                len(evidence.given_aliases) << 4 | len(evidence.family_aliases),
                len(evidence.identifiers) << 4 | len(evidence.superseded),
                len(evidence.blocks),
                len(evidence.bands),
            ]
        ),
        *map(_number, (*evidence.identifiers, *evidence.superseded)),
        *(_name(each) for each in (*names, *evidence.given_aliases, *evidence.family_aliases) if each is not None),
        evidence.names_signature or b"",
        _birth(evidence.birth_date),
        *map(_location, evidence.locations),
        *(token[:KEPT_KEY_BYTES] for token in (*evidence.blocks, *evidence.bands)),
    ]
    return b"".join(parts)


def read_evidence(data: bytes) -> Evidence:
    """The evidence, in this form or the former. Raises `StoreRefused` where it was not written here."""
    try:
        return _evidence(data)
    except (ValueError, LookupError, StructError):
        raise StoreRefused("evidence in the register cannot be read; restore the database from a backup") from None


def _evidence(data: bytes) -> Evidence:
    # Parts that are cut off are seen by the evidence that is made of them, or at the end.
    at = len(VERSION) + 1 + data[len(VERSION)]
    epoch = data[len(VERSION) + 1 : at].decode()
    told, people, aliases, numbers, blocks, bands = data[at : at + 6]
    at += 6
    identifiers, at = _each(data, at, (numbers >> 4) + (numbers & 15), _number_size, _number_of)
    names, at = _each(data, at, (told & 7).bit_count() + (aliases >> 4) + (aliases & 15), _name_size, _name_of)
    given, middle, family = (names.pop(0) if told & 1 << place else None for place in range(3))
    both = data[at : at + SIGNATURE_BYTES] if told & 8 else None
    at += len(both or b"")
    born, at = _each(data, at, told >> 4 & 1, _birth_size, _birth_of)
    locations, at = _each(data, at, people & 15, _location_size, _location_of)
    keys = [token + _REST[KEPT_KEY_BYTES] for (token,) in _KEYS[data[: len(VERSION)]].iter_unpack(data[at:])]
    if len(keys) != blocks + bands:
        raise ValueError("the evidence ends too early or goes on where it should end")
    return Evidence(
        epoch=epoch,
        identifiers=tuple(identifiers[: numbers >> 4]),
        given=given,
        middle=middle,
        family=family,
        given_aliases=tuple(names[: aliases >> 4]),
        family_aliases=tuple(names[aliases >> 4 :]),
        names_signature=both,
        birth_date=born[0] if born else None,
        locations=tuple(locations),
        gender=_GENDERS[people >> 4],
        blocks=tuple(keys[:blocks]),
        bands=tuple(keys[blocks:]),
        weak=bool(told & 32),
        superseded=tuple(identifiers[numbers >> 4 :]),
    )


def _each(
    data: bytes, at: int, count: int, size_of: Callable[[bytes, int], int], read: Callable[[bytes], _Part]
) -> tuple[list[_Part], int]:
    found = []
    for _ in range(count):
        end = at + size_of(data, at)
        found.append(read(data[at:end]))
        at = end
    return found, at


def _number(number: IdentifierToken) -> bytes:
    code = _SYSTEMS.index(number.system) * len(_STRENGTHS) + _STRENGTHS.index(number.strength)
    return bytes([code]) + number.token


def _number_size(data: bytes, at: int) -> int:
    return 1 + TOKEN_BYTES


def _number_of(data: bytes) -> IdentifierToken:
    system, strength = divmod(data[0], len(_STRENGTHS))
    return IdentifierToken(_SYSTEMS[system], _STRENGTHS[strength], data[1:])


def _name(name: NameTokens) -> bytes:
    told = name.rarity | (name.looks is not None) << _RARITY_BITS
    tokens = _joined((name.exact, name.phonetic, name.initial, name.looks), _NAMED)
    return bytes([told]) + tokens + name.signature


def _name_size(data: bytes, at: int) -> int:
    return 1 + _NAME_BYTES + _PART * (data[at] >> _RARITY_BITS) + SIGNATURE_BYTES


# Few names, and not many more dates and places, are those of most: the same ones are read again and again.
@lru_cache(20_000)
def _name_of(data: bytes) -> NameTokens:
    told = data[0]
    exact, phonetic, initial, looks = _parted(data[1:-SIGNATURE_BYTES], told | 7, _NAMED)
    return NameTokens(_needed(exact), _needed(phonetic), _needed(initial), data[-SIGNATURE_BYTES:], told & 7, looks)


def _birth(born: BirthDateTokens | None) -> bytes:
    if born is None:
        return b""
    near = (*born.near, None, None)[:2]
    pairs = (born.year_month, born.year_day, born.month_day, born.swapped)
    parts = (born.year, born.full, *pairs, born.day, born.month, *near)
    return _bits((*parts, born.default_day or None)).to_bytes(2) + _joined(parts, _BORN)


def _birth_size(data: bytes, at: int) -> int:
    return 2 + _size(int.from_bytes(data[at : at + 2]), _BORN)


@lru_cache(20_000)
def _birth_of(data: bytes) -> BirthDateTokens:
    told = int.from_bytes(data[:2])
    year, full, year_month, year_day, month_day, swapped, day, month, *near = _parted(data[2:], told, _BORN)
    spans = tuple(span for span in near if span is not None)
    default = bool(told >> len(_BORN))
    return BirthDateTokens(year, full, year_month, year_day, month_day, swapped, default, day, month, spans)


def _location(place: LocationTokens) -> bytes:
    parts = (place.postcode, place.sector, place.area, place.address, place.town, place.signature)
    return bytes([_bits(parts)]) + _joined(parts, _PLACED)


def _location_size(data: bytes, at: int) -> int:
    return 1 + _size(data[at], _PLACED)


@lru_cache(20_000)
def _location_of(data: bytes) -> LocationTokens:
    postcode, sector, area, address, town, signature = _parted(data[1:], data[0], _PLACED)
    return LocationTokens(postcode, sector, area, address, town, signature)


def _bits(parts: Iterable[object | None]) -> int:
    return sum(1 << place for place, part in enumerate(parts) if part is not None)


def _joined(parts: Sequence[bytes | None], sizes: Sequence[int]) -> bytes:
    return b"".join([part[:size] for part, size in zip(parts, sizes, strict=True) if part is not None])


def _parted(data: bytes, told: int, sizes: Sequence[int]) -> list[bytes | None]:
    parts: list[bytes | None] = []
    at = 0
    for place, size in enumerate(sizes):
        if told & 1 << place:
            parts.append(data[at : at + size] + _REST[size])
            at += size
        else:
            parts.append(None)
    return parts


@lru_cache(1_024)
def _size(told: int, sizes: Sequence[int]) -> int:
    return sum(size for place, size in enumerate(sizes) if told & 1 << place)


def _needed(token: bytes | None) -> bytes:
    if token is None:
        raise ValueError("a token that is always there is not")
    return token
