"""By what a disclosure is found when nothing else of the person is left: keyed numbers of their surest details.

* One number each for name, birth date and postcode together, and for a verified number with the given name or the birth date. Nothing less
  counts: where somebody may be somebody else, a person looks, and of an erased record nobody can.
* Under the key by which pairs get their names, which is never rotated: when a pepper is, nothing is left to make these anew from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from gateway.alerts.pairing import Pairing
from identity.person.kept_evidence import as_kept
from mappings.canonical.codes import Strength
from mappings.canonical.evidence import Evidence

_POSITIVE: Final = 2**63


def subject_keys(pairing: Pairing, evidences: Iterable[Evidence]) -> tuple[int, ...]:
    """63 bits each, whether the evidence is whole or as it is kept. From whole evidence there come those too that were noted while postcodes
    were kept whole."""
    whole = tuple(evidences)
    kept = as_kept(whole)
    before = (replace(short, locations=each.locations) for short, each in zip(kept, whole, strict=True))
    each = (_parts(evidence) for evidence in (*kept, *before))
    return tuple(
        dict.fromkeys(pairing.lot("subject", *parts) % _POSITIVE for parts in (part for one in each for part in one))
    )


def _parts(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    given = evidence.given.exact.hex() if evidence.given else ""
    family = evidence.family.exact.hex() if evidence.family else ""
    born = evidence.birth_date
    day = born.full.hex() if born is not None and born.full and not born.default_day else ""
    for place in evidence.locations:
        if given and family and day and place.postcode:
            yield evidence.epoch, "whole", given, family, day, place.postcode.hex()
    for number in evidence.identifiers:
        if number.strength is Strength.STRONG:
            yield from ((evidence.epoch, "number", number.token.hex(), text) for text in (given, day) if text)
