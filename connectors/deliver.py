"""STORY 3, deliver: what the gateway sent, into the agency's own systems.

    channel -> open -> ledger (what is owed to whom) -> sink -> receipt -> acknowledge

An alert is in the ledger before anything else happens to it: from then on the ledger owes it to the sinks, however long they are down, and
the gateway may forget it. Receipts and answers to statements come the same way and settle what this connector sent.
A parcel that cannot be opened or understood is kept, still sealed, with the reason; it never stops the next.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.alert_taking import OVER, take_alert
from connectors.channel.port import ChannelDown, ChannelRefused, ConnectorEnd, Parcel
from connectors.check_records import take_list
from connectors.handing_over import Handed, hand_over
from connectors.ledger.ledger import Ledger, Unit
from connectors.pauses import UNRECEIPTED, Pauses
from connectors.posting import Posted, post
from connectors.resync import take_reply
from connectors.sealing import Correspondence
from connectors.settling import settle
from connectors.sinks.port import Sink, SinkDown
from connectors.worklist import KeepsWorklist, worklist
from identity.agency.faults import EnvelopeFault, Expired
from identity.agency.references import References
from mappings.canonical.alert import Alert
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.envelope import Opened
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir.refusal import ProfileRefusal

_BATCH = 50


@dataclass(frozen=True, slots=True)
class Reception:
    """What delivering needs: whose ledger, who may write to us, where alerts go, the clock (aware, UTC), and when to send again what no
    receipt came for."""

    ledger: Ledger
    agency: AgencyId
    references: References
    correspondence: Correspondence
    sinks: Sequence[Sink]
    now: Callable[[], datetime]
    unreceipted: Pauses = UNRECEIPTED


@dataclass(slots=True)
class Delivered:
    """What one run did: parcels by what they were, alerts handed to sinks, and what stopped it."""

    parcels: Counter[str] = field(default_factory=Counter)
    handed: Handed = field(default_factory=Handed)
    posted: Posted = field(default_factory=Posted)
    problem: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether something went wrong that does not right itself."""
        return bool(self.problem or self.handed.problems or self.posted.problem or self.parcels["dead letter"])


@dataclass(frozen=True, slots=True, repr=False)
class _Read:
    """A parcel that was opened and understood."""

    parcel: Parcel
    opened: Opened
    alert: Alert | None = None


def deliver(reception: Reception, channel: ConnectorEnd, wait: float = 0.0) -> Delivered:
    """Take and treat everything that waits in the inbox, then hand over what is owed. Waits up to `wait` seconds for the first parcel.

    Never raises for the channel's or a sink's sake: what was not treated comes again.
    """
    done = Delivered()
    with reception.ledger.alone("delivering"):
        try:
            while parcels := channel.take(_BATCH, wait):
                wait = 0.0
                _treat(reception, parcels, done)
                _merge(done.handed, hand_over(reception.ledger, reception.sinks, reception.now))
                done.posted = _post(reception, channel)
                channel.acknowledge(parcels)
        except (ChannelDown, ChannelRefused) as problem:
            done.problem = str(problem)
        _merge(done.handed, hand_over(reception.ledger, reception.sinks, reception.now))
        _keep_worklists(reception, done)
    return done


def _post(reception: Reception, channel: ConnectorEnd) -> Posted:
    """The receipts of what was just taken, and what it asks us to state. Notices are sent between two deliveries: sending a long outbox
    again here would keep us from the very receipts that settle it."""
    unreceipted = reception.unreceipted
    return post(reception.ledger, reception.correspondence, channel, reception.now, unreceipted, notices=False)


def _treat(reception: Reception, parcels: Sequence[Parcel], done: Delivered) -> None:
    """All parcels of one batch in one transaction: retractions and endings before anything they take back could reach a sink."""
    now = reception.now()
    with reception.ledger.write() as unit:
        read = [item for parcel in parcels if (item := _open(reception, unit, parcel, done, now))]
        alerts = [item for item in read if item.alert]
        for item in read:
            if not item.alert:
                _take_answer(reception, unit, item, done, now)
        for item in sorted(alerts, key=_retractions_first):
            _take_alert(reception, unit, item, done, now)


def _retractions_first(item: _Read) -> tuple[bool, int]:
    assert item.alert is not None  # noqa: S101 - only alerts are sorted
    return item.alert.event not in OVER, item.alert.version


