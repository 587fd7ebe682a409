"""The clock of what waits for the introducer: past it somebody is reminded. To whoever asked nothing changes: a reminder goes to the introducer's
work list, the audit and the alarms, and no message leaves because of it.

* A request waits from when it was first asked, or asked again after a decline; asking again while it waits does not begin its clock anew.
* Past its clock it is reported once, and stands as an alarm at the connector of the agency that asks until somebody has looked. After that only what
  is reported anew raises another.
* What is not live any more, or is decided, reminds nobody.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from gateway.audit.recording import entry
from gateway.model.alarm import AlarmKind
from gateway.model.introduction import Introduction, IntroductionState
from gateway.ports import UnitOfWork
from gateway.working_days import after_working_days
from mappings.canonical.identifiers import ConnectorId

INTRODUCTION_DAYS = 5
"""Working days, as for a review case and a shield."""
MAX_LOOKED_AT = 1_000

Seen = dict[tuple[ConnectorId, AlarmKind], datetime]


def due_at(introduction: Introduction) -> datetime | None:
    """When somebody should have decided; None where nothing waits."""
    since = introduction.waiting_since
    return None if since is None else after_working_days(since, INTRODUCTION_DAYS)


def is_overdue(introduction: Introduction, now: datetime) -> bool:
    """Whether it waits past its clock."""
    due = due_at(introduction)
    return introduction.state is IntroductionState.WAITING and due is not None and now > due


def late(uow: UnitOfWork, now: datetime) -> list[Introduction]:
    """Those past their clock that have not been reported yet."""
    return [each for each in _waiting(uow) if each.overdue_at is None and is_overdue(each, now)]


def report_late(uow: UnitOfWork, now: datetime) -> int:
    """Report them, once each. Returns how many."""
    found = late(uow, now)
    for each in found:
        uow.introductions.save(replace(each, overdue_at=now))
        due = due_at(each)
        event = entry(
            "introduction-overdue",
            "introducing",
            connection=each.connection.value,
            due=due.isoformat(timespec="seconds") if due else "",
            asks=each.asks,
        )
        uow.audit.append(now, event.code, event.actor, event.fields)
    return len(found)


def overdue_by_connector(uow: UnitOfWork, now: datetime, seen: Seen) -> Counter[ConnectorId]:
    """How many wait past their clock, by the connector of the agency that asks; not what was reported before somebody last looked (`seen`)."""
    counted: Counter[ConnectorId] = Counter()
    for each in _waiting(uow):
        if not is_overdue(each, now):
            continue
        connector = uow.trust.connector_for(uow.involvements.get(each.asker).agency)
        if connector is None:
            continue
        looked = seen.get((connector.id, AlarmKind.INTRODUCTIONS_WAITING))
        if looked is None or each.overdue_at is None or each.overdue_at > looked:
            counted[connector.id] += 1
    return counted


def _waiting(uow: UnitOfWork) -> list[Introduction]:
    return uow.introductions.in_states((IntroductionState.WAITING,), MAX_LOOKED_AT)
