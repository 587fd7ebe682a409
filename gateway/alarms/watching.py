"""Looks at what every connector did in the last day, and raises the alarms that follow (`gateway.alarms.raising`).

* A step of its own, every minute, and not a part of intake: the rules compare a day with four weeks, which a batch should not wait for; and
  what happens to a connector's messages, and how fast, cannot tell it whether an alarm was raised.
* One open alarm a connector and kind. After it was acknowledged, what came before counts no more for that kind.
* What waits for the introducer past its clock is reported here too, once each, and raises an alarm (`gateway.introducing.reminding`).
* An alarm goes into the register, the audit and the security log: a connector's id, a kind and two numbers.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.alarms.raising import HISTORY, WINDOW, Usual, measure, needs_history, usual_of
from gateway.alarms.refused_claims import RefusedClaims
from gateway.audit.recording import entry
from gateway.introducing.reminding import INTRODUCTION_DAYS, late, overdue_by_connector, report_late
from gateway.logs import operations, security
from gateway.model.alarm import Alarm, AlarmKind, CountedSince, Tally
from gateway.ports import Clock, Store, UnitOfWork
from mappings.canonical.identifiers import ConnectorId

ACTOR = "alarms"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AlarmWatch:
    """`claims` are what the HTTP side refused in connectors' names."""

    store: Store
    clock: Clock
    claims: RefusedClaims = field(default_factory=RefusedClaims)

    def look(self) -> list[Alarm]:
        """Raise what is to be raised; returns it. Raises `StoreDown`."""
        self._keep_claims()
        with self.store.read() as unit:
            if not _found(unit, self.clock.now()) and not late(unit, self.clock.now()):
                return []
        with self.store.write() as unit:
            now = self.clock.now()
            waiting = report_late(unit, now)
            raised = [unit.alarms.add(alarm) for alarm in _found(unit, now)]
            for alarm in raised:
                _write_down(unit, alarm, now)
        if waiting:
            operations().warning("introductions-overdue", count=waiting)
        for alarm in raised:
            security().error(
                "alarm-raised", connector=alarm.connector.value, kind=alarm.kind.value, count=alarm.observed
            )
        return raised

    def forget(self) -> None:
        """Drop counts that nothing is compared with any more. Raises `StoreDown`."""
        with self.store.write() as unit:
            unit.alarms.forget(self.clock.now() - WINDOW - HISTORY)

    def _keep_claims(self) -> None:
        claims = self.claims.take()
        if not claims:
            return
        try:
            with self.store.write() as unit:
                for connector, count in claims.items():
                    unit.alarms.count(connector, self.clock.now(), Tally(refused=count, unbelieved=count))
        except BaseException:
            self.claims.give_back(claims)
            raise


def _found(unit: UnitOfWork, now: datetime) -> list[Alarm]:
    counted = unit.alarms.counted(now - WINDOW)
    seen = unit.alarms.acknowledged(now - WINDOW)
    open_ = {(alarm.connector, alarm.kind) for alarm in unit.alarms.open()}
    found = []
    for connector, counts in counted.items():
        usual = _usual(unit, connector, now) if needs_history(_sum(counts)) else Usual()
        for kind in AlarmKind:
            if (connector, kind) in open_:
                continue
            since = seen.get((connector, kind))
            day = _sum([each for each in counts if since is None or each.begun >= since])
            measured = measure(kind, day, usual)
            if measured is not None:
                found.append(Alarm(0, connector, kind, now, measured.observed, measured.usual))
    return found + _waiting(unit, now, open_)


def _waiting(unit: UnitOfWork, now: datetime, open_: set[tuple[ConnectorId, AlarmKind]]) -> list[Alarm]:
    kind = AlarmKind.INTRODUCTIONS_WAITING
    counted = overdue_by_connector(unit, now, unit.alarms.acknowledged(_EVER))
    return [
        Alarm(0, connector, kind, now, count, INTRODUCTION_DAYS)
        for connector, count in sorted(counted.items(), key=lambda each: each[0].value)
        if (connector, kind) not in open_
    ]


def _usual(unit: UnitOfWork, connector: ConnectorId, now: datetime) -> Usual:
    until = now - WINDOW
    days: dict[object, Tally] = {}
    for each in unit.alarms.counted_between(connector, until - HISTORY, until):
        day = each.begun.date()
        days[day] = days.get(day, Tally()) + each.tally
    return usual_of(list(days.values()))


def _sum(counts: list[CountedSince]) -> Tally:
    return sum((each.tally for each in counts), Tally())


def _write_down(unit: UnitOfWork, alarm: Alarm, now: datetime) -> None:
    event = entry(
        "alarm-raised",
        ACTOR,
        alarm=alarm.id,
        connector=alarm.connector.value,
        kind=alarm.kind.value,
        observed=alarm.observed,
        usual=alarm.usual,
    )
    unit.audit.append(now, event.code, event.actor, event.fields)
