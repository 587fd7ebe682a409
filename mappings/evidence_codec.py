"""Evidence as bytes: MessagePack arrays behind one version byte. Used inside a notice and in the gateway's encrypted
store.

Arrays, not maps, because a notice is mostly evidence. What decodes is always an `Evidence` that checked itself;
encoding what was decoded gives the same bytes again.
"""

from typing import Final

import msgspec

from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import BirthDateTokens, Evidence, IdentifierToken, LocationTokens, NameTokens

VERSION: Final = b"\x01"
MAX_BYTES: Final = 8 * 1024


class InvalidEvidence(ValueError):
    """The bytes are not evidence of a version this program reads. The message never repeats them."""


class _Identifier(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    system: IdentifierSystem
    strength: Strength
    token: bytes


class _Name(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    exact: bytes
    phonetic: bytes
    initial: bytes
    signature: bytes
    rarity: int
    looks: bytes | None = None


class _BirthDate(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    year: bytes | None
    full: bytes | None
    year_month: bytes | None
    year_day: bytes | None
    month_day: bytes | None
    swapped: bytes | None
    default_day: bool
    day: bytes | None = None
    month: bytes | None = None
    near: tuple[bytes, ...] = ()


class _Location(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    postcode: bytes | None
    sector: bytes | None
    area: bytes | None
    address: bytes | None
    town: bytes | None
    signature: bytes | None


class _Evidence(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    epoch: str
    identifiers: tuple[_Identifier, ...]
    given: _Name | None
    middle: _Name | None
    family: _Name | None
    given_aliases: tuple[_Name, ...]
    family_aliases: tuple[_Name, ...]
    names_signature: bytes | None
    birth_date: _BirthDate | None
    locations: tuple[_Location, ...]
    gender: Gender
    blocks: tuple[bytes, ...]
    bands: tuple[bytes, ...]
    weak: bool


class _EvidenceOfMerged(_Evidence, array_like=True, forbid_unknown_fields=True):
    """One member longer, and written only where there is something in it, so that all other evidence stays the bytes it was."""

    superseded: tuple[_Identifier, ...]


_DECODER: Final = msgspec.msgpack.Decoder(_Evidence)
_DECODER_OF_MERGED: Final = msgspec.msgpack.Decoder(_EvidenceOfMerged)
_ARRAY_OF_15: Final = b"\x9f"
"""How MessagePack begins an array of fifteen: https://github.com/msgpack/msgpack/blob/master/spec.md#array-format-family"""
_ENCODER: Final = msgspec.msgpack.Encoder()


def encode(evidence: Evidence) -> bytes:
    """The bytes of `evidence`: some hundred to a few thousand, never more than `MAX_BYTES`."""
    birth = evidence.birth_date
    row = _Evidence(
        epoch=evidence.epoch,
        identifiers=_rows_of(evidence.identifiers),
        given=_name_row(evidence.given),
        middle=_name_row(evidence.middle),
        family=_name_row(evidence.family),
        given_aliases=tuple(_row_of(each) for each in evidence.given_aliases),
        family_aliases=tuple(_row_of(each) for each in evidence.family_aliases),
        names_signature=evidence.names_signature,
        birth_date=None if birth is None else _birth_row(birth),
        locations=tuple(
            _Location(each.postcode, each.sector, each.area, each.address, each.town, each.signature)
            for each in evidence.locations
        ),
        gender=evidence.gender,
        blocks=evidence.blocks,
        bands=evidence.bands,
        weak=evidence.weak,
    )
    if evidence.superseded:
        members = {name: getattr(row, name) for name in row.__struct_fields__}
        row = _EvidenceOfMerged(**members, superseded=_rows_of(evidence.superseded))
    return VERSION + _ENCODER.encode(row)


def decode(data: bytes) -> Evidence:
    """The evidence in `data`. Raises `InvalidEvidence`, and nothing else, whatever the bytes are."""
    if len(data) > MAX_BYTES:
        raise InvalidEvidence(f"evidence is larger than {MAX_BYTES} bytes")
    if data[:1] != VERSION:
        raise InvalidEvidence("evidence is of a version this program does not read; upgrade the older of the two sides")
    try:
        decoder = _DECODER_OF_MERGED if data[1:2] == _ARRAY_OF_15 else _DECODER
        row = decoder.decode(memoryview(data)[1:])
        evidence = _evidence(row)
    except (ValueError, RecursionError):
        raise InvalidEvidence("evidence is not well formed; check the program that encoded it") from None
    empty = isinstance(row, _EvidenceOfMerged) and not row.superseded
    if empty or VERSION + _ENCODER.encode(row) != data:
        raise InvalidEvidence("evidence is not in its one canonical form; check the program that encoded it")
    return evidence


def _evidence(row: _Evidence) -> Evidence:
    birth = row.birth_date
    return Evidence(
        epoch=row.epoch,
        identifiers=_numbers_of(row.identifiers),
        given=_name_of(row.given),
        middle=_name_of(row.middle),
        family=_name_of(row.family),
        given_aliases=tuple(_tokens_of(each) for each in row.given_aliases),
        family_aliases=tuple(_tokens_of(each) for each in row.family_aliases),
        names_signature=row.names_signature,
        birth_date=None if birth is None else _birth_of(birth),
        locations=tuple(
            LocationTokens(each.postcode, each.sector, each.area, each.address, each.town, each.signature)
            for each in row.locations
        ),
        gender=row.gender,
        blocks=row.blocks,
        bands=row.bands,
        weak=row.weak,
        superseded=_numbers_of(row.superseded) if isinstance(row, _EvidenceOfMerged) else (),
    )


def _rows_of(numbers: tuple[IdentifierToken, ...]) -> tuple[_Identifier, ...]:
    return tuple(_Identifier(each.system, each.strength, each.token) for each in numbers)


def _numbers_of(rows: tuple[_Identifier, ...]) -> tuple[IdentifierToken, ...]:
    return tuple(IdentifierToken(each.system, each.strength, each.token) for each in rows)


def _row_of(name: NameTokens) -> _Name:
    return _Name(name.exact, name.phonetic, name.initial, name.signature, name.rarity, name.looks)


def _tokens_of(row: _Name) -> NameTokens:
    return NameTokens(row.exact, row.phonetic, row.initial, row.signature, row.rarity, row.looks)


def _name_row(name: NameTokens | None) -> _Name | None:
    return None if name is None else _row_of(name)


def _name_of(row: _Name | None) -> NameTokens | None:
    return None if row is None else _tokens_of(row)


def _birth_row(birth: BirthDateTokens) -> _BirthDate:
    return _BirthDate(
        birth.year,
        birth.full,
        birth.year_month,
        birth.year_day,
        birth.month_day,
        birth.swapped,
        birth.default_day,
        birth.day,
        birth.month,
        birth.near,
    )


def _birth_of(row: _BirthDate) -> BirthDateTokens:
    return BirthDateTokens(
        row.year,
        row.full,
        row.year_month,
        row.year_day,
        row.month_day,
        row.swapped,
        row.default_day,
        row.day,
        row.month,
        row.near,
    )
