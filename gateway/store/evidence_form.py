"""Evidence as the register keeps it under its seal, in as few bytes as tell it.

Only evidence as it is kept (`identity.person.kept_evidence`) can be written: of every token the bytes that are kept stand one after the other,
without a length each, and bits say which are there. What a code list has is its place in it: codes are only ever added at the end. It is
exact: what is read is what was written. Before this form there was another (`gateway.store.older_evidence_form`).
"""

from collections.abc import Iterable, Sequence
from typing import Final

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

VERSION: Final = b"\x03"
_GENDERS, _SYSTEMS, _STRENGTHS = tuple(Gender), tuple(IdentifierSystem), tuple(Strength)
_REST: Final = {size: bytes(TOKEN_BYTES - size) for size in (KEPT_BYTES, KEPT_PART_BYTES, KEPT_KEY_BYTES, TOKEN_BYTES)}
_WHOLE, _PART = KEPT_BYTES, KEPT_PART_BYTES
_BORN: Final = (_WHOLE, _PART, _PART, _PART, _WHOLE, _PART, _PART, _PART, _PART)
"""Full date, year and month, year and day, month and day, swapped, day, month, and the two spans."""
_PLACED: Final = (_WHOLE, _PART, _PART, _WHOLE, _PART)
_NAME_BYTES: Final = 2 * _WHOLE + _PART
_LEAST_NAME_BITS: Final = 3
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
    """The evidence. Raises `StoreRefused` where it was not written here."""
    try:
        reader = _Reader(data)
        evidence = _evidence(reader)
        reader.check_end()
        return evidence
    except (ValueError, IndexError):
        raise StoreRefused("evidence in the register cannot be read; restore the database from a backup") from None


class _Reader:
    """Takes one part after the other. Parts that are too short are seen by the evidence that is made of them, or at the end."""

    __slots__ = ("_data", "_place")

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, len(VERSION)

    def take(self, size: int) -> bytes:
        start = self._place
        self._place = end = start + size
        return self._data[start:end]

    def number(self) -> int:
        return self.take(1)[0]

    def token(self, size: int) -> bytes:
        start = self._place
        self._place = end = start + size
        return self._data[start:end] + _REST[size]

    def tokens(self, count: int) -> tuple[bytes, ...]:
        joined, rest = self.take(count * KEPT_KEY_BYTES), _REST[KEPT_KEY_BYTES]
        return tuple([joined[at : at + KEPT_KEY_BYTES] + rest for at in range(0, len(joined), KEPT_KEY_BYTES)])

    def signature(self) -> bytes:
        return self.take(SIGNATURE_BYTES)

    def check_end(self) -> None:
        if self._place != len(self._data):
            raise ValueError("the evidence ends too early or goes on where it should end")


def _evidence(reader: _Reader) -> Evidence:
    epoch = reader.take(reader.number()).decode()
    told, people, aliases, numbers, blocks, bands = reader.take(6)
    identifiers = [_number_of(reader) for _ in range((numbers >> 4) + (numbers & 15))]
    given, middle, family = (_name_of(reader) if told & 1 << place else None for place in range(3))
    others = [_name_of(reader) for _ in range((aliases >> 4) + (aliases & 15))]
    return Evidence(
        epoch=epoch,
        identifiers=tuple(identifiers[: numbers >> 4]),
        given=given,
        middle=middle,
        family=family,
        given_aliases=tuple(others[: aliases >> 4]),
        family_aliases=tuple(others[aliases >> 4 :]),
        names_signature=reader.signature() if told & 8 else None,
        birth_date=_birth_of(reader) if told & 16 else None,
        locations=tuple([_location_of(reader) for _ in range(people & 15)]),
        gender=_GENDERS[people >> 4],
        blocks=reader.tokens(blocks),
        bands=reader.tokens(bands),
        weak=bool(told & 32),
        superseded=tuple(identifiers[numbers >> 4 :]),
    )


def _number(number: IdentifierToken) -> bytes:
    code = _SYSTEMS.index(number.system) * len(_STRENGTHS) + _STRENGTHS.index(number.strength)
    return bytes([code]) + number.token


def _number_of(reader: _Reader) -> IdentifierToken:
    code = reader.number()
    system, strength = divmod(code, len(_STRENGTHS))
    return IdentifierToken(_SYSTEMS[system], _STRENGTHS[strength], reader.token(TOKEN_BYTES))


def _name(name: NameTokens) -> bytes:
    told = name.rarity | (name.looks is not None) << _LEAST_NAME_BITS
    tokens = _joined((name.exact, name.phonetic, name.initial, name.looks), (_WHOLE, _PART, _WHOLE, _PART))
    return bytes([told]) + tokens + name.signature


def _name_of(reader: _Reader) -> NameTokens:
    told = reader.number()
    tokens = reader.take(_NAME_BYTES)
    looks = reader.token(_PART) if told >> _LEAST_NAME_BITS else None
    return NameTokens(
        tokens[:_WHOLE] + _REST[_WHOLE],
        tokens[_WHOLE : _WHOLE + _PART] + _REST[_PART],
        tokens[_WHOLE + _PART :] + _REST[_WHOLE],
        reader.signature(),
        told & 7,
        looks,
    )


def _birth(born: BirthDateTokens | None) -> bytes:
    if born is None:
        return b""
    near = (*born.near, None, None)[:2]
    parts = (born.full, born.year_month, born.year_day, born.month_day, born.swapped, born.day, born.month, *near)
    told = _bits((*parts, born.default_day or None))
    return told.to_bytes(2) + born.year[:_PART] + _joined(parts, _BORN)


def _birth_of(reader: _Reader) -> BirthDateTokens:
    told = int.from_bytes(reader.take(2))
    year = reader.token(_PART)
    full, year_month, year_day, month_day, swapped, day, month, *near = _parted(reader, told, _BORN)
    spans = tuple(span for span in near if span is not None)
    default = bool(told >> len(_BORN))
    return BirthDateTokens(year, full, year_month, year_day, month_day, swapped, default, day, month, spans)


def _location(place: LocationTokens) -> bytes:
    parts = (place.postcode, place.sector, place.area, place.address, place.town)
    return bytes([_bits((*parts, place.signature))]) + _joined(parts, _PLACED) + (place.signature or b"")


def _location_of(reader: _Reader) -> LocationTokens:
    told = reader.number()
    postcode, sector, area, address, town = _parted(reader, told, _PLACED)
    signature = reader.signature() if told >> len(_PLACED) else None
    return LocationTokens(postcode, sector, area, address, town, signature)


def _bits(parts: Iterable[object | None]) -> int:
    return sum(1 << place for place, part in enumerate(parts) if part is not None)


def _joined(parts: Sequence[bytes | None], sizes: Sequence[int]) -> bytes:
    return b"".join([part[:size] for part, size in zip(parts, sizes, strict=True) if part is not None])


def _parted(reader: _Reader, told: int, sizes: Sequence[int]) -> list[bytes | None]:
    return [reader.token(size) if told & 1 << place else None for place, size in enumerate(sizes)]
