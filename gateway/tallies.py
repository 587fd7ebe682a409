"""What each connector does in one transaction of intake, counted for its alarms (`gateway.alarms`) and kept once at the end."""

from datetime import datetime, timedelta

from gateway.linking import Placed
from gateway.model.alarm import Tally
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.ports import UnitOfWork
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue

BRIEF = timedelta(days=1)
"""An involvement that ends, or is taken back, so soon after the person was declared is one that hardly was."""

_ENDING = (NoticeEvent.ENDED, NoticeEvent.WITHDRAWN)
_UNBELIEVED = frozenset({"sender-mismatch", "message-repeated"})
_LIMITED = frozenset({"limit-per-minute", "limit-per-day"})


class Tallies:
    """Of every connector that had a part in the transaction."""

    def __init__(self) -> None:
        self._of: dict[ConnectorId, Tally] = {}

    def accepted(self, connector: ConnectorId, placed: Placed, brief: bool) -> None:
        """A notice came in and was registered."""
        asked = placed.outcome != "known"
        self._add(connector, Tally(1, asked, placed.outcome in ("match", "moved"), brief))

    def late(self, connector: ConnectorId) -> None:
        """A notice came in and changed nothing."""
        self._add(connector, Tally(accepted=1))

    def refused(self, connector: ConnectorId, issues: tuple[Issue, ...], stale: bool) -> None:
        """A message was refused. One that is only to be sealed afresh counts for nothing, but for its volume."""
        codes = {issue.code for issue in issues}
        if stale:
            self._add(connector, Tally(limited=bool(codes & _LIMITED)))
            return
        forged = bool(codes & _UNBELIEVED) or any(issue.type == "security" for issue in issues)
        self._add(connector, Tally(refused=1, unbelieved=forged))

    def keep(self, uow: UnitOfWork, at: datetime) -> None:
        """Add them to what the register has counted."""
        for connector, tally in self._of.items():
            if tally != Tally():
                uow.alarms.count(connector, at, tally)

    def _add(self, connector: ConnectorId, tally: Tally) -> None:
        self._of[connector] = self._of.get(connector, Tally()) + tally


def is_brief(uow: UnitOfWork, known: RegisteredInvolvement | None, notice: Notice, now: datetime) -> bool:
    """Whether this notice ends a live involvement with somebody whom the agency has known of for less than a day."""
    if known is None or notice.event not in _ENDING or known.standing is not Standing.LIVE:
        return False
    link = uow.records.active_link(known.record_id)
    return link is not None and now - link.valid_from < BRIEF
