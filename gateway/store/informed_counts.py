"""How many live involvements say in which way the person was informed, in one statement."""

from typing import Final

from sqlalchemy import func, select

from gateway.informing.ports import InformedCount
from gateway.model.involvement import Standing
from gateway.store.tables import involvement
from gateway.store.transaction import Transaction

_DATED: Final = involvement.c.informed_date.is_not(None).label("dated")
_COUNTS: Final = (
    select(involvement.c.agency, involvement.c.informed, _DATED, func.count().label("number"))
    .where(involvement.c.standing == Standing.LIVE)
    .group_by(involvement.c.agency, involvement.c.informed, _DATED)
    .order_by(involvement.c.agency, involvement.c.informed, _DATED)
)


class SqlInforming:
    """`gateway.informing.ports.Informing`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def counts(self) -> list[InformedCount]:
        """See the port."""
        return [InformedCount(row.agency, row.informed, bool(row.dated), row.number) for row in self._db.rows(_COUNTS)]
