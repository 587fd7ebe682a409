"""What a steward decides of "different people" across a family: the relative whom one agency names is not the other's client, or is after all.

Of two records that are linked as one person a review case is made, and it is decided there (`gateway.review.deciding`). Across a family nobody is
linked: what may be wrong is which client a stated relation was matched with. So the answer itself waits, and while it does nothing is shared.

* Upholding it stands for good: both sides hear "disregard", and this pair is never connected again across that relation.
* Overruling it lets the pair be shared again as agreement and rules permit.
* One steward, as a review case takes: both sides have spoken, and one of them asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.alerts.alerting import Alerting
from gateway.model.alert_answer import AlertAnswer, AnswerOutcome
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_observe, check_may_review
from gateway.trust.signed_side import check_side
from mappings.canonical.codes import Mode

UPHOLD, OVERRULE = "answer.uphold", "answer.overrule"
MAX_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class AnswerDecided:
    """The answer as it stands now, and how many alerts follow."""

    answer: AlertAnswer
    alerts: int


def list_answers(office: Office, actor: Actor, decided: bool = False) -> list[AlertAnswer]:
    """Those about relatives that wait for a steward; with `decided` those that are decided too. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.answers.waiting(decided)


def answer_content(office: Office, id: int, mode: Mode) -> dict[str, Any]:
    """What is signed about one of them. Raises `Refused` where there is nothing to decide."""
    with office.store.read() as unit:
        _waiting(unit, id)
    return {"answer": id, "side": mode.value}


def _waiting(unit: UnitOfWork, id: int) -> AlertAnswer:
    known = unit.answers.get(id)
    if known is None:
        raise Refused(f"there is no answer {id}; patchwork answer list shows those that wait")
    if known.outcome is AnswerOutcome.IN_REVIEW:
        raise Refused(
            f"answer {id} is about two linked records; it is decided with: patchwork review show {known.case}"
        )
    if known.outcome is not AnswerOutcome.OPEN:
        by = f" by {known.decided_by}" if known.decided_by else ""
        raise Refused(f"answer {id} was {known.outcome}{by}, so there is nothing to decide")
    return known


def _signed_for(unit: UnitOfWork, content: Mapping[str, Any]) -> AlertAnswer:
    read = Content("answer", content, frozenset({"answer", "side"}))
    check_side(unit, read)
    return _waiting(unit, read.whole("answer", 1, MAX_NUMBER))


def _uphold(unit: UnitOfWork, change: VerifiedChange) -> AnswerDecided:
    return _decide(unit, change, AnswerOutcome.UPHELD, "answer-upheld")


def _overrule(unit: UnitOfWork, change: VerifiedChange) -> AnswerDecided:
    return _decide(unit, change, AnswerOutcome.OVERRULED, "answer-overruled")


def _decide(unit: UnitOfWork, change: VerifiedChange, outcome: AnswerOutcome, code: str) -> AnswerDecided:
    known = replace(
        _signed_for(unit, change.content), outcome=outcome, decided_by=change.actor.id, decided_at=change.at
    )
    unit.answers.save(known)
    alerting = Alerting(unit, change.matching().pairing, unit.agreements.current(), change.at)
    connection = unit.connections.get(known.connection)
    alerts = 0
    if connection is not None and outcome is AnswerOutcome.UPHELD:
        alerts = alerting.disregard(connection)
    elif connection is not None:
        links = [
            unit.records.active_link(unit.involvements.get(side).record_id)
            for side in (connection.first, connection.second)
        ]
        people = sorted({link.person_id for link in links if link})
        alerts = sum(alerting.reconcile_person(person) for person in people)
    record(unit, change, code, answer=known.id, connection=known.connection.value, alerts=alerts)
    return AnswerDecided(known, alerts)


EXECUTORS = {
    UPHOLD: Executor(check_may_review, check_may_review, never, _uphold),
    OVERRULE: Executor(check_may_review, check_may_review, never, _overrule),
}
