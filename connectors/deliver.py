"""STORY 3, deliver: what the gateway sent, into the agency's own systems.

    channel -> open -> whose? -> ledger (what is owed to whom) -> sink -> receipt -> acknowledge

An alert is in the ledger before anything else happens to it: from then on the ledger owes it to the sinks, however long they are down, and
the gateway may forget it. Receipts and answers to statements come the same way and settle what this connector sent. So do requests for a
test, which are answered at once (`connectors.probing.answering`).
A parcel that cannot be opened or understood is kept, still sealed, with the reason; it never stops the next.

What the gateway tells of its audit beside them is kept, and never a reason to refuse anything (`connectors.ledger.witnesses`).

A connector may serve several agencies out of one inbox. Each has a ledger of its own, and nothing is acknowledged before every ledger that is
concerned has what is its: whatever dies in between, all of it comes again, and a ledger that had its part already takes it for a repetition.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from connectors.alerts.access_requests import take_access_list
from connectors.alerts.care_teams import CareTeamKeeping, KeepsCareTeams
from connectors.alerts.digest_policy import DigestPolicy
from connectors.alerts.handing_over import Handed, hand_over
from connectors.alerts.taking import OVER, take_alert
from connectors.alerts.worklist import KeepsWorklist, worklist
from connectors.answers.picking_up import pick_up
from connectors.channel.port import ChannelDown, ChannelRefused, ConnectorEnd, Parcel
from connectors.exchange.pauses import UNRECEIPTED, Pauses
from connectors.exchange.posting import Posted, post, together
from connectors.exchange.resync import take_reply
from connectors.exchange.sealing import Correspondence
from connectors.exchange.settling import settle
from connectors.exchange.sorting import Piece, sort
from connectors.ledger.ledger import Ledger, Unit
from connectors.probing.answering import CannotAnswer, DeskOf, answer
from connectors.reading.check_records import take_list
from connectors.sinks.port import Sink, SinkDown
from identity.agency.references import References
from mappings.canonical.access import AccessList
from mappings.canonical.alert import Alert
from mappings.canonical.check_list import CheckList
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.probe import ProbeRequest
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.statement import StatementReply

_BATCH = 50


@dataclass(frozen=True, slots=True)
class Reception:
    """What delivering needs for one agency: its ledger, who may write to us, where alerts go, the clock (aware, UTC), and when to send again
    what no receipt came for. `desk` makes the notices that answer tests; without it they are refused. `digests` says by a sink's name when first
    alerts are collected."""

    ledger: Ledger
    agency: AgencyId
    references: References
    correspondence: Correspondence
    sinks: Sequence[Sink]
    now: Callable[[], datetime]
    unreceipted: Pauses = UNRECEIPTED
    desk: DeskOf | None = None
    digests: Mapping[str, DigestPolicy] = field(default_factory=dict)
    care_teams: CareTeamKeeping = field(default_factory=CareTeamKeeping)


@dataclass(slots=True)
class Delivered:
    """What one run did: parcels by what they were, alerts handed to each agency's sinks, what each sent in answer, and what stopped it.
    `answers` counts what practitioners put down beside their alerts: taken, rejected. `refused` says why, for the log: the agency, the sink, and a
    sentence that names nobody. `doubts`: what is new and wrong with what the gateway tells of its audit."""

    parcels: Counter[str] = field(default_factory=Counter)
    handed: dict[AgencyId, Handed] = field(default_factory=dict)
    posted: dict[AgencyId, Posted] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[AgencyId, str, str]] = field(default_factory=list)
    doubts: list[tuple[AgencyId, str]] = field(default_factory=list)
    problem: str = ""

    @property
    def needs_a_person(self) -> bool:
        """Whether something went wrong that does not right itself."""
        at_an_agency = any(each.problems for each in self.handed.values()) or any(
            each.problem for each in self.posted.values()
        )
        return bool(self.problem or at_an_agency or self.doubts or self.parcels["dead letter"])


def deliver(receptions: Sequence[Reception], channel: ConnectorEnd, wait: float = 0.0) -> Delivered:
    """Take and treat everything that waits in the inbox of these agencies, then hand over what is owed. Waits up to `wait` seconds for the
    first parcel.

    Never raises for the channel's or a sink's sake: what was not treated comes again.
    """
    done = Delivered(handed={each.agency: Handed() for each in receptions})
    with _alone(receptions):
        try:
            while parcels := channel.take(_BATCH, wait):
                wait = 0.0
                _treat(receptions, parcels, done)
                _hand_over(receptions, done)
                done.posted = {each.agency: _post(each, channel) for each in receptions}
                channel.acknowledge(parcels)
        except (ChannelDown, ChannelRefused) as problem:
            done.problem = str(problem)
        _take_answers(receptions, channel, done)
        _hand_over(receptions, done)
        for reception in receptions:
            _keep_pictures(reception, done)
    return done


@contextmanager
def _alone(receptions: Sequence[Reception]) -> Iterator[None]:
    """Nobody else delivers for any of them. Always taken in the same order, so that no two programs wait for each other."""
    with ExitStack() as locks:
        for reception in sorted(receptions, key=lambda each: each.ledger.path):
            locks.enter_context(reception.ledger.alone("delivering"))
        yield


def _take_answers(receptions: Sequence[Reception], channel: ConnectorEnd, done: Delivered) -> None:
    """What practitioners answered since, before what it re-routes is handed over. Sent at once: one side may be speaking of somebody else."""
    for reception in receptions:
        if reception.desk is None:
            continue
        picked = pick_up(reception.desk, reception.sinks)
        done.answers += picked.counts
        done.refused += [(reception.agency, sink, why) for sink, why in picked.refused]
        done.handed[reception.agency].problems.update(picked.problems)
        if picked.counts["taken"] and not done.problem:
            done.posted[reception.agency] = together([*_posted_so_far(reception, done), _post(reception, channel)])


def _posted_so_far(reception: Reception, done: Delivered) -> list[Posted]:
    return [done.posted[reception.agency]] if reception.agency in done.posted else []


def _hand_over(receptions: Sequence[Reception], done: Delivered) -> None:
    for reception in receptions:
        _merge(
            done.handed[reception.agency],
            hand_over(reception.ledger, reception.sinks, reception.now, reception.digests),
        )


def _post(reception: Reception, channel: ConnectorEnd) -> Posted:
    """The receipts of what was just taken, and what it asks us to state. Notices are sent between two deliveries: sending a long outbox
    again here would keep us from the very receipts that settle it."""
    unreceipted = reception.unreceipted
    return post(reception.ledger, reception.correspondence, channel, reception.now, unreceipted, notices=False)


def _treat(receptions: Sequence[Reception], parcels: Sequence[Parcel], done: Delivered) -> None:
    """All of one batch, in one transaction for each ledger that is concerned, before anything of it could reach a sink."""
    # What opens a parcel is the connector's, so any agency's correspondence does.
    correspondence, now = receptions[0].correspondence, receptions[0].now()
    pieces = sort(correspondence, parcels, {each.agency: each.ledger for each in receptions}, now)
    for piece in pieces.get(None, []):
        done.parcels["expired" if piece.expired else "receipt, not ours"] += 1
    for reception in receptions:
        if reception.agency in pieces:
            _take_in(reception, pieces[reception.agency], done, now)


def _take_in(reception: Reception, pieces: Sequence[Piece], done: Delivered, now: datetime) -> None:
    """What is one agency's, in one transaction: retractions and endings before anything they take back could reach a sink."""
    with reception.ledger.write() as unit:
        alerts: list[tuple[Piece, Alert]] = []
        for piece in pieces:
            _note_checkpoint(reception, unit, piece, done, now)
            if piece.expired:
                # Never shown and not receipted: the gateway decides again and sends afresh.
                done.parcels["expired"] += 1
            elif isinstance(piece.content, Alert):
                alerts.append((piece, piece.content))
            elif piece.code:
                _keep(unit, piece, done, now)
            else:
                _take_answer(reception, unit, piece, done, now)
        for piece, alert in sorted(alerts, key=_retractions_first):
            _take_alert(reception, unit, piece, alert, done, now)


