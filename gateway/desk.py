"""One transaction's worth of intake (`gateway.intake`): everything that follows from each letter, in one unit of work.

* A message id stands for one sealing: the same sealed bytes may come twice, the same message sealed by another hand is refused.
* Each connector's notices are counted against its limits, and what it may not be believed in is left out before anything is linked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway import linking, resync
from gateway.admission import REPEATED, check_agency, check_notice, check_sender
from gateway.alerting import Alerting
from gateway.audit import Entry, entry
from gateway.capabilities import AGAIN_LATER, believed, check_limits, check_volume
from gateway.involvement import applied, closed, is_hollow, is_late
from gateway.kept_details import agreement_of, keep_details
from gateway.letter import Letter
from gateway.model.agreement import Agreement
from gateway.model.alert_reference import AlertStatus
from gateway.model.connector import Connector
from gateway.model.dead_letter import DeadLetter
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.processed import Processed
from gateway.ports import UnitOfWork
from gateway.receipting import receipt_reply
from gateway.review_cases import REVIEW_DAYS, CaseKeeper
from identity.person.pepper import Pepper
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, GatewayId, MessageId
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.statement import Statement


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's worth of intake. `entries` are the audit events, appended last of all (`finish`). `volume`
    counts the notices of each connector, this minute and this day. `refusals` are all the reasons given so far.
    `review_days` is the clock of a review case, in working days."""

    uow: UnitOfWork
    pepper: Pepper
    alerting: Alerting
    agreements: Sequence[Agreement]
    home: GatewayId
    now: datetime
    replaying: bool
    entries: list[Entry]
    volume: dict[ConnectorId, tuple[int, int]] = field(default_factory=dict)
    refusals: list[Issue] = field(default_factory=list)
    review_days: int = REVIEW_DAYS

    def handle(self, letter: Letter) -> bool:
        """Do everything that follows from one letter. Returns whether it was accepted."""
        sender = self.sender_of(letter)
        if letter.header is None or letter.issues:
            return self.refuse(letter, sender, letter.issues)
        issues = check_sender(sender, letter.header, letter.parcel.sender)
        if sender is None or issues:
            return self.refuse(letter, sender, tuple(issues))
        came_before = self._came_before(letter, letter.header.message, sender)
        if came_before not in (None, letter.digest):
            return self.refuse(letter, sender, (REPEATED,), answered=False)
        if isinstance(letter.content, Notice):
            return self._notice(letter, letter.content, sender)
        if isinstance(letter.content, Statement):
            if came_before is not None:
                # The channel brought it twice, or somebody else did: its answer is on its way already.
                self._note("message-repeated", letter, sender.id.value)
                return False
            return self._statement(letter, letter.content, sender)
        return self._settle(letter, letter.content, sender)

    def sender_of(self, letter: Letter) -> Connector | None:
        """Whoever signed it; failing that, whoever the channel says sent it."""
        if letter.key_id is not None:
            return self.uow.trust.connector_by_key(letter.key_id)
        return self.uow.trust.connector(letter.parcel.sender) if letter.parcel.sender else None

    def refuse(
        self, letter: Letter, sender: Connector | None, issues: tuple[Issue, ...], answered: bool = True
    ) -> bool:
        """Answer with the reasons and keep the message as it came. Asking for a fresh sealing is answered, not kept.

        Who signed it is not answered where the channel proves that somebody else sent it: the signer's own sending of it is still good.
        """
        self.refusals.extend(issues)
        kept = 0
        if not letter.stale and not self.replaying:
            who = letter.parcel.sender or (sender.id if sender else None)
            kept = self.uow.dead_letters.add(
                DeadLetter(0, letter.received_at, who, letter.digest, letter.parcel.sealed, issues)
            )
        reasons = " ".join(sorted({issue.code for issue in issues}))
        self._note(
            "message-refused", letter, sender.id.value if sender else "unknown", reasons=reasons, dead_letter=kept
        )
        brought = sender is not None and letter.parcel.sender in (None, sender.id)
        if sender is not None and brought and answered and not isinstance(letter.content, Receipt):
            self._answer(letter, sender.id, ReceiptOutcome.STALE if letter.stale else ReceiptOutcome.REFUSED, issues)
        return False

    def finish(self) -> None:
        """Keep the counts, then the audit: the chain's head is the last thing the transaction touches."""
        for connector, (in_minute, in_day) in self.volume.items():
            self.uow.volumes.keep(connector, self.now, in_minute, in_day)
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
            later = all(issue.code in AGAIN_LATER for issue in issues)
            return self.refuse(replace(letter, stale=True) if later else letter, sender, tuple(issues))
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
        too_many = [] if self.replaying else self._count(sender)
        if too_many:
            return too_many
        at = letter.received_at
        issues = check_agency(sender, letter.key_id, notice.agency, "Organization.identifier", at)
        if issues:
            # Nothing more: what else is wrong would tell which agencies are party to an agreement.
            return issues
        issues = check_notice(notice, letter.header, self.agreements, self.home, at)
        return issues + check_limits(notice, letter.header, sender.capabilities)

    def _count(self, sender: Connector) -> list[Issue]:
        """Count one notice more, unless it is one too many."""
        in_minute, in_day = self.volume.get(sender.id) or self.uow.volumes.counts(sender.id, self.now)
        too_many = check_volume(in_minute, in_day, sender.capabilities)
        if not too_many:
            self.volume[sender.id] = (in_minute + 1, in_day + 1)
        return too_many

    def _came_before(self, letter: Letter, message: MessageId, sender: Connector) -> str | None:
        """The digest of the sealed bytes that this message id came with before. A replay is not a second coming."""
        if self.replaying:
            return None
        return self.uow.message_ids.note(sender.id, message, letter.digest, self.now)

    def _register(self, letter: Letter, notice: Notice, sender: Connector) -> None:
        known = self.uow.involvements.find(notice.agency, notice.involvement_ref)
        if is_late(known, notice):
            self._note("notice-late", letter, sender.id.value, agency=notice.agency.value)
            return
        if known is not None and is_hollow(notice):
            placed = linking.stay(self.uow, known)
            involvement = self.uow.involvements.save(closed(known, notice))
        else:
            told = replace(notice, evidence=believed(notice.evidence, sender.capabilities))
            placed = linking.place(self.uow, self.pepper, told, self.now)
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
        self._keep_cases(placed, known, involvement)
        if known is not None or notice.sealed_details:
            agreement = agreement_of(self.agreements, letter.header.agreement if letter.header else None)
            keep_details(self.uow, notice, involvement, agreement, self.now)

    def _keep_cases(
        self, placed: linking.Placed, known: RegisteredInvolvement | None, involvement: RegisteredInvolvement
    ) -> None:
        cases = CaseKeeper(self.uow, self.now, self.review_days)
        cases.after(placed)
        if known is not None and known.standing is not involvement.standing:
            cases.involvement_moved(placed.record_id)
        self.entries.extend(cases.entries)

    def _statement(self, letter: Letter, statement: Statement, sender: Connector) -> bool:
        issues = check_agency(sender, letter.key_id, statement.agency, "agency", letter.received_at)
        if issues:
            return self.refuse(letter, sender, tuple(issues))
        self.entries.append(resync.answer(self.uow, self.alerting, sender.id, statement))
        return True

    def _settle(self, letter: Letter, receipt: Receipt | None, sender: Connector) -> bool:
        """A connector says what became of an alert: nothing is answered to a receipt, and one for an alert that is not this connector's, or
        nobody's, changes nothing and is written down."""
        alert = self.uow.alerts.get(receipt.about) if receipt and receipt.about else None
        if receipt is None or alert is None or self.uow.involvements.get(alert.recipient).agency not in sender.agencies:
            self._note("receipt-not-believed", letter, sender.id.value)
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
