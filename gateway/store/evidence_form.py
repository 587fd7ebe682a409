"""Evidence as the register keeps it under its seal: what the wire form (`mappings.evidence_codec`) says, in fewer bytes.

MessagePack arrays behind a version byte, as there, but tokens that belong together stand in one string without a length each, and a number says
which are there and whether only their first half is (`identity.person.kept_evidence`). What a code list has is its place in it: codes are only
ever added at the end. It is exact: what is read is what was written.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.store.faults import StoreRefused
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import (
    KEPT_BYTES,
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
    NameTokens,
)

VERSION: Final = b"\x02"
_EMPTY_HALF: Final = bytes(TOKEN_BYTES - KEPT_BYTES)
_GENDERS, _SYSTEMS, _STRENGTHS = tuple(Gender), tuple(IdentifierSystem), tuple(Strength)
_HALVED: Final = 1
"""Lowest bit of what is told of a group of tokens: each is its first half. The bits above it: which of them are there."""

_Tokens = tuple[int, bytes]


class _Name(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    rarity: int
    tokens: _Tokens
    signature: bytes


class _Location(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    compared: _Tokens
    named: _Tokens
    signature: bytes | None


class _Birth(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    default_day: bool
    tokens: _Tokens


class _Kept(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    epoch: str
    identifiers: tuple[_Tokens, ...]
    given: _Name | None
    middle: _Name | None
    family: _Name | None
    given_aliases: tuple[_Name, ...]
    family_aliases: tuple[_Name, ...]
    names_signature: bytes | None
    birth_date: _Birth | None
    locations: tuple[_Location, ...]
    gender: int
    blocks: bytes
    bands: bytes
    weak: bool
    superseded: tuple[_Tokens, ...]


_DECODER: Final = msgspec.msgpack.Decoder(_Kept)
_ENCODER: Final = msgspec.msgpack.Encoder()


def write_evidence(evidence: Evidence) -> bytes:
    """The bytes that are sealed."""
    kept = _Kept(
        epoch=evidence.epoch,
        identifiers=_numbers(evidence.identifiers),
        given=_name(evidence.given),
        middle=_name(evidence.middle),
        family=_name(evidence.family),
        given_aliases=tuple(kept for each in evidence.given_aliases if (kept := _name(each))),
        family_aliases=tuple(kept for each in evidence.family_aliases if (kept := _name(each))),
        names_signature=evidence.names_signature,
        birth_date=_birth(evidence.birth_date),
        locations=tuple(
            _Location(
                _joined((each.sector, each.area, each.town)), _joined((each.postcode, each.address)), each.signature
            )
            for each in evidence.locations
        ),
        gender=_GENDERS.index(evidence.gender),
        blocks=b"".join(evidence.blocks),
        bands=b"".join(evidence.bands),
        weak=evidence.weak,
        superseded=_numbers(evidence.superseded),
    )
    return VERSION + _ENCODER.encode(kept)


def read_evidence(data: bytes) -> Evidence:
    """The evidence. Raises `StoreRefused` where it was not written here."""
    try:
        return _evidence(_DECODER.decode(memoryview(data)[len(VERSION) :]))
    except (ValueError, IndexError, RecursionError):
        raise StoreRefused("evidence in the register cannot be read; restore the database from a backup") from None


def _evidence(kept: _Kept) -> Evidence:
    return Evidence(
        epoch=kept.epoch,
        identifiers=_numbers_of(kept.identifiers),
        given=None if kept.given is None else _name_of(kept.given),
        middle=None if kept.middle is None else _name_of(kept.middle),
        family=None if kept.family is None else _name_of(kept.family),
        given_aliases=tuple(map(_name_of, kept.given_aliases)),
        family_aliases=tuple(map(_name_of, kept.family_aliases)),
        names_signature=kept.names_signature,
        birth_date=None if kept.birth_date is None else _birth_of(kept.birth_date),
        locations=tuple(map(_location_of, kept.locations)),
        gender=_GENDERS[kept.gender],
        blocks=_cut(kept.blocks, TOKEN_BYTES),
        bands=_cut(kept.bands, TOKEN_BYTES),
        weak=kept.weak,
        superseded=_numbers_of(kept.superseded),
    )


def _numbers(numbers: Iterable[IdentifierToken]) -> tuple[_Tokens, ...]:
    return tuple(
        (_SYSTEMS.index(each.system) * len(_STRENGTHS) + _STRENGTHS.index(each.strength), each.token)
        for each in numbers
    )


def _numbers_of(kept: Iterable[_Tokens]) -> tuple[IdentifierToken, ...]:
    return tuple(
        IdentifierToken(_SYSTEMS[code // len(_STRENGTHS)], _STRENGTHS[code % len(_STRENGTHS)], token)
        for code, token in kept
    )


def _name(name: NameTokens | None) -> _Name | None:
    if name is None:
        return None
    return _Name(name.rarity, _joined((name.exact, name.phonetic, name.initial, name.looks)), name.signature)


def _name_of(kept: _Name) -> NameTokens:
    exact, phonetic, initial, looks = _parted(kept.tokens, 4)
    return NameTokens(_needed(exact), _needed(phonetic), _needed(initial), kept.signature, kept.rarity, looks)


def _birth(born: BirthDateTokens | None) -> _Birth | None:
    if born is None:
        return None
    parts = (born.year, born.full, born.year_month, born.year_day, born.month_day, born.swapped, born.day, born.month)
    return _Birth(born.default_day, _joined((*parts, *born.near)))


def _birth_of(kept: _Birth) -> BirthDateTokens:
    year, full, year_month, year_day, month_day, swapped, day, month, *near = _parted(kept.tokens, 10)
    spans = tuple(span for span in near if span is not None)
    return BirthDateTokens(year, full, year_month, year_day, month_day, swapped, kept.default_day, day, month, spans)


def _location_of(kept: _Location) -> LocationTokens:
    sector, area, town = _parted(kept.compared, 3)
    postcode, address = _parted(kept.named, 2)
    return LocationTokens(postcode, sector, area, address, town, kept.signature)


def _joined(tokens: Iterable[bytes | None]) -> _Tokens:
    listed = tuple(tokens)
    there = [token for token in listed if token is not None]
    told = sum(2 << place for place, token in enumerate(listed) if token is not None)
    if there and all(token.endswith(_EMPTY_HALF) for token in there):
        return told | _HALVED, b"".join(token[:KEPT_BYTES] for token in there)
    return told, b"".join(there)


def _parted(tokens: _Tokens, places: int) -> list[bytes | None]:
    told, joined = tokens
    parts = [token + _EMPTY_HALF for token in _cut(joined, KEPT_BYTES)] if told & _HALVED else _cut(joined, TOKEN_BYTES)
    if len(parts) != (told >> 1).bit_count():
        raise ValueError("there are other tokens than is said")
    if len(parts) == places:
        return list(parts)
    following = iter(parts)
    return [next(following) if told >> place & 2 else None for place in range(places)]


def _cut(joined: bytes, size: int) -> tuple[bytes, ...]:
    return tuple([joined[start : start + size] for start in range(0, len(joined), size)])


def _needed(token: bytes | None) -> bytes:
    if token is None:
        raise ValueError("a token that is always there is not")
    return token