def _note_checkpoint(reception: Reception, unit: Unit, piece: Piece, done: Delivered, now: datetime) -> None:
    """Be a witness of the gateway's audit: keep which checkpoint it tells of on the day on which it spoke."""
    header = piece.opened.header if piece.opened else None
    if header is None or header.checkpoint is None:
        return
    told_on = header.issued_at.date()
    if unit.witnesses.note(told_on, header.checkpoint, now.date()):
        found = unit.witnesses.findings()
        done.doubts += [(reception.agency, each.text) for each in found if each.told_on == told_on]


def _retractions_first(item: tuple[Piece, Alert]) -> tuple[bool, int]:
    return item[1].event not in OVER, item[1].version


def _take_alert(reception: Reception, unit: Unit, piece: Piece, alert: Alert, done: Delivered, now: datetime) -> None:
    assert piece.opened is not None  # noqa: S101 - an alert was opened
    taken = take_alert(unit, alert, piece.opened.body, [sink.name for sink in reception.sinks], now)
    _queue_receipt(unit, piece, ReceiptOutcome.ACCEPTED, (), now)
    done.parcels[f"alert, {taken.value}"] += 1


def _take_answer(reception: Reception, unit: Unit, piece: Piece, done: Delivered, now: datetime) -> None:
    """A receipt, a reply to a statement, a request for a test, or a list. None is receipted."""
    if isinstance(piece.content, Receipt) and piece.opened is not None:
        issued_at = piece.opened.header.issued_at
        settlement = settle(unit, reception.agency, piece.content, issued_at, reception.now)
        done.parcels[f"receipt, {settlement.outcome.value}"] += 1
    elif isinstance(piece.content, StatementReply):
        take_reply(unit, reception.references, piece.content, now)
        done.parcels["statement reply"] += 1
        for each in piece.content.differing:
            done.parcels[f"service line that differs from the gateway's, {each.service.value}"] += 1
    elif isinstance(piece.content, ProbeRequest):
        _take_test(reception, unit, piece, piece.content, done, now)
    elif isinstance(piece.content, CheckList):
        done.parcels["check list" if take_list(unit, piece.content) else "check list, older"] += 1
    elif isinstance(piece.content, AccessList):
        done.parcels["access list" if take_access_list(unit, piece.content) else "access list, older"] += 1


