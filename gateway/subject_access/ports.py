"""What subject access needs of the store."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from gateway.model.access_request import AccessItem, AccessRequest
from mappings.canonical.identifiers import AgencyId, MessageId


class AccessRequests(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.access_requests`)."""

    def save(self, request: AccessRequest) -> AccessRequest:
        """Insert (id 0) or update; returns it with its id. Raises `StoreConflict` where its reference is taken."""

    def get(self, reference: str) -> AccessRequest | None: ...
    def by_id(self, id: int) -> AccessRequest | None: ...
    def all(self, limit: int, under_way: bool) -> list[AccessRequest]:
        """The nearest clock first; only those whose clock runs, if `under_way`."""

    def add_items(self, items: Iterable[AccessItem]) -> None: ...
    def save_item(self, item: AccessItem) -> None: ...
    def items(self, request: int) -> list[AccessItem]:
        """By number."""

    def item_of(self, question: MessageId) -> AccessItem | None: ...
    def asked_of(self, agency: AgencyId, limit: int) -> list[tuple[AccessRequest, AccessItem]]:
        """What the agency has not answered, of requests that wait for it; the nearest clock first."""

    def drop(self, before: datetime, limit: int) -> list[str]:
        """Forget requests that were closed or released before that instant, with their records. Returns their references."""

    def last_list(self, agency: AgencyId) -> str:
        """The digest of the list that the agency was sent last; empty before the first."""

    def next_list(self, agency: AgencyId, digest: str) -> int | None:
        """The number of the next list for the agency; None where the last one was the same (by digest), or there was none and this is empty."""
