"""Writing down that somebody was told, in the transaction that marks the alert as sent: sealed to the DPOs, and found by the records it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.alerts.alerting import relation_to
from gateway.alerts.pairing import Pairing
from gateway.disclosure_record.clock import DisclosureClock
from gateway.disclosure_record.subject_keys import subject_keys
from gateway.model.alert_reference import AlertReference
from gateway.model.connection import Connection
from gateway.model.involvement import RegisteredInvolvement
from gateway.ports import UnitOfWork
from gateway.sharing.decision import Decision
from identity.agency.keys import EncryptKey
from identity.custody.disclosure_document import DisclosureDocument, seal_document, write_document
from mappings.canonical.codes import AlertLevel, Sensitivity

MAX_NAMED = 512


@dataclass(frozen=True, slots=True)
class DisclosureKeeping:
    """To whom disclosures are sealed, and how long they are kept. Without `dpos` they wait under the gateway's own key."""

    dpos: tuple[EncryptKey, ...] = ()
    clock: DisclosureClock = field(default_factory=DisclosureClock)


@dataclass(frozen=True, slots=True)
class DisclosureRecorder:
    """One unit of work's."""

    uow: UnitOfWork
    pairing: Pairing
    keeping: DisclosureKeeping

    def note(
        self,
        sent: AlertReference,
        connection: Connection,
        recipient: RegisteredInvolvement,
        discloser: RegisteredInvolvement,
        level: AlertLevel,
        decision: Decision,
        at: datetime,
    ) -> None:
        """That this alert leaves for the first time. What is sent again is told already."""
        if sent.attempts > 1:
            return
        document = write_document(_document(sent, connection, recipient, discloser, level, decision, at))
        until = self.keeping.clock.keep_until(at.date(), (recipient, discloser))
        records = self.uow.disclosure_records
        if self.keeping.dpos:
            sealed = seal_document(document, self.keeping.dpos)
            records.add(recipient.record_id, discloser.record_id, until, sealed)
        else:
            records.add_waiting(recipient.record_id, discloser.record_id, until, document)
        self._note_subjects((recipient.record_id, discloser.record_id))

    def _note_subjects(self, numbers: Sequence[int]) -> None:
        for number in dict.fromkeys(numbers):
            record = self.uow.records.get(number)
            if record is not None and record.evidence:
                self.uow.disclosure_records.note_subject(number, subject_keys(self.pairing, record.evidence))


def _document(
    sent: AlertReference,
    connection: Connection,
    recipient: RegisteredInvolvement,
    discloser: RegisteredInvolvement,
    level: AlertLevel,
    decision: Decision,
    at: datetime,
) -> DisclosureDocument:
    return DisclosureDocument(
        connection=connection.id.value,
        alert=sent.id.value,
        event=sent.event,
        level=level,
        told=recipient.agency,
        told_ref=recipient.person_ref,
        about=discloser.agency,
        about_ref=discloser.person_ref,
        service=discloser.service,
        private=discloser.sensitivity is not Sensitivity.STANDARD,
        relation=relation_to(connection, recipient.id),
        told_at=at,
        reasons=" ".join(decision.reasons)[:MAX_NAMED],
        decided_by=" ".join(decision.rules)[:MAX_NAMED],
        rule_set=decision.rule_set_version,
        agreement=decision.agreement.value if decision.agreement else "",
        agreement_version=decision.agreement_version,
    )
