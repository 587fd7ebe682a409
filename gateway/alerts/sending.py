"""Decide an alert again at the moment it is to leave, mark it as sent, and write it out.

Endings may be held back to a beat of their own, so that those of many people and causes leave together: whoever hears of one cannot set it
beside what happened the minute before. "Disregard" never waits, and neither does anything that shows.

The decision is the same one that queued it: the person's pairs are reconciled with the register and the rules as they are now
(`gateway.alerts.alerting`). An alert leaves only if it is still the latest word in its direction after that.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from gateway.alarms.tallies import Tallies
from gateway.alerts.alerting import Alerting
from gateway.alerts.next_event import SHOWING
from gateway.alerts.writing import AlertWriter
from gateway.audit.recording import Entry, entry
from gateway.disclosure_record.recording import MAX_NAMED, DisclosureRecorder
from gateway.introducing.granting import granted_to
from gateway.merges.merged_records import surviving
from gateway.model.alert_reference import NEVER, AlertReference, AlertStatus
from gateway.model.connection import Connection, ConnectionState
from gateway.model.connector import Connector
from gateway.model.involvement import RegisteredInvolvement
from gateway.sharing.decision import Decision
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent, AlertLevel

NOBODY_THERE = Decision(False, ("connector-gone",))
WAIT_FOR_CONNECTOR = timedelta(minutes=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Addressed:
    """An alert that may leave now, and the connector it goes to."""

    alert: Alert
    reference: AlertReference
    connector: Connector


@dataclass(frozen=True, slots=True)
class Sending:
    """One tick in one unit of work. `recorder` keeps what was told for the DPO. `endings_every` is the beat on which endings leave; zero: every
    tick. `entries` are the audit events it made, `tallies` counts what each connector is told."""

    alerting: Alerting
    writer: AlertWriter
    lifetime: timedelta
    recorder: DisclosureRecorder
    endings_every: timedelta = timedelta(0)
    entries: list[Entry] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)
    _reconciled: set[int] = field(default_factory=set)

    def make_ready(self, reference: AlertReference) -> Addressed | None:
        """The alert written and marked as sent, or None where it must not, or cannot yet, leave."""
        uow, now = self.alerting.uow, self.alerting.now
        recipient, discloser = uow.involvements.get(reference.recipient), uow.involvements.get(reference.discloser)
        connector = uow.trust.connector_for(recipient.agency)
        if connector is None or self.alerting.is_gone(recipient.agency):
            # Nobody is there to tell any more. An agency that comes back with a new connector is told afresh.
            self._drop(reference, recipient, NOBODY_THERE)
            return None
        if not uow.side.hears(connector.status):
            uow.alerts.save(replace(reference, next_attempt_at=now + WAIT_FOR_CONNECTOR))
            return None
        beat = _beat_after(reference, self.endings_every)
        if now < beat:
            uow.alerts.save(replace(reference, next_attempt_at=beat))
            return None
        self._reconcile_again(recipient)
        connection = uow.connections.get(reference.connection)
        decision = NOBODY_THERE if connection is None else self.alerting.decide(connection)
        if connection is None or not self._still_latest(reference, connection):
            self._drop(reference, recipient, decision)
            return None
        not_after = (now + self.lifetime).replace(microsecond=0)
        sent = replace(
            reference,
            status=AlertStatus.SENT,
            attempts=reference.attempts + 1,
            not_after=not_after,
            next_attempt_at=not_after,
        )
        uow.alerts.save(sent)
        uow.withholdings.note_served(sent.id, now)
        granted, introduced = granted_to(uow, self.alerting.agreements, connection, recipient.id, decision)
        if sent.event is AlertEvent.MADE and sent.attempts == 1:
            other = decision.levels[1 if recipient.id == connection.first else 0]
            self.tallies.told(connector.id, one_way=other is None)
        level = self.alerting.level_for(recipient.agency, granted) or AlertLevel.EMPTY
        self._note_sent(sent, level, recipient, discloser, decision)
        self.recorder.note(sent, connection, recipient, discloser, level, decision, now)
        # As the agency calls its client today, whatever it did before a merge.
        called = replace(recipient, person_ref=surviving(uow, recipient.agency, recipient.person_ref))
        alert = self.writer.write(sent, connection, called, discloser, level, now, not_after)
        alert = replace(alert, introduced=introduced and alert.other is not None)
        return Addressed(alert, sent, connector)

    def _reconcile_again(self, recipient: RegisteredInvolvement) -> None:
        link = self.alerting.uow.records.active_link(recipient.record_id)
        if link is not None and link.person_id not in self._reconciled:
            self._reconciled.add(link.person_id)
            self.alerting.reconcile_person(link.person_id)

    def _still_latest(self, reference: AlertReference, connection: Connection) -> bool:
        history = self.alerting.uow.alerts.of_direction(reference.connection, reference.recipient)
        latest = next(
            (a for a in reversed(history) if a.status not in (AlertStatus.SUPERSEDED, AlertStatus.LAPSED)), None
        )
        if latest is None or latest.id != reference.id:
            return False
        shows = reference.event in SHOWING
        return not shows or (connection.state is ConnectionState.LIVE and connection.links == reference.links)

    def _drop(self, reference: AlertReference, recipient: RegisteredInvolvement, decision: Decision) -> None:
        """Never sent: it lapses. Sent before: it stands as told, is not sent again, and the ending that follows is in the outbox."""
        if reference.attempts:
            self.alerting.uow.alerts.save(replace(reference, next_attempt_at=NEVER))
            return
        self.alerting.uow.alerts.save(replace(reference, status=AlertStatus.LAPSED))
        self.entries.append(
            entry(
                "alert-lapsed",
                "relay",
                alert=reference.id.value,
                connection=reference.connection.value,
                event=reference.event.value,
                agency=recipient.agency.value,
                rules=" ".join(decision.reasons),
                decided_by=" ".join(decision.rules)[:MAX_NAMED],
                rule_set=decision.rule_set_version,
            )
        )

    def _note_sent(
        self,
        sent: AlertReference,
        level: AlertLevel,
        recipient: RegisteredInvolvement,
        discloser: RegisteredInvolvement,
        decision: Decision,
    ) -> None:
        self.entries.append(
            entry(
                "alert-sent",
                "relay",
                alert=sent.id.value,
                connection=sent.connection.value,
                event=sent.event.value,
                level=level.value,
                agency=recipient.agency.value,
                about_agency=discloser.agency.value,
                rules=" ".join(decision.reasons),
                agreement=decision.agreement.value if decision.agreement else "",
                agreement_version=decision.agreement_version,
                decided_by=" ".join(decision.rules)[:MAX_NAMED],
                rule_set=decision.rule_set_version,
                attempt=sent.attempts,
            )
        )


def _beat_after(reference: AlertReference, every: timedelta) -> datetime:
    """When an alert may leave for the first time: an ending at the next beat after it was made, counted from midnight UTC; all else at once."""
    if reference.event is not AlertEvent.ENDED or reference.attempts or not every:
        return reference.made_at
    return reference.made_at + (every - (reference.made_at - _EPOCH) % every)
