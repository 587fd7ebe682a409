"""The word of the gateway's signing key for the keys that follow it: how whoever pinned the old keys comes to believe the new.

A succession is a JWS (see `identity.agency.sealing`) of a type of its own, so that no envelope can be taken for one, over the next public
keys and the moment at which they were made. Nothing in it is secret. Several make a chain: who slept through two rotations follows both.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from identity.agency.faults import EnvelopeFault, KeyFault
from identity.agency.key_ring import directory_of
from identity.agency.keys import PublicKeys, SigningKey, VerifyKey, public_document, public_from_document
from identity.agency.sealing import sign, verify

MAX_SUCCESSIONS = 20
MAX_SUCCESSION_BYTES = 4 * 1024
_TYP = "patchwork-succession+jws"


@dataclass(frozen=True, slots=True)
class Succession:
    """`following` take the place of the keys of whoever signed it; made at `begun_at` (aware, UTC)."""

    following: PublicKeys
    begun_at: datetime


def issue(signer: SigningKey, following: PublicKeys, begun_at: datetime) -> bytes:
    """The current signing key's word for the next keys."""
    said = {"begun_at": begun_at.astimezone(UTC).isoformat(timespec="seconds"), "next": public_document(following)}
    return sign(json.dumps(said, sort_keys=True).encode(), signer, _TYP)


def read(document: bytes, signer: VerifyKey) -> Succession:
    """What `signer` said. Raises `KeyFault` where it did not."""
    if len(document) > MAX_SUCCESSION_BYTES:
        raise KeyFault(f"a succession of keys is at most {MAX_SUCCESSION_BYTES} bytes")
    try:
        said = json.loads(verify(document.strip(), directory_of(signer), _TYP).payload)
        begun_at = datetime.fromisoformat(said["begun_at"])
        following = public_from_document(said["next"])
    except EnvelopeFault:
        raise KeyFault("this succession of keys is not signed by the key that it would follow") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise KeyFault("this is not a succession of keys") from None
    if begun_at.tzinfo is None:
        raise KeyFault("this is not a succession of keys: its time has no zone")
    return Succession(following, begun_at)


def follow(pinned: PublicKeys, documents: Sequence[bytes]) -> list[PublicKeys]:
    """Every set of keys that follows `pinned`, nearest first, by the word of the one before. Documents that lead elsewhere are passed
    over: who pinned late cannot check what came earlier. Raises `KeyFault` where there are too many."""
    if len(documents) > MAX_SUCCESSIONS:
        raise KeyFault(f"the gateway sent more than {MAX_SUCCESSIONS} successions of keys")
    chain, left = [pinned], list(documents)
    while found := next(((each, step) for each in left if (step := _step(each, chain[-1]))), None):
        left.remove(found[0])
        chain.append(found[1].following)
    return chain[1:]


def _step(document: bytes, keys: PublicKeys) -> Succession | None:
    try:
        step = read(document, keys.signing)
    except KeyFault:
        return None
    return step if step.following.owner == keys.owner else None
