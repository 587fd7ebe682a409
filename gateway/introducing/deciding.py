"""The introducer passes an asker's work contact on, or declines: signed over one version of one request.

* Passing on shows the hidden side, in its own system, who asks and how to reach them. The asker is told nothing, and nothing of theirs changes;
  declining changes nothing at all. So no answer, a decline and somebody who does not ring are one to the asker.
* Nobody is named to the introducer. Whose contact it is stands sealed in the register until the alert is written.
* The agreement's level is the most that is shown, here too: where it names nobody there is nothing to pass on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gateway.alerts.alerting import Alerting
from gateway.introducing.granting import agreed_level
from gateway.introducing.work_list import IntroductionView, unit_connection
from gateway.model.connection import ConnectionState
from gateway.model.introduction import Introduction, IntroductionState
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_introduce
from gateway.trust.signed_side import check_side
from mappings.canonical.codes import AlertLevel

PASS_ON, DECLINE = "introduction.pass-on", "introduction.decline"
_MEMBERS = frozenset({"introduction", "version", "side"})


@dataclass(frozen=True, slots=True)
class Introduced:
    """What came of a decision: how many alerts follow, 0 where the other side is told nothing yet."""

    introduction: Introduction
    alerts: int = 0


def decision_content(view: IntroductionView) -> dict[str, Any]:
    """What is signed: which request of which side, in which version."""
    return {"introduction": view.introduction.id, "version": view.introduction.version, "side": view.mode.value}


def _as_signed(unit: UnitOfWork, change: VerifiedChange) -> Introduction:
    read = Content("introduction", change.content, _MEMBERS)
    check_side(unit, read)
    id, version = read.whole("introduction", 1, 2**53), read.whole("version", 1, 2**31)
    known = unit.introductions.get(id)
    if known is None:
        raise Refused(f"there is no request {id} to the introducer; patchwork introducer list shows those there are")
    if known.version != version:
        raise Refused(
            f"request {id} has changed since this was signed; look at it again with patchwork introducer show {id}"
        )
    if known.state is not IntroductionState.WAITING:
        raise Refused(
            f"request {id} was {known.state} by {known.decided_by} already; it waits again when it is asked again"
        )
    if unit_connection(unit, known).state is not ConnectionState.LIVE:
        raise Refused(f"what request {id} is about is over, so there is nothing to decide; patchwork introducer list")
    return known


def _pass_on(unit: UnitOfWork, change: VerifiedChange) -> Introduced:
    known = _as_signed(unit, change)
    alerting = Alerting(unit, change.matching().pairing, unit.agreements.current(), change.at)
    connection = unit_connection(unit, known)
    decision = alerting.decide(connection)
    if not decision.permit:
        raise Refused(f"the rules let nothing be said any more of what request {known.id} is about; it can be declined")
    if agreed_level(alerting.agreements, decision) is not AlertLevel.FULL:
        raise Refused(
            f"under agreement {decision.agreement} nobody is named to anybody, so request {known.id} cannot be passed on; it can be declined"
        )
    decided = _decided(unit, known, change, IntroductionState.PASSED_ON)
    link = unit.records.active_link(unit.involvements.get(known.asker).record_id)
    alerts = alerting.reconcile_person(link.person_id) if link else 0
    record(unit, change, "introduction-passed-on", connection=connection.id.value, version=known.version, alerts=alerts)
    return Introduced(decided, alerts)


def _decline(unit: UnitOfWork, change: VerifiedChange) -> Introduced:
    known = _as_signed(unit, change)
    decided = _decided(unit, known, change, IntroductionState.DECLINED)
    record(unit, change, "introduction-declined", connection=known.connection.value, version=known.version)
    return Introduced(decided)


def _decided(unit: UnitOfWork, known: Introduction, change: VerifiedChange, state: IntroductionState) -> Introduction:
    decided = replace(known, state=state, version=known.version + 1, decided_by=change.actor.id, decided_at=change.at)
    return unit.introductions.save(replace(decided, waiting_since=None, overdue_at=None))


def _one_introducer(execute: Callable[[UnitOfWork, VerifiedChange], Introduced]) -> Executor:
    return Executor(check_may_introduce, check_may_introduce, never, execute)


EXECUTORS = {PASS_ON: _one_introducer(_pass_on), DECLINE: _one_introducer(_decline)}
