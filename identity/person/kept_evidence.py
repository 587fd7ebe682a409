"""Evidence as the register keeps it: of every token that is only ever compared with another of its field, the first eight bytes.

Two different tokens begin alike once in 2^64, and a record is held against 48 others: nothing is decided otherwise by it. The second half is
empty, so that evidence stays of one form and both halved compare as the whole would; who holds incoming evidence against what is kept halves it
first. Whole stay, because they are more than compared: numbers, by which people are linked surely; block keys and bands, of which the pepper
makes index keys; and postcode and address, which the keyholder's list of protected places names.
"""

from collections.abc import Iterable
from dataclasses import replace

from mappings.canonical.evidence import (
    KEPT_BYTES,
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    LocationTokens,
    NameTokens,
)

_EMPTY_HALF = bytes(TOKEN_BYTES - KEPT_BYTES)


def as_kept(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each as it is kept; one that is already comes back as it was."""
    return tuple(map(_kept, evidence))


def _kept(evidence: Evidence) -> Evidence:
    born = evidence.birth_date
    return replace(
        evidence,
        given=evidence.given and _name(evidence.given),
        middle=evidence.middle and _name(evidence.middle),
        family=evidence.family and _name(evidence.family),
        given_aliases=tuple(map(_name, evidence.given_aliases)),
        family_aliases=tuple(map(_name, evidence.family_aliases)),
        birth_date=born and _birth_date(born),
        locations=tuple(map(_location, evidence.locations)),
    )


def _name(name: NameTokens) -> NameTokens:
    exact, phonetic, initial = _half(name.exact), _half(name.phonetic), _half(name.initial)
    return NameTokens(exact, phonetic, initial, name.signature, name.rarity, _half_of(name.looks))


def _birth_date(born: BirthDateTokens) -> BirthDateTokens:
    return BirthDateTokens(
        _half_of(born.year),
        _half_of(born.full),
        _half_of(born.year_month),
        _half_of(born.year_day),
        _half_of(born.month_day),
        _half_of(born.swapped),
        born.default_day,
        _half_of(born.day),
        _half_of(born.month),
        tuple(map(_half, born.near)),
    )


def _location(place: LocationTokens) -> LocationTokens:
    return replace(place, sector=_half_of(place.sector), area=_half_of(place.area), town=_half_of(place.town))


def _half(token: bytes) -> bytes:
    return token[:KEPT_BYTES] + _EMPTY_HALF


def _half_of(token: bytes | None) -> bytes | None:
    return None if token is None else _half(token)
