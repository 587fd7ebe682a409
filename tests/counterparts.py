"""A scripted gateway at the other end of a connector's channel: opens what comes, keeps the latest state of every involvement by
sequence, answers with receipts, and sends whatever alerts a test tells it to. It needs no gateway package."""

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from connectors.channel.memory import MemoryBroker
from identity.agency.digest import line_totals, state_digest
from identity.agency.envelope import Expectations, open_envelope, seal
from identity.agency.key_ring import KeyRing, directory_of
from identity.agency.keys import PrivateKeys, PublicKeys, generate
from mappings.answer_json import read_answer
from mappings.canonical.alert import Alert, OtherParty, Participation
from mappings.canonical.codes import (
    AlertEvent,
    AlertLevel,
    Certainty,
    MessageKind,
    Mode,
    NoticeEvent,
    ReceiptOutcome,
    ServiceLine,
)
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader, Opened
from mappings.canonical.identifiers import (
    AgencyId,
    ConnectorId,
    GatewayId,
    InvolvementRef,
    MessageId,
    PartnershipId,
    PersonRef,
    SpokenReference,
)
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, Sequence, Worker
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.probe import ProbeRequest
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.record_merge import RecordMerge
from mappings.canonical.shield_request import ShieldRequest
from mappings.canonical.statement import LineTotal, Statement, StatementEntry, StatementReply
from mappings.canonical.witness import ToldCheckpoint
from mappings.fhir import alert_bundle, notice_bundle, receipt_bundle
from mappings.introduction_json import read_request
from mappings.merge_json import read_merge
from mappings.probe_json import write_request
from mappings.shield_json import read_shield
from mappings.statement_json import read_statement, write_reply

SEATON = PartnershipId("seaton")
HOME = GatewayId("urn:patchwork:seaton:gateway")
OVER = (NoticeEvent.ENDED, NoticeEvent.WITHDRAWN)


Stated = TypeVar("Stated", RecordMerge, ShieldRequest, PractitionerAnswer)


def message_id() -> MessageId:
    """A new random one."""
    return MessageId(str(uuid.uuid4()))


