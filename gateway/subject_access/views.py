"""What stands where: every request with its clock, and of one the records that it may be about, by agency and the agency's own reference."""

from dataclasses import dataclass
from datetime import date

from gateway.model.access_request import AccessItem, AccessRequest, ItemState
from gateway.ports import UnitOfWork
from gateway.subject_access.opening import find_request
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe

MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class RequestView:
    """As of `today`."""

    request: AccessRequest
    items: tuple[AccessItem, ...]
    today: date

    @property
    def unanswered(self) -> int:
        """How many records wait for their agency."""
        return sum(each.state is ItemState.ASKED for each in self.items)

    @property
    def undecided(self) -> int:
        """How many wait for the DPO's decision."""
        return sum(each.is_to_decide for each in self.items)

    @property
    def is_overdue(self) -> bool:
        """Whether the person should have had an answer."""
        return self.request.is_overdue(self.today)


def list_requests(office: Office, actor: Actor, everything: bool = False, limit: int = 200) -> list[RequestView]:
    """Those whose clock runs, the nearest first; or all. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        found = unit.access_requests.all(max(1, min(limit, MAX_LISTED)), under_way=not everything)
        return [_view(unit, each, office.clock.now().date()) for each in found]


def show_request(office: Office, actor: Actor, reference: str) -> RequestView:
    """One. Raises `NotPermitted`, `Refused` where there is none of that reference."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return _view(unit, find_request(unit, reference), office.clock.now().date())


def _view(unit: UnitOfWork, request: AccessRequest, today: date) -> RequestView:
    return RequestView(request, tuple(unit.access_requests.items(request.id)), today)
