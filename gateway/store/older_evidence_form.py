"""Evidence as the register kept it before `gateway.store.evidence_form`: only read, until it is sealed anew.

MessagePack arrays behind a version byte; tokens that belong together stand in one string, and a number says which are there and whether only
their first half is. Block keys and bands are whole in it.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from gateway.store.faults import StoreRefused
from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import (
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
    NameTokens,
)

VERSION: Final = b"\x02"
_HALF_BYTES: Final = 8
_EMPTY_HALF: Final = bytes(TOKEN_BYTES - _HALF_BYTES)
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


def read_older_evidence(data: bytes) -> Evidence:
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


def _numbers_of(kept: Iterable[_Tokens]) -> tuple[IdentifierToken, ...]:
    return tuple(
        IdentifierToken(_SYSTEMS[code // len(_STRENGTHS)], _STRENGTHS[code % len(_STRENGTHS)], token)
        for code, token in kept
    )


def _name_of(kept: _Name) -> NameTokens:
    exact, phonetic, initial, looks = _parted(kept.tokens, 4)
    return NameTokens(_needed(exact), _needed(phonetic), _needed(initial), kept.signature, kept.rarity, looks)


def _birth_of(kept: _Birth) -> BirthDateTokens:
    year, full, year_month, year_day, month_day, swapped, day, month, *near = _parted(kept.tokens, 10)
    spans = tuple(span for span in near if span is not None)
    return BirthDateTokens(
        _needed(year), full, year_month, year_day, month_day, swapped, kept.default_day, day, month, spans
    )


def _location_of(kept: _Location) -> LocationTokens:
    sector, area, town = _parted(kept.compared, 3)
    postcode, address = _parted(kept.named, 2)
    return LocationTokens(postcode, sector, area, address, town, kept.signature)


def _parted(tokens: _Tokens, places: int) -> list[bytes | None]:
    told, joined = tokens
    parts = (
        [token + _EMPTY_HALF for token in _cut(joined, _HALF_BYTES)] if told & _HALVED else _cut(joined, TOKEN_BYTES)
    )
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
