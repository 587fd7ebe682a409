"""One transaction's worth of intake (`gateway.intake`): everything that follows from each letter, in one unit of work.

* A message id stands for one sealing: the same sealed bytes may come twice, the same message sealed by another hand is refused.
* Each connector's notices are counted against its limits, and what it may not be believed in is left out before anything is linked.
* A test notice is judged as a notice is, once, and nothing of it is registered (`gateway.probing.asking`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.alarms.tallies import Tallies
from gateway.alerts.alerting import Alerting
from gateway.alerts.receipts import is_believed, settle
from gateway.audit.recording import Entry, entry
from gateway.housekeeping.retention import Retention
from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.model.dead_letter import DeadLetter
from gateway.model.probe import Probe
from gateway.model.processed import Processed
from gateway.notices import resync
from gateway.notices.admission import REPEATED, check_agency, check_sender
from gateway.notices.admission import check_about as check_said_about
from gateway.notices.capabilities import AGAIN_LATER, check_volume
from gateway.notices.letter import Letter, ProbeAnswer
from gateway.notices.letter_agency import AGENCY_STANDS_IN, Stated, ledger_of
from gateway.notices.receipting import receipt_reply
from gateway.notices.stated import Consequences, Terms, check_stated
from gateway.ports import UnitOfWork
from gateway.probing.answers import NOT_ASKED, check_about, check_asked
from gateway.review.cases import REVIEW_DAYS
from gateway.subject_access.answering import NOT_ASKED_OF_THEM
from gateway.subject_access.answering import take_answer as take_access_answer
from identity.agency.trust import may_speak
from identity.person.pepper import Pepper
from identity.person.protected_place import ProtectedPlaces
from mappings.canonical.access import AccessAnswer
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, GatewayId, MessageId
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.statement import Statement


@dataclass(frozen=True, slots=True)
class Desk:
    """One transaction's worth of intake. `entries` are the audit events, appended last of all (`finish`). `volume`
    counts the notices of each connector, this minute and this day; `tallies` what its alarms are raised by. `places` link nobody,
    evidence under `retired` linkage epochs is left out. `refusals` are all the reasons given so far. `review_days` is the clock of a review
    case, in working days. `retention` says when an involvement that nobody confirms is not taken any more."""

    uow: UnitOfWork
    pepper: Pepper
    alerting: Alerting
    agreements: Sequence[Agreement]
    home: GatewayId
    places: ProtectedPlaces
    now: datetime
    replaying: bool
    entries: list[Entry]
    retired: frozenset[str] = frozenset()
    volume: dict[ConnectorId, tuple[int, int]] = field(default_factory=dict)
    refusals: list[Issue] = field(default_factory=list)
    tallies: Tallies = field(default_factory=Tallies)
    review_days: int = REVIEW_DAYS
    retention: Retention = field(default_factory=Retention)

    def handle(self, letter: Letter) -> bool:
        """Do everything that follows from one letter. Returns whether it was accepted."""
        sender = self.sender_of(letter)
        header = letter.header
        is_test = header is not None and header.kind is MessageKind.TEST_NOTICE
        if header is None or (letter.issues and not is_test):
            return self.refuse(letter, sender, letter.issues)
        if is_test:
            # Whoever asked waits: it is never asked for again later, what would be is refused.
            letter = replace(letter, stale=False)
        issues = check_sender(sender, header, letter.parcel.sender, self.uow.side)
        if sender is None or issues:
            # Who is stopped is owed no answer. One let in again sends it again, and must not read then what held no longer.
            heard = sender is None or may_speak(sender.status)
            return self.refuse(letter, sender, tuple(issues), answered=heard)
        came_before = self._came_before(letter, header.message, sender)
        if came_before not in (None, letter.digest):
            return self.refuse(letter, sender, (REPEATED,), answered=False)
        if is_test:
            return self._test(letter, header.about, sender)
        if isinstance(letter.content, Stated):
            return self._notice(letter, letter.content, sender)
        if isinstance(letter.content, Statement):
            if came_before is not None:
                # The channel brought it twice, or somebody else did: its answer is on its way already.
                self._note("message-repeated", letter, sender.id.value)
                return False
            return self._statement(letter, letter.content, sender)
        if isinstance(letter.content, AccessAnswer):
            return self._access(letter, letter.content, sender)
        return self._settle(letter, letter.content if isinstance(letter.content, Receipt) else None, sender)

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
        who = letter.parcel.sender or (sender.id if sender else None)
        if who is not None and not self.replaying:
            self.tallies.refused(who, issues, letter.stale)
        if not letter.stale and not self.replaying:
            kept = self.uow.dead_letters.add(
                DeadLetter(0, letter.received_at, who, letter.digest, letter.parcel.sealed, issues)
            )
        reasons = " ".join(sorted({issue.code for issue in issues}))
        self._note(
            "message-refused", letter, sender.id.value if sender else "unknown", reasons=reasons, dead_letter=kept
        )
        brought = sender is not None and letter.parcel.sender in (None, sender.id)
        if sender is not None and brought and answered and not isinstance(letter.content, Receipt):
            self._answer(letter, sender, ReceiptOutcome.STALE if letter.stale else ReceiptOutcome.REFUSED, issues)
        return False

    def finish(self) -> None:
        """Keep the counts, then the audit: the chain's head is the last thing the transaction touches."""
        for connector, (in_minute, in_day) in self.volume.items():
            self.uow.volumes.keep(connector, self.now, in_minute, in_day)
        if not self.replaying:
            self.tallies.keep(self.uow, self.now)
        for item in self.entries:
            self.uow.audit.append(self.now, item.code, item.actor, item.fields)

    def _notice(self, letter: Letter, notice: Stated, sender: Connector) -> bool:
        answered = self.uow.processed.get(sender.id, notice.id)
        if answered is not None and not self.replaying:
            self._answer(letter, sender, answered.outcome, answered.issues)
            self._note("notice-repeated", letter, sender.id.value)
            return answered.outcome is ReceiptOutcome.ACCEPTED
        issues = self._admit(letter, notice, sender)
        if issues:
            later = all(issue.code in AGAIN_LATER for issue in issues)
            return self.refuse(replace(letter, stale=True) if later else letter, sender, tuple(issues))
        self.uow.processed.add(Processed(sender.id, notice.id, ReceiptOutcome.ACCEPTED, (), self.now))
        # Before the count is raised: that this one was accepted the receipt says anyhow, and what came before it shows a restored gateway.
        self._answer(letter, sender, ReceiptOutcome.ACCEPTED, ())
        self.uow.processed.advance(sender.id, notice.agency, notice.sequence)
        if self.uow.processed.ledger_incarnation(sender.id, notice.agency) is None:
            self.uow.processed.note_ledger(sender.id, notice.agency, notice.sequence.incarnation)
        followed = self._consequences().of(notice, letter.header, sender)
        self._note(followed.code, letter, sender.id.value, **followed.fields)
        self.entries.extend(followed.entries)
        return True

    def _test(self, letter: Letter, id: MessageId, sender: Connector) -> bool:
        """The answer to a test request."""
        probe = self.uow.probes.get(id)
        unasked = check_asked(probe, sender, self.now, self.replaying)
        if probe is None or unasked:
            return self.refuse(letter, sender, unasked or (NOT_ASKED,))
        if probe.outcome is not None:
            self._answer(letter, sender, probe.outcome, probe.issues)
            self._note("test-repeated", letter, sender.id.value)
            return probe.outcome is ReceiptOutcome.ACCEPTED
        issues = letter.issues
        if isinstance(letter.content, ProbeAnswer):
            notice = letter.content.notice
            issues = tuple(self._admit(letter, notice, sender) or check_about(probe, notice))
        outcome = ReceiptOutcome.REFUSED if issues else ReceiptOutcome.ACCEPTED
        self._answer(letter, sender, outcome, issues)
        self._decide(letter, probe, outcome, issues)
        return not issues

    def _decide(self, letter: Letter, probe: Probe, outcome: ReceiptOutcome, issues: tuple[Issue, ...]) -> None:
        """Its reasons stay with the probe: a test that was refused is no dead letter, there is nothing in it to replay."""
        self.uow.probes.decide(probe.id, letter.received_at, self.now, outcome, issues)
        reasons = " ".join(sorted({issue.code for issue in issues})[:5])
        connector = probe.connector.value
        self._note(
            "connector-tested", letter, connector, agency=probe.agency.value, outcome=outcome.value, reasons=reasons
        )

    def _cannot_answer(self, letter: Letter, receipt: Receipt, sender: Connector) -> bool:
        """A connector says why it cannot answer its test."""
        probe = self.uow.probes.get(receipt.about) if receipt.about else None
        said = receipt.outcome is ReceiptOutcome.REFUSED and bool(receipt.issues)
        if not said or probe is None or probe.connector != sender.id or not probe.is_open(self.now):
            return False
        self._decide(letter, probe, ReceiptOutcome.REFUSED, receipt.issues)
        return True

    def _admit(self, letter: Letter, notice: Stated, sender: Connector) -> list[Issue]:
        if letter.header is None:
            return list(letter.issues)
        too_many = [] if self.replaying else self._count(sender)
        if too_many:
            return too_many
        at = letter.received_at
        issues = check_agency(sender, letter.key_id, notice.agency, AGENCY_STANDS_IN[type(notice)], at)
        if issues:
            # Nothing more: what else is wrong would tell which agencies are party to an agreement.
            return issues
        terms = Terms(self.agreements, self.home, self.retention)
        return check_stated(self.uow, notice, letter.header, sender, terms, at)

    def _consequences(self) -> Consequences:
        return Consequences(
            self.uow,
            self.pepper,
            self.alerting,
            self.agreements,
            self.places,
            self.retired,
            self.now,
            self.review_days,
            self.tallies,
        )

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

    def _statement(self, letter: Letter, statement: Statement, sender: Connector) -> bool:
        issues = check_agency(sender, letter.key_id, statement.agency, "agency", letter.received_at)
        if issues:
            return self.refuse(letter, sender, tuple(issues))
        self.entries.append(resync.answer(self.uow, self.alerting, sender.id, statement))
        return True

    def _access(self, letter: Letter, answer: AccessAnswer, sender: Connector) -> bool:
        """An agency says whether its record may be shown to the person who asks. The same answer again is answered alike."""
        issues = check_agency(sender, letter.key_id, answer.agency, "AccessAnswer.agency", letter.received_at)
        issues = issues or (check_said_about(letter.header, answer.id, "AccessAnswer.id") if letter.header else [])
        said = None if issues else take_access_answer(self.uow, answer, sender.id, self.now)
        if said is None:
            return self.refuse(letter, sender, tuple(issues) or (NOT_ASKED_OF_THEM,))
        self._answer(letter, sender, ReceiptOutcome.ACCEPTED, ())
        self.entries.append(said)
        return True

    def _settle(self, letter: Letter, receipt: Receipt | None, sender: Connector) -> bool:
        """A connector says what became of an alert: nothing is answered to a receipt, and one for an alert that is not this connector's, or
        nobody's, changes nothing and is written down. Or of a test request, where it could not answer."""
        alert = self.uow.alerts.get(receipt.about) if receipt and receipt.about else None
        if alert is None and receipt is not None and self._cannot_answer(letter, receipt, sender):
            return True
        if receipt is None or alert is None or not is_believed(self.uow, letter, receipt, alert, sender):
            self._note("receipt-not-believed", letter, sender.id.value)
            return False
        self.entries.extend(settle(self.uow, alert, receipt, sender))
        return True

    def _answer(self, letter: Letter, sender: Connector, outcome: ReceiptOutcome, issues: tuple[Issue, ...]) -> None:
        """With how far the ledger has come whose key signed: one agency's key learns nothing of another agency of its connector."""
        agency = ledger_of(letter, sender)
        last_accepted = self.uow.processed.last_accepted(sender.id, agency) if agency else None
        progress = (self.uow.incarnation(), last_accepted)
        self.uow.replies.add(receipt_reply(letter, sender.id, outcome, issues, progress, self.now))

    def _note(self, code: str, letter: Letter, actor: str, **fields: str | int) -> None:
        message = letter.header.about.value if letter.header else ""
        self.entries.append(entry(code, actor, connector=actor, message=message, digest=letter.digest, **fields))
