"""Review cases, and what stewards said of pairs of records."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, insert, or_, select, update

from gateway.model.assertion import Assertion
from gateway.model.review_case import UNDECIDED, CaseReason, CaseState, ReviewCase
from gateway.store.faults import StoreConflict
from gateway.store.review_tables import assertion, review_case
from gateway.store.transaction import Transaction

_FIELDS: Final = tuple(column.name for column in review_case.columns if column.name not in ("id", "doubts"))
_OF_RECORD: Final = (
    select(review_case)
    .where(or_(review_case.c.first == bindparam("record"), review_case.c.second == bindparam("record")))
    .order_by(review_case.c.opened_at, review_case.c.id)
)
_PAST_DUE: Final = (
    select(review_case)
    .where(review_case.c.state.in_([CaseState.OPEN, CaseState.LATER]))
    .where(review_case.c.due_at < bindparam("now", type_=review_case.c.due_at.type))
    .order_by(review_case.c.due_at, review_case.c.id)
    .limit(bindparam("limit"))
)
_STANDING: Final = (
    select(assertion)
    .where(assertion.c.withdrawn_at.is_(None))
    .where(or_(assertion.c.first == bindparam("record"), assertion.c.second == bindparam("record")))
    .order_by(assertion.c.id)
)
_CONTESTED: Final = (
    # The states of the partial index, written out.
    select(review_case.c.id).where(
        review_case.c.state.in_(sorted(UNDECIDED)), review_case.c.reason == CaseReason.CONTESTED
    )
)
_ANY_CONTESTED: Final = select(func.count()).select_from(_CONTESTED.limit(1).subquery())
_ADD_CASE: Final = insert(review_case).returning(review_case.c.id)


class SqlReviews:
    """`gateway.review.ports.Reviews`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        # Every pair is asked about, and mostly none is contested: known once a unit, since nobody else writes meanwhile.
        self._any_contested: bool | None = None

    def get(self, id: int) -> ReviewCase | None:
        """The case of that number."""
        row = self._db.row(select(review_case).where(review_case.c.id == id))
        return None if row is None else _case(row)

    def save(self, case: ReviewCase) -> ReviewCase:
        """Insert or update. Raises `StoreConflict` where the pair has a case, or there is no such case."""
        self._any_contested = None
        values = {name: getattr(case, name) for name in _FIELDS} | {"doubts": " ".join(case.doubts)}
        if not case.id:
            return replace(case, id=int(self._db.value(_ADD_CASE, values)))
        if not self._db.run(update(review_case).where(review_case.c.id == case.id).values(values)):
            raise StoreConflict("there is no such review case")
        return case

    def of_record(self, record_id: int) -> list[ReviewCase]:
        """Every case of the record, oldest first."""
        return [_case(row) for row in self._db.rows(_OF_RECORD, {"record": record_id})]

    def in_states(self, states: Iterable[CaseState], limit: int) -> list[ReviewCase]:
        """The nearest clock first."""
        asked = select(review_case).where(review_case.c.state.in_(list(states)))
        return [
            _case(row) for row in self._db.rows(asked.order_by(review_case.c.due_at, review_case.c.id).limit(limit))
        ]

    def contested(self, first: int, second: int) -> bool:
        """See the port."""
        if self._any_contested is None:
            self._any_contested = bool(self._db.value(_ANY_CONTESTED))
        if not self._any_contested:
            return False
        ordered = sorted((first, second))
        pair = (review_case.c.first == ordered[0], review_case.c.second == ordered[1])
        return self._db.row(_CONTESTED.where(*pair)) is not None

    def past_due(self, now: datetime, limit: int) -> list[ReviewCase]:
        """Open and postponed ones whose clock has run out."""
        return [_case(row) for row in self._db.rows(_PAST_DUE, {"now": now, "limit": limit})]


class SqlAssertions:
    """`gateway.review.ports.Assertions`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def of_record(self, record_id: int) -> list[Assertion]:
        """Those that stand, oldest first."""
        return [Assertion(**row._mapping) for row in self._db.rows(_STANDING, {"record": record_id})]

    def make(self, made: Assertion) -> None:
        """Store one in place of whatever stood for the pair."""
        stood = (assertion.c.first == made.first, assertion.c.second == made.second, assertion.c.withdrawn_at.is_(None))
        self._db.run(update(assertion).where(*stood).values(withdrawn_at=made.made_at))
        names = (column.name for column in assertion.columns if column.name != "id")
        self._db.run(insert(assertion), {name: getattr(made, name) for name in names})

    def withdraw(self, id: int, at: datetime) -> None:
        """See the port."""
        self._db.run(update(assertion).where(assertion.c.id == id).values(withdrawn_at=at))


def _case(row: Row[Any]) -> ReviewCase:
    values = {name: getattr(row, name) for name in _FIELDS}
    return ReviewCase(id=row.id, doubts=tuple(row.doubts.split()), **values)
