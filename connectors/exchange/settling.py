"""Receipts from the gateway: they settle the outbox, and show whether the ledger or the gateway was restored from a backup."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from connectors.exchange.pace import note_limit
from connectors.exchange.pauses import UNRECEIPTED
from connectors.exchange.resync import begin_again, queue_statements
from connectors.ledger.ledger import Unit
from connectors.ledger.outbox import Message
from connectors.ledger.positions import Seen
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a receipt did: the outcome, the row's kind (empty where it belongs to none), and whether somebody was restored."""

    outcome: ReceiptOutcome
    kind: str
    restored: str = ""


def settle(
    unit: Unit, agency: AgencyId, receipt: Receipt, issued_at: datetime, now: Callable[[], datetime]
) -> Settlement:
    """Settle the message the receipt is about. The same receipt again changes nothing."""
    message = _row(unit, receipt)
    if message and message.status != "settled":
        _settle_row(unit, message, receipt, now())
    old = _is_old(unit, receipt, message)
    restored = _restored(unit, receipt, issued_at, old)
    if restored == "ledger":
        begin_again(unit, agency, now())
    elif restored:
        queue_statements(unit, agency, now())
    if not old:
        _note(unit, receipt, issued_at, message)
    return Settlement(receipt.outcome, message.kind if message else "", restored)


def _row(unit: Unit, receipt: Receipt) -> Message | None:
    if receipt.about is not None:
        found = unit.outbox.get(receipt.about)
        if found:
            return found
    return unit.outbox.of_digest(receipt.digest)


def _settle_row(unit: Unit, message: Message, receipt: Receipt, now: datetime) -> None:
    match receipt.outcome:
        case ReceiptOutcome.ACCEPTED:
            unit.outbox.settle(message.id, now)
            if message.status == "refused" and message.involvement_ref:
                # The gateway's people looked at it again and let it in after all.
                unit.involvements.accept(message.involvement_ref)
            if message.sequence:
                unit.positions.note_accepted(message.sequence)
        case ReceiptOutcome.REFUSED if message.kind is MessageKind.TEST_NOTICE:
            # Whoever asked for the test is told why; there is nothing here to put right and send again.
            unit.outbox.settle(message.id, now)
        case ReceiptOutcome.REFUSED:
            unit.outbox.refuse(message.id, receipt.issues, now)
            # Only the newest notice says how the involvement stands with the gateway.
            if message.involvement_ref and unit.outbox.latest_of(message.involvement_ref) == message.id:
                unit.involvements.refuse(message.involvement_ref)
        case ReceiptOutcome.STALE:
            text = _why_again(receipt)
            for issue in receipt.issues:
                note_limit(unit, issue.code, now)
            pause = UNRECEIPTED.after(message.attempts) if message.attempts > 1 else UNRECEIPTED.after(1) / 60
            unit.outbox.postpone([message.id], now + pause, text)


def _why_again(receipt: Receipt) -> str:
    """In the gateway's own words where a limit was reached: then it is sent again later, and nothing is lost."""
    limit = next((issue for issue in receipt.issues if issue.code.startswith("limit-")), None)
    if limit is not None:
        return limit.text
    return (
        "the gateway found it too old or in the future; it is sealed again. If this repeats, check this machine's clock"
    )


def _is_old(unit: Unit, receipt: Receipt, message: Message | None) -> bool:
    """Whether this may be the first receipt of a message that later ones overtook: it waited at the gateway, and was sealed with a new date. It says
    what was accepted before its message, and from that message on nothing is missing that was known then. A gateway that was restored shows by
    whatever it is told next, which is later than all that was seen."""
    last, seen = receipt.last_accepted, unit.positions.seen
    if seen is None or message is None or message.sequence is None:
        return False
    if seen.gateway_incarnation and receipt.gateway_incarnation != seen.gateway_incarnation:
        return False
    return message.sequence <= seen.last_accepted and (last is None or last < message.sequence)


def _restored(unit: Unit, receipt: Receipt, issued_at: datetime, old: bool) -> str:
    """Who was restored from a backup, as far as this receipt shows: `ledger`, `gateway`, or empty."""
    last, seen = receipt.last_accepted, unit.positions.seen
    if last is None:
        return "gateway" if seen is not None and issued_at > seen.issued_at and not old else ""
    own = unit.positions.incarnation
    if last.incarnation > own or (last.incarnation == own and last.n > unit.positions.issued):
        return "ledger"
    if seen is None:
        return ""
    if seen.gateway_incarnation and receipt.gateway_incarnation != seen.gateway_incarnation:
        return "gateway"
    accepted = unit.positions.accepted
    went_back = accepted is not None and last < accepted and last < seen.last_accepted
    return "gateway" if issued_at > seen.issued_at and went_back and not old else ""


def _note(unit: Unit, receipt: Receipt, issued_at: datetime, message: Message | None) -> None:
    seen, last = unit.positions.seen, receipt.last_accepted
    if message and message.sequence and receipt.outcome is ReceiptOutcome.ACCEPTED:
        # The receipt says what was accepted before the message it is about; with that one it is more.
        last = max(last, message.sequence) if last else message.sequence
    if last is None:
        return
    if seen is None or last >= seen.last_accepted or issued_at > seen.issued_at:
        unit.positions.note_seen(Seen(last, issued_at, receipt.gateway_incarnation))