@dataclass(slots=True)
class ScriptedGateway:
    """`held` is the latest notice of every involvement; `notices` everything accepted, in the order it came, without repeats.

    `refuses` may answer with issues for a notice, `refuses_merge` for a merge, `refuses_shield` for a shield, `refuses_answer` for an
    answer, which is then refused. `checkpoint`: what it tells of its audit with whatever it answers.
    """

    broker: MemoryBroker
    connector: ConnectorId
    inbox: str
    now: Callable[[], datetime]
    keys: PrivateKeys = field(default_factory=generate)
    incarnation: str = "gateway-1"
    refuses: Callable[[Notice], tuple[Issue, ...]] = lambda notice: ()
    refuses_merge: Callable[[RecordMerge], tuple[Issue, ...]] = lambda merge: ()
    refuses_shield: Callable[[ShieldRequest], tuple[Issue, ...]] = lambda request: ()
    refuses_answer: Callable[[PractitionerAnswer], tuple[Issue, ...]] = lambda answer: ()
    notices: list[Notice] = field(default_factory=list)
    merges: list[RecordMerge] = field(default_factory=list)
    shields: list[ShieldRequest] = field(default_factory=list)
    requests: list[IntroductionRequest] = field(default_factory=list)
    answers: list[PractitionerAnswer] = field(default_factory=list)
    held: dict[InvolvementRef, Notice] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    tests: list[Opened] = field(default_factory=list)
    answered: dict[MessageId, Receipt] = field(default_factory=dict)
    last_accepted: Sequence | None = None
    repeats: int = 0
    trusted: PublicKeys | None = None
    checkpoint: ToldCheckpoint | None = None

    def __post_init__(self) -> None:
        self.broker.open_inbox(self.inbox)

    @property
    def public(self) -> PublicKeys:
        """What connectors pin."""
        return self.keys.public(GATEWAY)

    def trust(self, keys: PublicKeys) -> None:
        """Believe this connector's signature from now on, and write to it."""
        self.trusted = keys

    def take(self, *, answer: bool = True) -> list[Opened]:
        """Take everything that was sent; without `answer`, as a gateway that dies before it could."""
        assert self.trusted
        end, taken = self.broker.gateway_end(), []
        while parcels := end.take(100, 0):
            for parcel in parcels:
                expect = Expectations(GATEWAY, SEATON, Mode.TRIAL, sender=self.connector.value)
                keys = KeyRing([self.keys.decryption])
                opened = open_envelope(parcel.sealed, keys, directory_of(self.trusted.signing), expect, self.now())
                taken.append(opened)
                self._treat(opened, hashlib.sha256(parcel.sealed).hexdigest(), answer=answer)
            end.acknowledge(parcels)
        return taken

    def live(self) -> dict[InvolvementRef, Notice]:
        """What it holds as live."""
        return {ref: notice for ref, notice in self.held.items() if notice.event not in OVER}

    def send_alerts(self, *alerts: Alert, sealed_at: datetime | None = None) -> None:
        """Put alerts into the inbox in this order."""
        for alert in alerts:
            body = alert_bundle.write(alert)
            self.send(MessageKind.ALERT, alert.id, body, not_after=alert.not_after, issued_at=sealed_at)

    def send(
        self,
        kind: MessageKind,
        about: MessageId,
        body: bytes,
        *,
        not_after: datetime | None = None,
        issued_at: datetime | None = None,
    ) -> None:
        """Seal something to the connector."""
        assert self.trusted
        header = EnvelopeHeader(
            kind=kind,
            message=message_id(),
            about=about,
            sender=GATEWAY,
            destination=self.connector.value,
            partnership=SEATON,
            mode=Mode.TRIAL,
            issued_at=(issued_at or self.now()).replace(microsecond=0),
            not_after=not_after,
            checkpoint=None if kind is MessageKind.ALERT else self.checkpoint,
        )
        self.put(seal(header, body, self.keys.signing, self.trusted.encryption))

    def ask_for_test(self, agency: AgencyId, id: MessageId | None = None, seconds: float = 30) -> MessageId:
        """Ask the connector for a test notice; answers the request's id."""
        id = id or message_id()
        end = self.now() + timedelta(seconds=seconds)
        self.send(MessageKind.TEST_REQUEST, id, write_request(ProbeRequest(agency)), not_after=end)
        return id

    def put(self, parcel: bytes) -> None:
        """Any bytes into the inbox."""
        self.broker.gateway_end().send(self.connector, self.inbox, parcel, None)

    def reply(self, statement: Statement) -> StatementReply:
        """Answer a statement from what it holds."""
        if statement.totals is not None:
            return self._reply_to_totals(statement)
        stated = {entry.involvement_ref: entry.digest for entry in statement.entries}
        live = {
            ref: state_digest(notice)
            for ref, notice in self.live().items()
            if ref.value.startswith(statement.prefix) and statement.line in (None, notice.service)
        }
        again = sorted(ref for ref, digest in stated.items() if live.get(ref) != digest)
        adopt = sorted(ref for ref in live if ref not in stated)
        reply = StatementReply(
            statement.id, statement.agency, statement.prefix, tuple(again), tuple(adopt), self.incarnation
        )
        self.send(MessageKind.STATEMENT_REPLY, statement.id, write_reply(reply))
        return reply

    def _reply_to_totals(self, statement: Statement) -> StatementReply:
        """By the totals of what it holds."""
        live = self.live().items()
        held = line_totals((notice.service, StatementEntry(ref, state_digest(notice))) for ref, notice in live)
        lines = {each.service: each for each in held}
        stated = {each.service: each for each in statement.totals or ()}
        differing = tuple(
            lines.get(line, LineTotal(line, 0, "0" * 64))
            for line in sorted(lines.keys() | stated.keys())
            if lines.get(line) != stated.get(line)
        )
        reply = StatementReply(statement.id, statement.agency, "", (), (), self.incarnation, differing)
        self.send(MessageKind.STATEMENT_REPLY, statement.id, write_reply(reply))
        return reply

    def _treat(self, opened: Opened, digest: str, *, answer: bool) -> None:
        if opened.header.kind is MessageKind.RECEIPT:
            self.receipts.append(receipt_bundle.read(opened.body))
        elif opened.header.kind is MessageKind.TEST_NOTICE:
            self.tests.append(opened)
        elif opened.header.kind is MessageKind.STATEMENT:
            self.statements.append(read_statement(opened.body))
            if answer:
                self.reply(self.statements[-1])
        elif opened.header.kind is MessageKind.MERGE:
            merge = read_merge(opened.body)
            self._answer(self._accept_stated(merge, self.merges, self.refuses_merge(merge), digest), answer)
        elif opened.header.kind is MessageKind.ANSWER:
            said = read_answer(opened.body)
            self._answer(self._accept_stated(said, self.answers, self.refuses_answer(said), digest), answer)
        elif opened.header.kind is MessageKind.SHIELD:
            request = read_shield(opened.body)
            self._answer(self._accept_stated(request, self.shields, self.refuses_shield(request), digest), answer)
        elif opened.header.kind is MessageKind.INTRODUCTION_REQUEST:
            asked = read_request(opened.body)
            self.requests.append(asked)
            receipt = Receipt(
                asked.id,
                digest,
                ReceiptOutcome.ACCEPTED,
                (),
                self.incarnation,
                self.last_accepted or asked.sequence,
            )
            self._answer(receipt, answer)
        else:
            self._answer(self._accept(notice_bundle.read(opened.body), digest), answer)

    def _accept_stated(self, stated: Stated, kept: list[Stated], issues: tuple[Issue, ...], digest: str) -> Receipt:
        """Anything that shares the ledger's sequence and is no notice."""
        if not issues:
            kept.append(stated)
            if self.last_accepted is None or stated.sequence > self.last_accepted:
                self.last_accepted = stated.sequence
        outcome = ReceiptOutcome.REFUSED if issues else ReceiptOutcome.ACCEPTED
        return Receipt(stated.id, digest, outcome, issues, self.incarnation, self.last_accepted)

    def _answer(self, receipt: Receipt, answer: bool) -> None:
        if answer and receipt.about is not None:
            self.send(MessageKind.RECEIPT, receipt.about, receipt_bundle.write(receipt))

    def _accept(self, notice: Notice, digest: str) -> Receipt:
        if notice.id in self.answered:
            self.repeats += 1
            return replace(self.answered[notice.id], digest=digest, last_accepted=self.last_accepted)
        issues = self.refuses(notice)
        if not issues:
            self.notices.append(notice)
            before = self.held.get(notice.involvement_ref)
            if before is None or notice.sequence > before.sequence:
                self.held[notice.involvement_ref] = notice
            if self.last_accepted is None or notice.sequence > self.last_accepted:
                self.last_accepted = notice.sequence
        outcome = ReceiptOutcome.REFUSED if issues else ReceiptOutcome.ACCEPTED
        receipt = Receipt(notice.id, digest, outcome, issues, self.incarnation, self.last_accepted)
        self.answered[notice.id] = receipt
        return receipt


