"""Ids of messages that came in, so that one sealing is taken once."""

from datetime import datetime
from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, select
from sqlalchemy.sql.dml import ReturningInsert

from gateway.store.party_tables import message_id
from gateway.store.transaction import Transaction, insert_once
from mappings.canonical.identifiers import ConnectorId, MessageId

_KNOWN: Final = select(message_id.c.digest).where(
    message_id.c.connector == bindparam("connector"), message_id.c.message == bindparam("message")
)
_FORGET: Final = delete(message_id).where(message_id.c.at < bindparam("limit", type_=message_id.c.at.type))


class SqlMessageIds:
    """`gateway.ports.MessageIds`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def note(self, connector: ConnectorId, message: MessageId, digest: str, at: datetime) -> str | None:
        """The digest it came with before; None where it is new."""
        values = {"connector": connector, "message": message, "digest": digest, "at": at}
        if self._db.row(_note(self._db.postgresql), values) is not None:
            return None
        return str(self._db.value(_KNOWN, {"connector": connector, "message": message}))

    def forget(self, before: datetime) -> None:
        """Delete those that came before."""
        self._db.run(_FORGET, {"limit": before})


@cache
def _note(postgres: bool) -> ReturningInsert[str]:
    return insert_once(message_id, postgres=postgres).returning(message_id.c.digest)
