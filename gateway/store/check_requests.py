"""Which records agencies are asked to look at, and when each agency was sent its last list."""

from datetime import date
from functools import cache
from typing import Final

from sqlalchemy import Insert, bindparam, select

from gateway.model.check_request import CheckRequest
from gateway.store.review_tables import check_list, check_request
from gateway.store.transaction import Transaction, upsert
from mappings.canonical.check_list import CheckField
from mappings.canonical.identifiers import AgencyId

_OPEN: Final = (
    select(check_request)
    .where(check_request.c.since <= bindparam("day"), check_request.c.until >= bindparam("day"))
    .order_by(check_request.c.record_id)
)
_LAST: Final = select(check_list.c.day).where(check_list.c.agency == bindparam("agency"))


class SqlCheckRequests:
    """`gateway.review.ports.CheckRequests`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def put(self, request: CheckRequest) -> None:
        """In place of what was asked of that record."""
        values = {
            "record_id": request.record_id,
            "fields": " ".join(request.fields),
            "case": request.case,
            "asked_by": request.asked_by,
            "since": request.since,
            "until": request.until,
        }
        self._db.run(_put(self._db.postgresql), values)

    def open(self, day: date) -> list[CheckRequest]:
        """Those on the lists of that day."""
        return [
            CheckRequest(
                row.record_id,
                tuple(map(CheckField, row.fields.split())),
                row.case,
                row.asked_by,
                row.since,
                row.until,
            )
            for row in self._db.rows(_OPEN, {"day": day})
        ]

    def last_list(self, agency: AgencyId) -> date | None:
        """The day of the agency's last list."""
        row = self._db.row(_LAST, {"agency": agency})
        return None if row is None else row.day

    def note_list(self, agency: AgencyId, day: date) -> None:
        """It was sent one."""
        self._db.run(_note(self._db.postgresql), {"agency": agency, "day": day})


@cache
def _put(postgres: bool) -> Insert:
    return upsert(check_request, postgres=postgres, key=["record_id"])


@cache
def _note(postgres: bool) -> Insert:
    return upsert(check_list, postgres=postgres, key=["agency"])
