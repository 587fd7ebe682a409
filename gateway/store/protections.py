"""The keyholder's lists of protected places."""

from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select, update

from gateway.model.protection import Protection
from gateway.store.protected_tables import protected_list
from gateway.store.sealed_column import SealedColumn
from gateway.store.transaction import Transaction
from identity.person.protected_place import ProtectedTokens
from mappings.canonical.evidence import TOKEN_BYTES

_ONE: Final = (protected_list.c.epoch == bindparam("of")) & (protected_list.c.digest == bindparam("named"))
_ALL: Final = select(*(column for column in protected_list.columns if column.name != "sealed")).order_by(
    protected_list.c.epoch, protected_list.c.offered_at
)
_packed: Final = msgspec.msgpack.Decoder(tuple[bytes, bytes])


class SqlProtections:
    """`gateway.places.ports.Protections`."""

    def __init__(self, transaction: Transaction, sealed: SealedColumn) -> None:
        self._db = transaction
        self._sealed = sealed

    def offer(self, protection: Protection, tokens: ProtectedTokens) -> None:
        """Keep a list that is not in force yet. The one in force, offered again, stays as it is."""
        offered = (protected_list.c.epoch == bindparam("of")) & protected_list.c.active_at.is_(None)
        self._db.run(delete(protected_list).where(offered), {"of": protection.epoch})
        if self._db.row(select(protected_list.c.places).where(_ONE), _key(protection.epoch, protection.digest)):
            return
        packed = msgspec.msgpack.encode((b"".join(sorted(tokens.places)), b"".join(sorted(tokens.blocks))))
        values = {
            "epoch": protection.epoch,
            "digest": protection.digest,
            "mode": protection.mode,
            "sealed": self._sealed.seal(packed, protection.epoch, protection.digest),
            "places": protection.places,
            "offered_at": protection.offered_at,
            "active_at": None,
        }
        self._db.run(insert(protected_list), values)

    def activate(self, epoch: str, digest: str, at: datetime) -> None:
        """Put it in force. Raises `KeyError` where it was not offered."""
        if self._db.row(select(protected_list.c.places).where(_ONE), _key(epoch, digest)) is None:
            raise KeyError(digest)
        before = (protected_list.c.epoch == bindparam("of")) & (protected_list.c.digest != bindparam("named"))
        self._db.run(delete(protected_list).where(before), _key(epoch, digest))
        self._db.run(
            update(protected_list).where(_ONE).values(active_at=bindparam("since")), _key(epoch, digest) | {"since": at}
        )

    def all(self) -> list[Protection]:
        """Every list, offered and in force, by epoch."""
        return [Protection(**row._mapping) for row in self._db.rows(_ALL)]

    def tokens(self, epoch: str, digest: str) -> ProtectedTokens:
        """What one list holds. Raises `KeyError`."""
        row: Row[Any] | None = self._db.row(select(protected_list.c.sealed).where(_ONE), _key(epoch, digest))
        if row is None:
            raise KeyError(digest)
        places, blocks = _packed.decode(self._sealed.open(row.sealed, epoch, digest))
        return ProtectedTokens(_split(places), _split(blocks))


def _key(epoch: str, digest: str) -> dict[str, Any]:
    return {"of": epoch, "named": digest}


def _split(packed: bytes) -> frozenset[bytes]:
    return frozenset(packed[start : start + TOKEN_BYTES] for start in range(0, len(packed), TOKEN_BYTES))
