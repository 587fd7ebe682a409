"""Pairs of involvements that were found and permitted."""

from functools import cache
from typing import Any, Final

from sqlalchemy import Insert, Row, bindparam, or_, select

from gateway.model.connection import Connection, ConnectionState
from gateway.store.tables import connection, involvement, link
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.identifiers import MessageId

_GET: Final = select(connection).where(connection.c.id == bindparam("connection"))
_OF_INVOLVEMENT: Final = (
    select(connection)
    .where(or_(connection.c.first == bindparam("involvement"), connection.c.second == bindparam("involvement")))
    .order_by(connection.c.opened_at, connection.c.id)
)
_ABOUT: Final = (
    select(involvement.c.id)
    .join_from(involvement, link, link.c.record_id == involvement.c.record_id)
    .where(link.c.person_id == bindparam("person"), link.c.valid_to.is_(None))
)
_FAMILY: Final = (
    select(connection)
    .where(
        connection.c.relation.is_not(None),
        connection.c.state == ConnectionState.LIVE,
        or_(connection.c.first.in_(_ABOUT), connection.c.second.in_(_ABOUT)),
    )
    .order_by(connection.c.id)
)


class SqlConnections:
    """`gateway.alerts.ports.Connections`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def get(self, id: MessageId) -> Connection | None:
        """The connection of that id."""
        row = self._db.row(_GET, {"connection": id})
        return None if row is None else _connection(row)

    def save(self, connection_: Connection) -> None:
        """Insert or update by id. Raises `StoreConflict` where the pair has another id or is not in order."""
        values = {
            "id": connection_.id,
            "first": connection_.first,
            "second": connection_.second,
            "first_link": connection_.links[0],
            "second_link": connection_.links[1],
            "spoken_reference": connection_.spoken_reference,
            "certainty": connection_.certainty,
            "state": connection_.state,
            "opened_at": connection_.opened_at,
            "closed_at": connection_.closed_at,
            "relation": connection_.relation,
        }
        self._db.run(_save(self._db.postgresql), values)

    def of_involvement(self, involvement_id: int) -> list[Connection]:
        """All connections that the involvement is one side of, oldest first."""
        return [_connection(row) for row in self._db.rows(_OF_INVOLVEMENT, {"involvement": involvement_id})]

    def family_of(self, person_id: int) -> list[Connection]:
        """The live ones that rest on a relation, of which one side is about the person."""
        return [_connection(row) for row in self._db.rows(_FAMILY, {"person": person_id})]


@cache
def _save(postgres: bool) -> Insert:
    return upsert(connection, postgres=postgres, key=["id"])


def _connection(row: Row[Any]) -> Connection:
    return Connection(
        id=row.id,
        first=row.first,
        second=row.second,
        links=(row.first_link, row.second_link),
        spoken_reference=row.spoken_reference,
        certainty=row.certainty,
        state=row.state,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        relation=row.relation,
    )
