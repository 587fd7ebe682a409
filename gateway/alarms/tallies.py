"""What each connector does, and is told, in one transaction, counted for its alarms (`gateway.alarms.raising`) and kept once at the end."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.linkage.linking import Placed
from gateway.model.alarm import Tally
from gateway.model.alert_reference import TOLD
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.ports import UnitOfWork
from mappings.canonical.codes import AlertEvent, AnswerCode, NoticeEvent
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue

BRIEF = timedelta(days=1)
"""An involvement that ends, or is taken back, so soon after the person was declared is one that hardly was."""

DROPPED = timedelta(days=7)
"""An involvement that is over so soon after its agency was told of somebody else because of it may have been claimed in order to be told."""

FOLLOWED = frozenset(
    {AnswerCode.ALREADY_KNEW, AnswerCode.MADE_CONTACT, AnswerCode.DIFFERENT_PEOPLE, AnswerCode.SAME_PERSON}
)
"""Answers that say that the two sides have been in contact, then or before."""

_ENDING = (NoticeEvent.ENDED, NoticeEvent.WITHDRAWN)
_UNBELIEVED = frozenset({"sender-mismatch", "message-repeated"})
_LIMITED = frozenset({"limit-per-minute", "limit-per-day"})


class Tallies:
    """Of every connector that had a part in the transaction."""

    def __init__(self) -> None:
        self._of: dict[ConnectorId, Tally] = {}

    def accepted(self, connector: ConnectorId, placed: Placed, ending: "Ending", unreachable: bool) -> None:
        """A notice came in and was registered."""
        asked, matched = placed.outcome != "known", placed.outcome in ("match", "moved")
        self._add(connector, Tally(1, asked, matched, ending.brief, dropped=ending.dropped, unreachable=unreachable))

    def told(self, connector: ConnectorId, one_way: bool) -> None:
        """It was told of a connection, of which the other side is told nothing if `one_way`."""
        self._add(connector, Tally(sights=1, one_way=one_way))

    def answered(self, connector: ConnectorId, code: AnswerCode) -> None:
        """A practitioner answered an alert. That it was seen says nothing of what came of it."""
        if code is not AnswerCode.SEEN:
            self._add(connector, Tally(answered=1, followed=code in FOLLOWED))

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


@dataclass(frozen=True, slots=True)
class Ending:
    """Whether a notice ends a live involvement that hardly was (`BRIEF`), and one that its agency was told something for (`DROPPED`), of
    which no practitioner has said that there was contact."""

    brief: bool = False
    dropped: bool = False


def ending_of(uow: UnitOfWork, known: RegisteredInvolvement | None, notice: Notice, now: datetime) -> Ending:
    """What this notice ends, as the register is before it is applied."""
    if known is None or notice.event not in _ENDING or known.standing is not Standing.LIVE:
        return Ending()
    link = uow.records.active_link(known.record_id)
    return Ending(link is not None and now - link.valid_from < BRIEF, _is_dropped(uow, known, now - DROPPED))


def is_unreachable(notice: Notice) -> bool:
    """Whether it states a live involvement about which nobody can be rung or written to."""
    contact = notice.worker.contact
    return notice.event not in _ENDING and not (contact.phone or contact.email)


def _is_dropped(uow: UnitOfWork, involvement: RegisteredInvolvement, since: datetime) -> bool:
    return _was_told(uow, involvement, since) and not uow.answers.followed_by_contact(involvement.id, FOLLOWED)


def _was_told(uow: UnitOfWork, involvement: RegisteredInvolvement, since: datetime) -> bool:
    return any(
        alert.event is AlertEvent.MADE and alert.status in TOLD and alert.made_at > since
        for connection in uow.connections.of_involvement(involvement.id)
        for alert in uow.alerts.of_direction(connection.id, involvement.id)
    )
