"""What review needs of the store: the cases, what stewards said, and the details that are sealed to them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Protocol

from gateway.model.assertion import Assertion
from gateway.model.check_request import CheckRequest
from gateway.model.detail_opening import DetailOpening
from gateway.model.review_case import CaseState, ReviewCase
from mappings.canonical.identifiers import AgencyId


class Reviews(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.reviews`): one case a pair of records."""

    def get(self, id: int) -> ReviewCase | None: ...
    def save(self, case: ReviewCase) -> ReviewCase:
        """Insert (id 0) or update; returns it with its id. Raises `StoreConflict` where the pair has a case already."""

    def of_record(self, record_id: int) -> list[ReviewCase]:
        """Every case of which the record is one end, whatever its state, oldest first."""

    def in_states(self, states: Iterable[CaseState], limit: int) -> list[ReviewCase]:
        """The nearest clock first."""

    def contested(self, first: int, second: int) -> bool:
        """Whether an undecided case says that these two records, in either order, were found to be of different people."""

    def past_due(self, now: datetime, limit: int) -> list[ReviewCase]:
        """Open and postponed ones whose clock has run out, oldest first."""


class Assertions(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.assertions`): what stewards said of pairs of records."""

    def of_record(self, record_id: int) -> list[Assertion]:
        """Those that stand."""

    def make(self, assertion: Assertion) -> None:
        """Store one; whatever stood for the pair is withdrawn at that instant."""

    def withdraw(self, id: int, at: datetime) -> None:
        """It stands no longer."""


class Details(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.details`): what agencies sealed to the stewards, beside each record, unopened; and
    who opened what."""

    def put(self, record_id: int, sealed: str, at: datetime) -> None:
        """In place of what was there."""

    def get(self, record_id: int) -> str | None: ...
    def remove(self, record_id: int) -> None: ...
    def note_opening(self, opening: DetailOpening) -> None: ...
    def openings(self, case: int) -> list[DetailOpening]:
        """Oldest first."""


class CheckRequests(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.check_requests`): which records agencies are asked to look at again."""

    def put(self, request: CheckRequest) -> None:
        """In place of what was asked of that record."""

    def open(self, day: date) -> list[CheckRequest]:
        """Those on the lists of that day."""

    def last_list(self, agency: AgencyId) -> date | None:
        """The day of the agency's last list."""

    def note_list(self, agency: AgencyId, day: date) -> None:
        """It was sent one."""
