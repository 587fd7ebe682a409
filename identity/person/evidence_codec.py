"""The bytes of an evidence: in a notice, and in the gateway's encrypted store.

MessagePack arrays in a fixed order, version first, tokens of one length joined. There is exactly one encoding of each
evidence: bytes that do not come out the same when encoded again are refused, so that a digest over them means
something. At most `MAX_BYTES`.
"""

from typing import Annotated

import msgspec

from mappings.canonical.codes import Gender, IdentifierSystem, Strength
from mappings.canonical.evidence import (
    MAX_ALIASES,
    MAX_BLOCKS,
    MAX_IDENTIFIERS,
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
    NameTokens,
)

VERSION = 1
MAX_BYTES = 8 * 1024
_GENDERS, _SYSTEMS, _STRENGTHS = list(Gender), list(IdentifierSystem), list(Strength)

_Token = Annotated[bytes, msgspec.Meta(min_length=TOKEN_BYTES, max_length=TOKEN_BYTES)]
_Signature = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Joined = Annotated[bytes, msgspec.Meta(max_length=MAX_BLOCKS * TOKEN_BYTES)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=9)]


class InvalidEvidence(ValueError):
    """The bytes are not an evidence of a version this program knows. The message never repeats them."""


class _Shape(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    pass


class _Identifier(_Shape):
    system: _Index
    strength: _Index
    token: _Token


class _Name(_Shape):
    exact: _Token
    phonetic: _Token
    initial: _Token
    signature: _Signature
    rarity: _Index


class _Born(_Shape):
    year: _Token
    full: _Token | None
    year_month: _Token | None
    year_day: _Token | None
    month_day: _Token | None
    swapped: _Token | None
    default_day: bool


class _Location(_Shape):
    postcode: _Token | None
    sector: _Token | None
    area: _Token | None
    address: _Token | None
    town: _Token | None
    signature: _Signature | None


_Names = Annotated[list[_Name], msgspec.Meta(max_length=MAX_ALIASES)]


class _Wire(_Shape):
    version: int
    epoch: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    identifiers: Annotated[list[_Identifier], msgspec.Meta(max_length=MAX_IDENTIFIERS)]
    given: _Name | None
    middle: _Name | None
    family: _Name | None
    given_aliases: _Names
    family_aliases: _Names
    names_signature: _Signature | None
    birth_date: _Born | None
    locations: Annotated[list[_Location], msgspec.Meta(max_length=MAX_ALIASES)]
    gender: _Index
    blocks: _Joined
    bands: _Joined
    weak: bool


_decoder = msgspec.msgpack.Decoder(_Wire)
_encoder = msgspec.msgpack.Encoder()


def encode(evidence: Evidence) -> bytes:
    """The one encoding of the evidence."""
    return _encoder.encode(_to_wire(evidence))


def decode(data: bytes) -> Evidence:
    """The reverse of `encode`, from untrusted bytes. Raises only `InvalidEvidence`."""
    if len(data) > MAX_BYTES:
        raise InvalidEvidence(f"an evidence is at most {MAX_BYTES} bytes")
    try:
        wire = _decoder.decode(data)
        evidence = _from_wire(wire)
    except (msgspec.DecodeError, ValueError, IndexError, RecursionError):
        raise InvalidEvidence(
            f"not an evidence in the form of version {VERSION}; make it with identity.person.tokens"
        ) from None
    if encode(evidence) != data:
        raise InvalidEvidence(
            "an evidence in another encoding than its one; make it with identity.person.evidence_codec"
        )
    return evidence


def _to_wire(evidence: Evidence) -> _Wire:
    born = evidence.birth_date
    return _Wire(
        VERSION,
        evidence.epoch,
        [_Identifier(_SYSTEMS.index(i.system), _STRENGTHS.index(i.strength), i.token) for i in evidence.identifiers],
        _name(evidence.given),
        _name(evidence.middle),
        _name(evidence.family),
        [_Name(n.exact, n.phonetic, n.initial, n.signature, n.rarity) for n in evidence.given_aliases],
        [_Name(n.exact, n.phonetic, n.initial, n.signature, n.rarity) for n in evidence.family_aliases],
        evidence.names_signature,
        _Born(born.year, born.full, born.year_month, born.year_day, born.month_day, born.swapped, born.default_day)
        if born
        else None,
        [_Location(p.postcode, p.sector, p.area, p.address, p.town, p.signature) for p in evidence.locations],
        _GENDERS.index(evidence.gender),
        b"".join(evidence.blocks),
        b"".join(evidence.bands),
        evidence.weak,
    )


def _from_wire(wire: _Wire) -> Evidence:
    if wire.version != VERSION:
        raise InvalidEvidence("another version")
    born = wire.birth_date
    return Evidence(
        epoch=wire.epoch,
        identifiers=tuple(
            IdentifierToken(_SYSTEMS[i.system], _STRENGTHS[i.strength], i.token) for i in wire.identifiers
        ),
        given=_tokens(wire.given),
        middle=_tokens(wire.middle),
        family=_tokens(wire.family),
        given_aliases=tuple(
            NameTokens(n.exact, n.phonetic, n.initial, n.signature, n.rarity) for n in wire.given_aliases
        ),
        family_aliases=tuple(
            NameTokens(n.exact, n.phonetic, n.initial, n.signature, n.rarity) for n in wire.family_aliases
        ),
        names_signature=wire.names_signature,
        birth_date=BirthDateTokens(*msgspec.structs.astuple(born)) if born else None,
        locations=tuple(LocationTokens(*msgspec.structs.astuple(place)) for place in wire.locations),
        gender=_GENDERS[wire.gender],
        blocks=_parted(wire.blocks),
        bands=_parted(wire.bands),
        weak=wire.weak,
    )


def _name(name: NameTokens | None) -> _Name | None:
    return _Name(name.exact, name.phonetic, name.initial, name.signature, name.rarity) if name else None


def _tokens(name: _Name | None) -> NameTokens | None:
    return NameTokens(name.exact, name.phonetic, name.initial, name.signature, name.rarity) if name else None


def _parted(joined: bytes) -> tuple[bytes, ...]:
    return tuple(joined[place : place + TOKEN_BYTES] for place in range(0, len(joined), TOKEN_BYTES))
