"""Keyed evidence: all that the gateway ever learns about who a person is. Tokens and levels only, no keys, no plaintext.

Made by `identity.person.tokens` at the agency under the linkage key, which the gateway does not hold.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from mappings.canonical.codes import Gender, IdentifierSystem, Strength

TOKEN_BYTES = 16
KEPT_BYTES, KEPT_PART_BYTES, KEPT_KEY_BYTES = 8, 4, 4
"""What the register keeps of a token (`identity.person.kept_evidence`): of a name, a whole date or a place; of a part or sound of one; of a
block key or band."""
SIGNATURE_BYTES = 32
_ONE_SIZE = frozenset({TOKEN_BYTES})
MAX_BLOCKS = 24
MAX_IDENTIFIERS = 8
MAX_ALIASES = 6


@dataclass(frozen=True, slots=True)
class IdentifierToken:
    """A person number under the linkage key."""

    system: IdentifierSystem
    strength: Strength
    token: bytes

    def __post_init__(self) -> None:
        _exactly(self.token, TOKEN_BYTES, "identifier token")


@dataclass(frozen=True, slots=True)
class NameTokens:
    """One name (given or family) under the linkage key. Tokens are 16 bytes, the MinHash signature 32 bytes (64 minima of 4 bits).

    `rarity` is the coarse frequency band the connector took from a public name table: 0 very common to 4 rare or unknown. `looks` is how
    the name looks to a scanner or on a handwritten form, as `phonetic` is how it sounds; None from connectors that do not tell it yet.
    """

    exact: bytes
    phonetic: bytes
    initial: bytes
    signature: bytes
    rarity: int
    looks: bytes | None = None

    def __post_init__(self) -> None:
        _tokens((self.exact, self.phonetic, self.initial, self.looks), "name token")
        _exactly(self.signature, SIGNATURE_BYTES, "name signature")
        if not 0 <= self.rarity <= 4:
            raise ValueError("the rarity band must be 0 to 4")


@dataclass(frozen=True, slots=True)
class BirthDateTokens:
    """A birth date under the linkage key: the whole, each pair of parts, day and month swapped, and the year. None = part unknown; either the
    year or `month_day` is there.

    `default_day` marks a date that looks filled in for want of a better (1 January, the 15th for an unknown day): its day is weak evidence.
    `day` and `month` stand alone. `near` are the two spans of twelve years the year is in: dates that share neither are at least six years
    apart, dates that share one at most eleven, which no parent and child are.
    """

    year: bytes | None
    full: bytes | None = None
    year_month: bytes | None = None
    year_day: bytes | None = None
    month_day: bytes | None = None
    swapped: bytes | None = None
    default_day: bool = False
    day: bytes | None = None
    month: bytes | None = None
    near: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        pairs = (self.year_month, self.year_day, self.month_day, self.swapped)
        _tokens((self.year, self.full, *pairs, self.day, self.month, *self.near), "birth date token")
        if self.year is None and self.month_day is None:
            raise ValueError("a birth date has a year, or a day and month")
        if len(self.near) > 2:
            raise ValueError("a birth date has at most two spans of years")


@dataclass(frozen=True, slots=True)
class LocationTokens:
    """Where a person lives under the linkage key; one composite field in scoring. None = not known or withheld."""

    postcode: bytes | None = None
    sector: bytes | None = None
    area: bytes | None = None
    address: bytes | None = None
    town: bytes | None = None
    signature: bytes | None = None

    def __post_init__(self) -> None:
        _tokens((self.postcode, self.sector, self.area, self.address, self.town), "location token")
        if self.signature is not None:
            _exactly(self.signature, SIGNATURE_BYTES, "location signature")


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence about one person under one linkage-key epoch.

    `weak` is set by the connector where identity is too thin to link on ever (a nickname only, no birth date).
    `names_signature` is the MinHash of both names' bigrams together, so that swapped and split names still meet.
    `blocks` are composite keys (high entropy only) by which candidates are found; `bands` the LSH bands of the second pass.
    `aliases` are further given or family names (former, known as), scored as alternatives. `superseded` are numbers that the person bore
    before; each counts as the number that another record still has, where name or birth date agrees.
    """

    epoch: str
    identifiers: tuple[IdentifierToken, ...] = ()
    given: NameTokens | None = None
    middle: NameTokens | None = None
    family: NameTokens | None = None
    given_aliases: tuple[NameTokens, ...] = ()
    family_aliases: tuple[NameTokens, ...] = ()
    names_signature: bytes | None = None
    birth_date: BirthDateTokens | None = None
    locations: tuple[LocationTokens, ...] = ()
    gender: Gender = Gender.UNKNOWN
    blocks: tuple[bytes, ...] = ()
    bands: tuple[bytes, ...] = ()
    weak: bool = False
    superseded: tuple[IdentifierToken, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.epoch) <= 40:
            raise ValueError("the linkage epoch must be 1 to 40 characters")
        if len(self.identifiers) > MAX_IDENTIFIERS or len(self.blocks) > MAX_BLOCKS or len(self.bands) > MAX_BLOCKS:
            raise ValueError("more identifier, block or band tokens than the evidence format allows")
        many = (self.given_aliases, self.family_aliases, self.locations, self.superseded)
        if max(map(len, many)) > MAX_ALIASES:
            raise ValueError("more aliases or locations than the evidence format allows")
        _tokens((*self.blocks, *self.bands), "block key")
        if self.names_signature is not None:
            _exactly(self.names_signature, SIGNATURE_BYTES, "names signature")


def _tokens(parts: Iterable[bytes | None], label: str) -> None:
    # Evidence is made by the thousand: one look at all lengths instead of one at each.
    if not {len(part) for part in parts if part is not None} <= _ONE_SIZE:
        raise ValueError(f"a {label} must be {TOKEN_BYTES} bytes")


def _exactly(part: bytes, size: int, label: str) -> None:
    if len(part) != size:
        raise ValueError(f"a {label} must be {size} bytes")
