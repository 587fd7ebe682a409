"""An honest connector in a few lines: seals notices as a real one does, opens what comes back, and keeps what it was told.

No source, no ledger: what tests and the bench want to say stands in the call. The hostile ones are in `gateway.bench.hostile`.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import date

from connectors.channel.port import ConnectorEnd, Parcel
from gateway.ports import Clock
from identity.agency.envelope import Expectations, open_envelope, seal
from identity.agency.key_ring import KeyRing, directory_of
from identity.agency.keys import PrivateKeys, PublicKeys
from identity.agency.references import References
from identity.person.ports import Tokeniser
from identity.person.standardise import standardise
from mappings import statement_json
from mappings.access_json import read_access_list, write_access_answer
from mappings.answer_json import write_answer
from mappings.canonical.access import AccessAnswer, AccessList, AccessVerdict, ExemptionGround
from mappings.canonical.alert import Alert
from mappings.canonical.check_list import CheckList
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    AnswerCode,
    Informed,
    LegalBasis,
    MergeEvent,
    MessageKind,
    Mode,
    NoticeEvent,
    ReceiptOutcome,
    Sensitivity,
    ServiceLine,
)
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader, Opened
from mappings.canonical.identifiers import (
    AgencyId,
    AgreementId,
    ConnectorId,
    GatewayId,
    InvolvementRef,
    MessageId,
    PartnershipId,
)
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, Sequence, Worker
from mappings.canonical.person import Person
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.receipt import Receipt
from mappings.canonical.record_merge import RecordMerge
from mappings.canonical.shield_request import ShieldRequest
from mappings.canonical.statement import Statement, StatementReply
from mappings.canonical.witness import ToldCheckpoint
from mappings.check_list_json import read_check_list
from mappings.fhir import alert_bundle, notice_bundle, receipt_bundle
from mappings.introduction_json import write_request
from mappings.merge_json import write_merge
from mappings.shield_json import write_shield


@dataclass(frozen=True, slots=True)
class Place:
    """Where a counterpart speaks: the partnership's names, the gateway's public keys, and the agreement it acts under."""

    partnership: PartnershipId
    mode: Mode
    home: GatewayId
    gateway: PublicKeys
    agreement: AgreementId
    agreement_version: int = 1


@dataclass(slots=True)
class Counterpart:
    """Speaks for one agency. `told` is what it was told: connection id -> latest showing alert; closed ones are gone from it. `tests` are
    the requests for test notices so far, `witnessed` what each of the gateway's replies told of its audit, and on which day."""

    id: ConnectorId
    agency: AgencyId
    keys: PrivateKeys
    references: References
    tokeniser: Tokeniser
    place: Place
    end: ConnectorEnd
    clock: Clock
    incarnation: str = "20260101T000000Z-00000001"
    n: int = 0
    told: dict[MessageId, Alert] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    replies: list[StatementReply] = field(default_factory=list)
    tests: list[MessageId] = field(default_factory=list)
    check_lists: list[CheckList] = field(default_factory=list)
    access_lists: list[AccessList] = field(default_factory=list)
    applied: dict[MessageId, int] = field(default_factory=dict)
    witnessed: list[tuple[date, ToldCheckpoint | None]] = field(default_factory=list)

    def notice(
        self, person: Person, involvement: str = "", event: NoticeEvent = NoticeEvent.STARTED, **changes: object
    ) -> Notice:
        """The next notice about an involvement with this person (its local id defaults to the person's)."""
        self.n += 1
        today = self.clock.now().date()
        made = Notice(
            id=MessageId(str(uuid.uuid4())),
            event=event,
            sequence=Sequence(self.incarnation, self.n),
            home_gateway=self.place.home,
            agency=self.agency,
            person_ref=self.references.person(person.local_id),
            involvement_ref=self.references.involvement(involvement or person.local_id),
            evidence=tuple(self.tokeniser.evidence([standardise(person)])),
            service=ServiceLine.OTHER,
            sensitivity=Sensitivity.STANDARD,
            worker=Worker(f"Worker of {self.id}", "Worker", "Team", Contact("01632 960000", f"team@{self.id}.example")),
            age_band=AgeBand.CHILD,
            age_band_until=date(today.year + 5, 1, 1),
            start=date(2026, 1, 5),
            end=today if event is NoticeEvent.ENDED else None,
            confirmed=today,
            legal_basis=LegalBasis.CHILDREN_ACT_2004_S10,
            informed=Informed.BY_NOTICE,
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def say(self, notice: Notice) -> bytes:
        """Seal and send a notice. Returns the sealed bytes, for whoever wants to send them again."""
        return self.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice))

    def merge(self, superseded: str, surviving: str, event: MergeEvent = MergeEvent.MERGED, **changes: object) -> bytes:
        """Seal and send that the client of one local id is the client of another, or is not after all."""
        self.n += 1
        made = RecordMerge(
            MessageId(str(uuid.uuid4())),
            event,
            Sequence(self.incarnation, self.n),
            self.agency,
            self.references.person(superseded),
            self.references.person(surviving),
        )
        told = replace(made, **changes)  # type: ignore[arg-type]
        return self.post(MessageKind.MERGE, told.id, write_merge(told))

    def shield(self, person: str, **changes: object) -> bytes:
        """Seal and send a request to shield the client of a local id."""
        self.n += 1
        made = ShieldRequest(
            MessageId(str(uuid.uuid4())),
            Sequence(self.incarnation, self.n),
            self.agency,
            self.references.person(person),
            self.clock.now().replace(microsecond=0),
        )
        asked = replace(made, **changes)  # type: ignore[arg-type]
        return self.post(MessageKind.SHIELD, asked.id, write_shield(asked))

    def ask(self, connection: MessageId, involvement: InvolvementRef) -> bytes:
        """Seal and send a request to the introducer about one connection."""
        self.n += 1
        id = MessageId(str(uuid.uuid4()))
        request = IntroductionRequest(id, Sequence(self.incarnation, self.n), self.agency, connection, involvement)
        return self.post(MessageKind.INTRODUCTION_REQUEST, id, write_request(request))

    def answer_alert(self, alert: Alert, said: AnswerCode, **changes: object) -> bytes:
        """Seal and send what a practitioner says came of an alert."""
        self.n += 1
        made = PractitionerAnswer(
            MessageId(str(uuid.uuid4())),
            Sequence(self.incarnation, self.n),
            self.agency,
            alert.connection,
            alert.recipient_involvement,
            alert.id,
            alert.version,
            said,
            self.clock.now().date(),
        )
        answered = replace(made, **changes)  # type: ignore[arg-type]
        return self.post(MessageKind.ANSWER, answered.id, write_answer(answered))

    def answer(self, test: MessageId, person: Person, **changes: object) -> bytes:
        """Seal and send what answers a test: a notice of its id. Returns the sealed bytes."""
        notice = replace(self.notice(person), id=test, **changes)  # type: ignore[arg-type]
        return self.post(MessageKind.TEST_NOTICE, test, notice_bundle.write(notice))

    def answer_access(
        self, question: MessageId, verdict: AccessVerdict, ground: ExemptionGround | None = None
    ) -> bytes:
        """Seal and send whether a record of ours may be shown to the person who asks."""
        made = AccessAnswer(MessageId(str(uuid.uuid4())), self.agency, question, verdict, ground)
        return self.post(MessageKind.ACCESS_ANSWER, made.id, write_access_answer(made))

    def state(self, statement: Statement) -> bytes:
        """Seal and send a standing statement."""
        return self.post(MessageKind.STATEMENT, statement.id, statement_json.write_statement(statement))

    def post(self, kind: MessageKind, about: MessageId, body: bytes, **header: object) -> bytes:
        """Seal and send any body, with header items changed where asked."""
        sealed = self.seal(kind, about, body, **header)
        self.end.send(sealed)
        return sealed

    def seal(self, kind: MessageKind, about: MessageId, body: bytes, **header: object) -> bytes:
        """The sealed bytes of any body."""
        made = EnvelopeHeader(
            kind=kind,
            message=MessageId(str(uuid.uuid4())),
            about=about,
            sender=self.id.value,
            destination=GATEWAY,
            partnership=self.place.partnership,
            mode=self.place.mode,
            issued_at=self.clock.now().replace(microsecond=0),
            agreement=self.place.agreement,
            agreement_version=self.place.agreement_version,
        )
        return seal(replace(made, **header), body, self.keys.signing, self.place.gateway.encryption)  # type: ignore[arg-type]

    def listen(self, receipt_alerts: bool = True) -> int:
        """Take everything from the inbox, apply it and acknowledge it. Returns how many messages there were."""
        count = 0
        while parcels := self.end.take(50, 0.0):
            for parcel in parcels:
                self.hear(parcel, receipt_alerts)
            self.end.acknowledge(parcels)
            count += len(parcels)
        return count

    def open(self, sealed: bytes) -> Opened:
        """Open something from the gateway. Raises `EnvelopeFault`."""
        expect = Expectations(self.id.value, self.place.partnership, self.place.mode, sender=GATEWAY)
        ring = KeyRing([self.keys.decryption])
        return open_envelope(sealed, ring, directory_of(self.place.gateway.signing), expect, self.clock.now())

    def outcomes(self) -> list[ReceiptOutcome]:
        """The outcome of every receipt so far, in order."""
        return [receipt.outcome for receipt in self.receipts]

    def events(self) -> list[AlertEvent]:
        """The event of every alert so far, in order."""
        return [alert.event for alert in self.alerts]

    def hear(self, parcel: Parcel, receipt_alerts: bool = True) -> Alert | None:
        """Open and apply one parcel from the inbox. Returns the alert, where it is one; it is receipted unless told otherwise."""
        opened = self.open(parcel.sealed)
        if opened.header.kind not in (MessageKind.ALERT, MessageKind.TEST_REQUEST):
            self.witnessed.append((opened.header.issued_at.date(), opened.header.checkpoint))
        if opened.header.kind is MessageKind.RECEIPT:
            self.receipts.append(receipt_bundle.read(opened.body))
            return None
        if opened.header.kind is MessageKind.STATEMENT_REPLY:
            self.replies.append(statement_json.read_reply(opened.body))
            return None
        if opened.header.kind is MessageKind.TEST_REQUEST:
            self.tests.append(opened.header.about)
            return None
        if opened.header.kind is MessageKind.ACCESS_LIST:
            self.access_lists.append(read_access_list(opened.body))
            return None
        if opened.header.kind is MessageKind.CHECK_LIST:
            self.check_lists.append(read_check_list(opened.body))
            return None
        alert = alert_bundle.read(opened.body)
        self._apply(alert)
        if receipt_alerts:
            receipt = Receipt(opened.header.about, "0" * 64, ReceiptOutcome.ACCEPTED)
            self.post(MessageKind.RECEIPT, opened.header.about, receipt_bundle.write(receipt))
        return alert

    def _apply(self, alert: Alert) -> None:
        self.alerts.append(alert)
        if alert.version <= self.applied.get(alert.connection, 0):
            return
        self.applied[alert.connection] = alert.version
        if alert.event in (AlertEvent.MADE, AlertEvent.CHANGED):
            self.told[alert.connection] = alert
        else:
            self.told.pop(alert.connection, None)
