"""What a practitioner answered to an alert: kept, counted, and followed where the two sides found that they mean different people.

* An answer counts that names an alert which was sent to that very involvement of that very agency, about that connection, in that version.
  Whatever else comes is receipted alike, written down and followed by nothing.
* "Different people" pauses the pair at once, on both sides, and asks a steward: by a review case about the two records, or across a family by
  the answer itself (`gateway.answers.deciding`). Nothing is unlinked for it. Said of an alert from before a steward's last word on the two, it
  is only kept.
* "The same person" is kept for the steward. It links nothing, and lifts no pause.
* What the agency follows by itself (an ended involvement, another worker) comes as a notice of its own, or not at all; here it is counted.
* The other side is never told of an answer.
"""

from dataclasses import dataclass, replace

from gateway.alerts.alerting import Alerting
from gateway.model.alert_answer import AlertAnswer, AnswerOutcome
from gateway.model.alert_reference import TOLD, AlertReference
from gateway.model.assertion import Verdict
from gateway.model.connection import Connection, ConnectionState
from gateway.model.involvement import RegisteredInvolvement
from gateway.review.cases import CaseKeeper
from mappings.canonical.codes import AnswerCode
from mappings.canonical.practitioner_answer import PractitionerAnswer


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer. `why`: why it could not be placed; empty where it was. `repeated`: that alert has that answer already. `alerts`
    is how many follow."""

    why: str = ""
    repeated: bool = False
    outcome: AnswerOutcome = AnswerOutcome.NOTED
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class _Placed:
    involvement: RegisteredInvolvement
    other: RegisteredInvolvement
    connection: Connection
    alert: AlertReference


def take_answer(alerting: Alerting, cases: CaseKeeper, answer: PractitionerAnswer) -> Taken:
    """Keep it, and do what follows."""
    uow = alerting.uow
    placed = _place(alerting, answer)
    if isinstance(placed, str):
        return Taken(why=placed)
    if any(each.code is answer.answer for each in uow.answers.of_alert(placed.alert.id)):
        return Taken(repeated=True)
    kept = uow.answers.add(
        AlertAnswer(
            id=0,
            connection=placed.connection.id,
            involvement=placed.involvement.id,
            alert=placed.alert.id,
            code=answer.answer,
            said_on=answer.day,
            taken_at=alerting.now,
        )
    )
    if answer.answer is not AnswerCode.DIFFERENT_PEOPLE or not _is_followed(alerting, placed):
        return Taken()
    return _pause(alerting, cases, kept, placed)


def _place(alerting: Alerting, answer: PractitionerAnswer) -> _Placed | str:
    """Which alert it answers; where it answers none, why not."""
    uow = alerting.uow
    involvement = uow.involvements.find(answer.agency, answer.involvement_ref)
    if involvement is None:
        return "no-such-involvement"
    connection = uow.connections.get(answer.connection)
    if connection is None or involvement.id not in (connection.first, connection.second):
        return "not-its-connection"
    alert = uow.alerts.get(answer.alert)
    if alert is None or (alert.connection, alert.recipient) != (connection.id, involvement.id):
        return "not-its-alert"
    if alert.version != answer.version or alert.status not in TOLD:
        return "not-told"
    other = uow.involvements.get(connection.second if involvement.id == connection.first else connection.first)
    return _Placed(involvement, other, connection, alert)


def _is_followed(alerting: Alerting, placed: _Placed) -> bool:
    """Whether there is anything to pause, and no steward has looked since the alert was made."""
    if placed.connection.state is not ConnectionState.LIVE:
        return False
    uow, made_at = alerting.uow, placed.alert.made_at
    if placed.connection.relation is not None:
        decided = (each for each in uow.answers.waiting(decided=True) if each.connection == placed.connection.id)
        return not any(each.decided_at is not None and each.decided_at > made_at for each in decided)
    return not any(
        said.verdict is Verdict.SAME and said.made_at > made_at
        for said in uow.assertions.of_record(placed.involvement.record_id)
        if said.other(placed.involvement.record_id) == placed.other.record_id
    )


def _pause(alerting: Alerting, cases: CaseKeeper, kept: AlertAnswer, placed: _Placed) -> Taken:
    uow = alerting.uow
    if placed.connection.relation is not None:
        outcome, case = AnswerOutcome.OPEN, 0
    else:
        opened = cases.contest(placed.involvement.record_id, placed.other.record_id)
        if opened is None:
            return Taken()
        outcome, case = AnswerOutcome.IN_REVIEW, opened.id
    uow.answers.save(replace(kept, outcome=outcome, case=case))
    links = [uow.records.active_link(side.record_id) for side in (placed.involvement, placed.other)]
    alerts = sum(alerting.reconcile_person(person) for person in sorted({link.person_id for link in links if link}))
    return Taken(outcome=outcome, alerts=alerts)
