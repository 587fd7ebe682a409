"""Nonces of signed HTTP requests, each good once."""

from datetime import datetime, timedelta
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete
from sqlalchemy.sql.dml import ReturningInsert

from gateway.store.party_tables import request_nonce
from gateway.store.transaction import Transaction, insert_once
from mappings.canonical.identifiers import KeyId

KEPT_FOR: Final = timedelta(hours=24)
"""Far longer than any window in which a signed request is accepted; older ones are forgotten."""

_FORGET: Final = delete(request_nonce).where(request_nonce.c.at < bindparam("limit", type_=request_nonce.c.at.type))


class SqlNonces:
    """`gateway.ports.RequestNonces`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def use(self, key: KeyId, nonce: str, at: datetime) -> bool:
        """True the first time, False ever after (until a day has passed, when the request itself is long too old)."""
        first = self._db.row(_use(self._db.postgresql), {"key": key, "nonce": nonce, "at": at}) is not None
        if first:
            self._db.run(_FORGET, {"limit": at - KEPT_FOR})
        return first


@cache
def _use(postgres: bool) -> ReturningInsert[str]:
    return insert_once(request_nonce, postgres=postgres).returning(request_nonce.c.nonce)