def an_alert(
    agency: AgencyId,
    person: PersonRef,
    involvement: InvolvementRef,
    now: datetime,
    *,
    event: AlertEvent = AlertEvent.MADE,
    version: int = 1,
    **changes: object,
) -> Alert:
    """Housing tells that Karen Priest is involved, unless told otherwise."""
    other = OtherParty(
        agency=AgencyId("urn:patchwork:seaton:housing"),
        agency_name="Seaton Housing",
        service=ServiceLine.HOUSING,
        worker=Worker("Karen Priest", "Housing officer", "Tenancy", Contact("01632 960010", "karen@housing.example")),
        start=date(2019, 4, 11),
    )
    made = Alert(
        id=message_id(),
        event=event,
        connection=MessageId("00000000-0000-4000-8000-0000000000c1"),
        version=version,
        level=AlertLevel.FULL,
        home_gateway=HOME,
        recipient_agency=agency,
        recipient_person=person,
        recipient_involvement=involvement,
        spoken_reference=SpokenReference("K7P-4QX"),
        certainty=Certainty.SAME_NUMBER,
        relation=None,
        other=None if event in (AlertEvent.ENDED, AlertEvent.RETRACTED) else other,
        participation=Participation(("Seaton Housing", "Seaton School"), now.date()),
        made_at=now.replace(microsecond=0),
        not_after=(now + timedelta(minutes=10)).replace(microsecond=0),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def by_event(notices: Iterable[Notice]) -> dict[NoticeEvent, int]:
    """How many notices of each kind."""
    found: dict[NoticeEvent, int] = {}
    for notice in notices:
        found[notice.event] = found.get(notice.event, 0) + 1
    return found
