"""STORY 2: a notice comes in. Open, read, admit, register, link, decide, queue what must be told, record: one transaction.

* Verify, then parse, then believe (`gateway.letter`).
* Whatever is wrong is refused with the element named, answered by a receipt, kept as a dead letter, and never holds up the next message.
* The same notice again gets the same answer and changes nothing; a late one is accepted and changes nothing.
* The receipt is written before linking, from the notice and the sender's own state alone: it tells nothing of anybody else.
* Everything a batch does is one transaction; the channel is acknowledged after it. A message that breaks the batch is split off and the
  others are done again without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from connectors.channel.port import Parcel
from gateway import linking, resync
from gateway.admission import check_agency, check_notice, check_sender
from gateway.alerting import Alerting
from gateway.audit import Entry, entry
from gateway.involvement import applied, closed, is_hollow, is_late
from gateway.letter import Letter, LetterOpener
from gateway.model.agreement import Agreement
from gateway.model.alert_reference import AlertStatus
from gateway.model.connector import Connector
from gateway.model.dead_letter import DeadLetter
from gateway.model.processed import Processed
from gateway.pairing import Pairing
from gateway.ports import Clock, Store, StoreDown, UnitOfWork
from gateway.receipting import receipt_reply
from identity.agency.keys import VerifyKey
from identity.person.pepper import Pepper
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, GatewayId, KeyId
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.statement import Statement

log = structlog.get_logger("patchwork.intake")

FAULT = Issue(
    "exception",
    "not-processed",
    "",
    "the gateway could not process this message; its operator has it and can replay it",
)


@dataclass(frozen=True, slots=True)
class Intake:
    """`home` is this gateway's own id: notices homed elsewhere are refused."""

    store: Store
    clock: Clock
    opener: LetterOpener
    pepper: Pepper
    pairing: Pairing
    home: GatewayId

    def take_in(self, parcels: Sequence[Parcel]) -> int:
        """Process a batch whole. Returns how many messages were accepted. Raises `StoreDown`; then nothing of it happened."""
        return self._record_all(self._open_all(parcels, self.clock.now()))

    def replay(self, letter_id: int, actor: str) -> ReceiptOutcome:
        """Process a dead letter again, judged as of when it was received. Raises `KeyError` where there is none."""
        with self.store.read() as uow:
            dead = uow.dead_letters.get(letter_id)
        if dead is None:
            raise KeyError(letter_id)
        (letter,) = self._open_all([Parcel("", dead.sealed, dead.sender)], dead.received_at)
        with self.store.write() as uow:
            desk = self._desk(uow, replaying=True)
            accepted = desk.handle(letter)
            if accepted:
                uow.dead_letters.mark_replayed(letter_id, self.clock.now())
            outcome = ReceiptOutcome.ACCEPTED if accepted else ReceiptOutcome.REFUSED
            desk.entries.append(entry("dead-letter-replayed", actor, dead_letter=letter_id, outcome=outcome.value))
            desk.write_audit()
        return outcome

    def _open_all(self, parcels: Sequence[Parcel], received_at: datetime) -> list[Letter]:
        with self.store.read() as uow:
            keys: dict[KeyId, VerifyKey] = {c.keys.signing.id: c.keys.signing for c in uow.trust.connectors()}
        return [self.opener.open(parcel, keys.get, received_at) for parcel in parcels]

    def _record_all(self, letters: list[Letter]) -> int:
        try:
            with self.store.write() as uow:
                desk = self._desk(uow)
                accepted = sum(desk.handle(letter) for letter in letters)
                desk.write_audit()
            return accepted
        except StoreDown:
            raise
        except Exception as problem:
            if len(letters) > 1:
                return sum(self._record_all([letter]) for letter in letters)
            log.error("message-not-processed", digest=letters[0].digest, fault=type(problem).__name__)
            self._set_aside(letters[0])
            return 0

    def _set_aside(self, letter: Letter) -> None:
        """Keep what our own code stumbled over, tell the sender, and go on."""
        with self.store.write() as uow:
            desk = self._desk(uow)
            desk.refuse(letter, desk.sender_of(letter), (FAULT,))
            desk.write_audit()

    def _desk(self, uow: UnitOfWork, replaying: bool = False) -> "Desk":
        now = self.clock.now()
        agreements = uow.agreements.current()
        alerting = Alerting(uow, self.pairing, agreements, now)
        return Desk(uow, self.pepper, alerting, agreements, self.home, now, replaying, [])


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's worth of intake. `entries` are the audit events, appended last of all (`write_audit`)."""

    uow: UnitOfWork
    pepper: Pepper
    alerting: Alerting
    agreements: Sequence[Agreement]
    home: GatewayId
    now: datetime
    replaying: bool
    entries: list[Entry]

    def handle(self, letter: Letter) -> bool:
        """Do everything that follows from one letter. Returns whether it was accepted."""
        sender = self.sender_of(letter)
        if letter.header is None or letter.issues:
            return self.refuse(letter, sender, letter.issues)
        issues = check_sender(sender, letter.header, letter.parcel.sender)
        if sender is None or issues:
            return self.refuse(letter, sender, tuple(issues))
        if isinstance(letter.content, Notice):
            return self._notice(letter, letter.content, sender)
        if isinstance(letter.content, Statement):
            return self._statement(letter, letter.content, sender)
        return self._settle(letter.content, sender)

    def sender_of(self, letter: Letter) -> Connector | None:
        """Whoever signed it; failing that, whoever the channel says sent it."""
        if letter.key_id is not None:
            return self.uow.trust.connector_by_key(letter.key_id)
        return self.uow.trust.connector(letter.parcel.sender) if letter.parcel.sender else None

    def refuse(self, letter: Letter, sender: Connector | None, issues: tuple[Issue, ...]) -> bool:
        """Answer with the reasons and keep the message as it came. Asking for a fresh sealing is answered, not kept."""
        kept = 0
        if not letter.stale and not self.replaying:
            who = sender.id if sender else letter.parcel.sender
            kept = self.uow.dead_letters.add(
                DeadLetter(0, letter.received_at, who, letter.digest, letter.parcel.sealed, issues)
            )
        reasons = " ".join(sorted({issue.code for issue in issues}))
        self._note(
            "message-refused", letter, sender.id.value if sender else "unknown", reasons=reasons, dead_letter=kept
        )
        if sender is not None and not isinstance(letter.content, Receipt):
            self._answer(letter, sender.id, ReceiptOutcome.STALE if letter.stale else ReceiptOutcome.REFUSED, issues)
        return False

    def write_audit(self) -> None:
        """The chain's head is the last thing the transaction touches."""
        for item in self.entries:
            self.uow.audit.append(self.now, item.code, item.actor, item.fields)

    def _notice(self, letter: Letter, notice: Notice, sender: Connector) -> bool:
        answered = self.uow.processed.get(sender.id, notice.id)
        if answered is not None and not self.replaying:
            self._answer(letter, sender.id, answered.outcome, answered.issues)
            self._note("notice-repeated", letter, sender.id.value)
            return answered.outcome is ReceiptOutcome.ACCEPTED
        issues = self._admit(letter, notice, sender)
        if issues:
            return self.refuse(letter, sender, tuple(issues))
        self.uow.processed.add(Processed(sender.id, notice.id, ReceiptOutcome.ACCEPTED, (), self.now))
        # Before the count is raised: that this one was accepted the receipt says anyhow, and what came before it shows a restored gateway.
        self._answer(letter, sender.id, ReceiptOutcome.ACCEPTED, ())
        self.uow.processed.advance(sender.id, notice.sequence)
        if self.uow.processed.ledger_incarnation(sender.id, notice.agency) is None:
            self.uow.processed.note_ledger(sender.id, notice.agency, notice.sequence.incarnation)
        self._register(letter, notice, sender)
        return True

    def _admit(self, letter: Letter, notice: Notice, sender: Connector) -> list[Issue]:
        if letter.header is None:
            return list(letter.issues)
        return check_agency(sender, notice.agency, "Organization.identifier") + check_notice(
            notice, letter.header, self.agreements, self.home, letter.received_at
        )

    def _register(self, letter: Letter, notice: Notice, sender: Connector) -> None:
        known = self.uow.involvements.find(notice.agency, notice.involvement_ref)
        if is_late(known, notice):
            self._note("notice-late", letter, sender.id.value, agency=notice.agency.value)
            return
        if known is not None and is_hollow(notice):
            placed = linking.stay(self.uow, known)
            involvement = self.uow.involvements.save(closed(known, notice))
        else:
            placed = linking.place(self.uow, self.pepper, notice, self.now)
            involvement = self.uow.involvements.save(applied(known, notice, sender.id, placed.record_id))
        people = {placed.person_id}
        if known is not None and known.record_id != involvement.record_id:
            former = self.uow.records.active_link(known.record_id)
            people |= {former.person_id} if former else set()
        if placed.moved_from is not None:
            people.add(placed.moved_from)
        alerts = self.alerting.reconcile_unlinked(placed.record_id) if len(people) > 1 else 0
        alerts += sum(self.alerting.reconcile_person(person) for person in sorted(people))
        self._note(
            "notice-accepted",
            letter,
            sender.id.value,
            agency=notice.agency.value,
            event=notice.event.value,
            link=placed.outcome,
            possibles=placed.possibles,
            alerts=alerts,
        )

    def _statement(self, letter: Letter, statement: Statement, sender: Connector) -> bool:
        issues = check_agency(sender, statement.agency, "agency")
        if issues:
            return self.refuse(letter, sender, tuple(issues))
        self.entries.append(resync.answer(self.uow, self.alerting, sender.id, statement))
        return True

    def _settle(self, receipt: Receipt | None, sender: Connector) -> bool:
        """A connector says what became of an alert: nothing is answered to a receipt, and an unknown one changes nothing."""
        alert = self.uow.alerts.get(receipt.about) if receipt and receipt.about else None
        if receipt is None or alert is None or self.uow.involvements.get(alert.recipient).agency not in sender.agencies:
            return False
        if alert.status is AlertStatus.SENT:
            taken = receipt.outcome is ReceiptOutcome.ACCEPTED
            self.uow.alerts.save(replace(alert, status=AlertStatus.SETTLED if taken else AlertStatus.REFUSED))
            self.entries.append(
                entry(
                    "alert-settled",
                    sender.id.value,
                    alert=alert.id.value,
                    connector=sender.id.value,
                    outcome=receipt.outcome.value,
                )
            )
        return True

    def _answer(
        self, letter: Letter, connector: ConnectorId, outcome: ReceiptOutcome, issues: tuple[Issue, ...]
    ) -> None:
        progress = (self.uow.incarnation(), self.uow.processed.last_accepted(connector))
        self.uow.replies.add(receipt_reply(letter, connector, outcome, issues, progress, self.now))

    def _note(self, code: str, letter: Letter, actor: str, **fields: str | int) -> None:
        message = letter.header.about.value if letter.header else ""
        self.entries.append(entry(code, actor, connector=actor, message=message, digest=letter.digest, **fields))
