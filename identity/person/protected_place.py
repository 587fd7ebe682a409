"""Places that must link nobody (refuges, hostels, institutions): dropped from evidence before it is indexed or scored.

* Which places they are only the keyholder knows in clear. From each, the keyholder's tokeniser makes the tokens that evidence of somebody
  who lives there would hold: of the postcode and the address, and of every block key that joins either with a letter or a year.
* Evidence that holds one of them loses that location and those block keys; everything else about the person stays.
* Where the list has not been made for the epoch of some evidence, that evidence loses every location: better no place than a refuge.

Letters are A to Z, as standardised names have them, and years those of anybody alive. A name in another alphabet keeps its block key, by
which candidates are found and nothing is scored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from string import ascii_uppercase

from identity.person.standard_person import StandardLocation
from mappings.canonical.evidence import KEPT_BYTES, KEPT_KEY_BYTES, Evidence, LocationTokens

FIRST_YEAR, LAST_YEAR = 1900, 2060


@dataclass(frozen=True, slots=True, repr=False)
class ProtectedTokens:
    """What evidence under one epoch holds of protected places."""

    places: frozenset[bytes] = frozenset()
    blocks: frozenset[bytes] = frozenset()

    @lru_cache(maxsize=64)  # noqa: B019 - few, and they live as long as the program
    def shortened(self) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """What the register keeps of the tokens of places, and of block keys."""
        places = frozenset(token[:KEPT_BYTES] for token in self.places)
        return places, frozenset(token[:KEPT_KEY_BYTES] for token in self.blocks)


@dataclass(frozen=True, slots=True, repr=False)
class ProtectedPlaces:
    """The tokens by epoch. Without any, nothing is dropped."""

    by_epoch: Mapping[str, ProtectedTokens]

    def without(self, evidence: Evidence) -> Evidence:
        """The evidence, with nothing of a protected place."""
        if not self.by_epoch:
            return evidence
        tokens = self.by_epoch.get(evidence.epoch)
        if tokens is None:
            return replace(evidence, locations=()) if evidence.locations else evidence
        # Whole or as it is kept: what is kept of a token tells it as surely.
        places, blocks = tokens.shortened()
        stay = tuple(place for place in evidence.locations if not _held(place) & places)
        keys = tuple(block for block in evidence.blocks if block[:KEPT_KEY_BYTES] not in blocks)
        if (stay, keys) == (evidence.locations, evidence.blocks):
            return evidence
        return replace(evidence, locations=stay, blocks=keys)


def block_texts(place: StandardLocation) -> Iterator[str]:
    """Every composite that `identity.person.block_keys` would make of this place, whoever lives there."""
    for letter in ascii_uppercase:
        if place.postcode:
            yield f"pg|{place.postcode}|{letter}"
            yield f"pf|{place.postcode}|{letter}"
        if place.address:
            yield f"ag|{place.address}|{letter}"
    if place.postcode:
        yield from (f"py|{place.postcode}|{year}" for year in range(FIRST_YEAR, LAST_YEAR + 1))


def _held(place: LocationTokens) -> frozenset[bytes]:
    return frozenset(token[:KEPT_BYTES] for token in (place.postcode, place.address) if token is not None)
