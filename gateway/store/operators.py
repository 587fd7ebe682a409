"""The enrolled people."""

from typing import Any

from sqlalchemy import Row, insert, select

from gateway.model.operator import Operator, Role
from gateway.store.party_tables import operator
from gateway.store.transaction import Transaction
from identity.agency.keys import VerifyKey
from mappings.canonical.identifiers import KeyId


class SqlOperators:
    """`gateway.trust.ports.Operators`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add(self, operator_: Operator) -> None:
        """Raises `StoreConflict` where the id or the key is enrolled already."""
        values = {
            "id": operator_.id,
            "key_id": operator_.key.id,
            "key": operator_.key.to_jwk(),
            "roles": sorted(role.value for role in operator_.roles),
            "enrolled_at": operator_.enrolled_at,
        }
        self._db.run(insert(operator), values)

    def by_key(self, key: KeyId) -> Operator | None:
        """The person who signs with that key."""
        row = self._db.row(select(operator).where(operator.c.key_id == key))
        return None if row is None else _operator(row)

    def all(self) -> list[Operator]:
        """Everybody, by id."""
        return [_operator(row) for row in self._db.rows(select(operator).order_by(operator.c.id))]


def _operator(row: Row[Any]) -> Operator:
    return Operator(row.id, frozenset(Role(role) for role in row.roles), VerifyKey.from_jwk(row.key), row.enrolled_at)
