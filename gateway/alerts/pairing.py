"""The names that a pair of involvements gets: its connection id and its spoken reference.

Both are keyed from the pair under a key of the gateway's own, so that they tell nothing by themselves, and so that a gateway restored from
a backup gives the same pair the same names again and no connector sees a connection twice.
"""

import hashlib
import hmac
import uuid
from dataclasses import dataclass

from gateway.model.involvement import RegisteredInvolvement
from mappings.canonical.alert import Introducer
from mappings.canonical.codes import AlertLevel, Certainty, RelationKind
from mappings.canonical.identifiers import MessageId, SpokenReference
from mappings.canonical.involvement import Contact

ALPHABET = "ABCDEFGHJKLMNPQRSTVWXYZ23456789"

Pair = tuple[RegisteredInvolvement, RegisteredInvolvement]


def in_order(first: RegisteredInvolvement, second: RegisteredInvolvement) -> Pair:
    """The pair by involvement id, so that both orders name one connection."""
    return (first, second) if first.id < second.id else (second, first)


@dataclass(frozen=True, slots=True, repr=False)
class Pairing:
    """`key`: 32 secret bytes of the gateway, derived from its pepper."""

    key: bytes

    def connection_id(self, first: RegisteredInvolvement, second: RegisteredInvolvement) -> MessageId:
        """The same for both orders of the pair; the form of a random (version 4) UUID."""
        return MessageId(str(uuid.UUID(bytes=self._mac("connection", *_ends(first, second))[:16], version=4)))

    def spoken_reference(self, first: RegisteredInvolvement, second: RegisteredInvolvement) -> SpokenReference:
        """Six characters of a 31-letter alphabet: 887 million, enough to tell the handful of open connections of two teams apart."""
        number = int.from_bytes(self._mac("spoken", *_ends(first, second))[:16])
        letters = []
        for _ in range(6):
            number, digit = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[digit])
        return SpokenReference(f"{''.join(letters[:3])}-{''.join(letters[3:])}")

    def lot(self, *parts: str) -> int:
        """A number that nobody else can foretell, always the same for the same parts: for drawing lots."""
        return int.from_bytes(self._mac("lot", *parts)[:16])

    def shown(
        self,
        discloser: RegisteredInvolvement,
        level: AlertLevel,
        certainty: Certainty,
        relation: RelationKind | None = None,
        introducer: Introducer | None = None,
        introduced: bool = False,
    ) -> str:
        """A keyed digest of all that an alert about `discloser` shows at this level, so that the same is never told twice, and a change of what is
        not shown is not told at all. `introducer` counts where nobody is named. Hex, 32 characters."""
        how = [*([] if relation is None else [relation.value]), *(["introduced"] if introduced else [])]
        return self._mac("shown", level, certainty, *_shown_parts(discloser, level, introducer), *how)[:16].hex()

    def _mac(self, *parts: str) -> bytes:
        message = b"".join(len(part.encode()).to_bytes(4) + part.encode() for part in parts)
        return hmac.new(self.key, message, hashlib.sha256).digest()


def _shown_parts(discloser: RegisteredInvolvement, level: AlertLevel, introducer: Introducer | None) -> tuple[str, ...]:
    if level is AlertLevel.EMPTY:
        contact = introducer.contact if introducer else Contact()
        return (introducer.name if introducer else "", contact.phone, contact.email)
    if level is AlertLevel.ID_ONLY:
        return (discloser.agency.value, discloser.service)
    worker = discloser.worker
    parts = (discloser.agency.value, discloser.service, worker.name, worker.role, worker.team, worker.contact.phone)
    return (*parts, worker.contact.email, str(discloser.start))


def _ends(first: RegisteredInvolvement, second: RegisteredInvolvement) -> tuple[str, str]:
    low, high = sorted(f"{side.agency} {side.involvement_ref}" for side in (first, second))
    return low, high