def _take_test(
    reception: Reception, unit: Unit, piece: Piece, request: ProbeRequest, done: Delivered, now: datetime
) -> None:
    """Answered by a test notice; where none can be made, by a receipt that says why."""
    assert piece.opened is not None  # noqa: S101 - a request was opened
    try:
        answered = answer(unit, reception.desk, reception.agency, request, piece.opened.header.about, now)
    except CannotAnswer as problem:
        _queue_receipt(unit, piece, ReceiptOutcome.REFUSED, (problem.issue,), now)
        done.parcels["test request, not answered"] += 1
    else:
        done.parcels["test request, answered" if answered else "test request, repeated"] += 1


def _keep(unit: Unit, piece: Piece, done: Delivered, now: datetime) -> None:
    """Kept as it came. Of a genuine alert that cannot be used the gateway is told why."""
    unit.dead_letters.add(piece.parcel.sealed, piece.code, piece.reason, now)
    done.parcels["dead letter"] += 1
    if piece.issues:
        _queue_receipt(unit, piece, ReceiptOutcome.REFUSED, piece.issues, now)


def _queue_receipt(unit: Unit, piece: Piece, outcome: ReceiptOutcome, issues: Sequence[Issue], now: datetime) -> None:
    from mappings.fhir import receipt_bundle

    assert piece.opened is not None  # noqa: S101 - only what was opened is receipted
    about = piece.opened.header.about
    receipt = Receipt(about, hashlib.sha256(piece.parcel.sealed).hexdigest(), outcome, tuple(issues))
    unit.outbox.add(MessageId(str(uuid.uuid4())), MessageKind.RECEIPT, about, receipt_bundle.write(receipt), now)


def _keep_pictures(reception: Reception, done: Delivered) -> None:
    """The worklist, and the care teams: what holds now, where alerts are events."""
    worklists = [sink for sink in reception.sinks if isinstance(sink, KeepsWorklist)]
    teams = [sink for sink in reception.sinks if isinstance(sink, KeepsCareTeams) and sink.keeps_care_teams]
    if not worklists and not teams:
        return
    now, problems = reception.now(), done.handed[reception.agency].problems
    with reception.ledger.read() as unit:
        listed = worklist(unit, now)
    for keeper in worklists:
        try:
            keeper.keep_worklist(listed)
        except SinkDown as problem:
            problems["worklist"] = str(problem)
    for sink in teams:
        if said := reception.care_teams.keep(reception.ledger, sink, listed, now):
            problems.setdefault(sink.name, said)


def _merge(whole: Handed, part: Handed) -> None:
    whole.delivered += part.delivered
    whole.problems |= part.problems