def _open(reception: Reception, unit: Unit, parcel: Parcel, done: Delivered, now: datetime) -> _Read | None:
    """The parcel's content where it is good; else it is dealt with here."""
    from mappings.fhir import alert_bundle

    try:
        opened = reception.correspondence.open(parcel.sealed, now)
    except Expired:
        # Never shown and not receipted: the gateway decides again and sends afresh.
        done.parcels["expired"] += 1
        return None
    except EnvelopeFault as fault:
        _keep(unit, parcel, fault.code, str(fault), done, now)
        return None
    if opened.header.kind is not MessageKind.ALERT:
        return _Read(parcel, opened)
    try:
        alert = alert_bundle.read(opened.body)
    except ProfileRefusal as refusal:
        _refuse(unit, opened, parcel, refusal.issues, done, now)
        return None
    if alert.recipient_agency != reception.agency or alert.id != opened.header.about:
        issue = Issue(
            "invalid", "misdirected", "Communication.recipient", "this alert is not for the agency of this connector"
        )
        _refuse(unit, opened, parcel, (issue,), done, now)
        return None
    if now >= alert.not_after:
        done.parcels["expired"] += 1
        return None
    return _Read(parcel, opened, alert)


def _take_alert(reception: Reception, unit: Unit, item: _Read, done: Delivered, now: datetime) -> None:
    assert item.alert is not None  # noqa: S101 - only alerts come here
    taken = take_alert(unit, item.alert, item.opened.body, [sink.name for sink in reception.sinks], now)
    _queue_receipt(unit, item.opened, item.parcel, ReceiptOutcome.ACCEPTED, (), now)
    done.parcels[f"alert, {taken.value}"] += 1


def _take_answer(reception: Reception, unit: Unit, item: _Read, done: Delivered, now: datetime) -> None:
    """A receipt, a reply to a statement, or a list of records to check. None is receipted."""
    from mappings.fhir import receipt_bundle
    from mappings.statement_json import read_reply

    header = item.opened.header
    try:
        if header.kind is MessageKind.RECEIPT:
            receipt = receipt_bundle.read(item.opened.body)
            settlement = settle(unit, reception.agency, receipt, header.issued_at, reception.now)
            done.parcels[f"receipt, {settlement.outcome.value}"] += 1
        elif header.kind is MessageKind.STATEMENT_REPLY:
            take_reply(unit, reception.references, read_reply(item.opened.body), now)
            done.parcels["statement reply"] += 1
        elif header.kind is MessageKind.CHECK_LIST:
            _take_check_list(reception, unit, item, done, now)
        else:
            _keep(
                unit,
                item.parcel,
                "unexpected-kind",
                "a gateway does not send this kind of message to a connector",
                done,
                now,
            )
    except ProfileRefusal as refusal:
        _keep(unit, item.parcel, "profile-refused", str(refusal), done, now)


def _take_check_list(reception: Reception, unit: Unit, item: _Read, done: Delivered, now: datetime) -> None:
    from mappings.check_list_json import read_check_list

    listed = read_check_list(item.opened.body)
    if listed.agency != reception.agency:
        _keep(unit, item.parcel, "misdirected", "this check list is not for the agency of this connector", done, now)
        return
    done.parcels["check list" if take_list(unit, listed) else "check list, older"] += 1


def _keep(unit: Unit, parcel: Parcel, code: str, reason: str, done: Delivered, now: datetime) -> None:
    unit.dead_letters.add(parcel.sealed, code, reason, now)
    done.parcels["dead letter"] += 1


def _refuse(
    unit: Unit, opened: Opened, parcel: Parcel, issues: Sequence[Issue], done: Delivered, now: datetime
) -> None:
    """A genuine alert that cannot be understood: kept, and the gateway is told why."""
    _keep(unit, parcel, issues[0].code, "; ".join(f"{issue.element}: {issue.text}" for issue in issues), done, now)
    _queue_receipt(unit, opened, parcel, ReceiptOutcome.REFUSED, issues, now)


def _queue_receipt(
    unit: Unit, opened: Opened, parcel: Parcel, outcome: ReceiptOutcome, issues: Sequence[Issue], now: datetime
) -> None:
    from mappings.fhir import receipt_bundle

    about = opened.header.about
    receipt = Receipt(about, hashlib.sha256(parcel.sealed).hexdigest(), outcome, tuple(issues))
    unit.outbox.add(MessageId(str(uuid.uuid4())), MessageKind.RECEIPT, about, receipt_bundle.write(receipt), now)


def _keep_worklists(reception: Reception, done: Delivered) -> None:
    keepers = [sink for sink in reception.sinks if isinstance(sink, KeepsWorklist)]
    if not keepers:
        return
    with reception.ledger.read() as unit:
        listed = worklist(unit, reception.now())
    for keeper in keepers:
        try:
            keeper.keep_worklist(listed)
        except SinkDown as problem:
            done.handed.problems["worklist"] = str(problem)


def _merge(whole: Handed, part: Handed) -> None:
    whole.delivered += part.delivered
    whole.problems |= part.problems
