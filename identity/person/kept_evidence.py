"""Evidence as the register keeps it: of every token but a number as many bytes as are needed.

* Of what is compared with another of its field: eight bytes of a name, a whole birth date, a postcode or an address; four of what is told of
  them beside that (how a name sounds, the parts of a date, the sector). Two different tokens begin alike once in 2^64 or 2^32, and a record is
  held against 16 others: nothing is decided otherwise by it.
* Of block keys and bands four: what the pepper makes index keys of, which are no longer than that.
* Numbers stay whole, because by them people are linked surely.

The rest of a token is empty, so that evidence stays of one form, and shortened evidence compares as the whole would; who holds incoming
evidence against what is kept shortens it first.
"""

from collections.abc import Iterable
from dataclasses import replace

from mappings.canonical.evidence import (
    KEPT_BYTES,
    KEPT_KEY_BYTES,
    KEPT_PART_BYTES,
    TOKEN_BYTES,
    BirthDateTokens,
    Evidence,
    LocationTokens,
    NameTokens,
)

_REST = {size: bytes(TOKEN_BYTES - size) for size in (KEPT_BYTES, KEPT_PART_BYTES, KEPT_KEY_BYTES)}


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
        blocks=tuple(_short(token, KEPT_KEY_BYTES) for token in evidence.blocks),
        bands=tuple(_short(token, KEPT_KEY_BYTES) for token in evidence.bands),
    )


def _name(name: NameTokens) -> NameTokens:
    # A lone initial is told by its token being that of the whole name.
    exact, initial = _short(name.exact), _short(name.initial)
    return NameTokens(
        exact, _short(name.phonetic, KEPT_PART_BYTES), initial, name.signature, name.rarity, _part(name.looks)
    )


def _birth_date(born: BirthDateTokens) -> BirthDateTokens:
    return BirthDateTokens(
        _part(born.year),
        _whole(born.full),
        _part(born.year_month),
        _part(born.year_day),
        _part(born.month_day),
        _whole(born.swapped),
        born.default_day,
        _part(born.day),
        _part(born.month),
        tuple(_short(span, KEPT_PART_BYTES) for span in born.near),
    )


def _location(place: LocationTokens) -> LocationTokens:
    return LocationTokens(
        _whole(place.postcode),
        _part(place.sector),
        _part(place.area),
        _whole(place.address),
        _part(place.town),
        place.signature,
    )


def _whole(token: bytes | None) -> bytes | None:
    return None if token is None else _short(token)


def _part(token: bytes | None) -> bytes | None:
    return None if token is None else _short(token, KEPT_PART_BYTES)


def _short(token: bytes, size: int = KEPT_BYTES) -> bytes:
    return token[:size] + _REST[size]
