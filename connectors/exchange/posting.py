"""Sending what is in the outbox: claimed, sealed afresh, handed to the channel, and sent again until a receipt settles it.

The claim, with the digest of the sealed bytes, is on the disk before anything leaves: whatever dies in between, the row is tried again,
and a receipt that knows only the digest still finds it.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.channel.port import MAX_PARCEL_BYTES, ChannelDown, ChannelRefused, ConnectorEnd
from connectors.exchange.pace import Pace
from connectors.exchange.pauses import CHANNEL_DOWN, CHANNEL_REFUSED, UNRECEIPTED, Pauses
from connectors.exchange.sealing import Correspondence
from connectors.ledger.ledger import Ledger, Unit
from connectors.ledger.outbox import Message
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import MessageId
from mappings.canonical.receipt import Issue

USUAL = Pace()
_FEWEST, _MOST = 50, 1_000
_SOON = 2.0
"""Seconds within which what is claimed at once should have left: as many are claimed the next time."""
_REFUSALS_IN_A_ROW = 5
_TOO_BIG = Issue(
    "too-long",
    "oversized",
    "",
    "the notice is larger than a parcel may be; shorten its relations or names in the source",
)


@dataclass(slots=True)
class Posted:
    """What one run of sending did. `problem` says why it stopped early; `paced`: more is due, and waits for its turn."""

    sent: int = 0
    refused_here: int = 0
    paced: bool = False
    problem: str = ""


def together(all_posted: Iterable[Posted]) -> Posted:
    """What several runs did, as one. The first problem is told."""
    whole = Posted()
    for posted in all_posted:
        whole.sent += posted.sent
        whole.refused_here += posted.refused_here
        whole.paced = whole.paced or posted.paced
        whole.problem = whole.problem or posted.problem
    return whole


@dataclass(slots=True)
class _Bundle:
    """The sealed rows of one claim, and what became of them."""

    sealed: list[tuple[Message, bytes]] = field(default_factory=list)
    gone: list[Message] = field(default_factory=list)
    turned_away: list[tuple[Message, str]] = field(default_factory=list)
    kept: list[Message] = field(default_factory=list)
    problem: str = ""


def post(
    ledger: Ledger,
    correspondence: Correspondence,
    channel: ConnectorEnd,
    now: Callable[[], datetime],
    unreceipted: Pauses = UNRECEIPTED,
    *,
    notices: bool = True,
    pace: Pace = USUAL,
) -> Posted:
    """Send everything that is due, or all but `notices`; of these as many as `pace` has room for, and the rest later. Never raises for the
    channel's sake: what did not leave stays and is tried again later.

    Only what was due at the beginning: sending a long outbox may take longer than the pause for a receipt, and the receipts for what was
    sent first are only read when this has returned.
    """
    posted, begun, size = Posted(), now(), _FEWEST
    with ledger.read() as unit:
        waiting = unit.outbox.due_at(begun, notices=notices)
    while waiting and not posted.problem:
        with ledger.write() as unit:
            due = unit.outbox.at(waiting[:size], begun)
            claimed = _within(unit, pace, due, now())
            bundle, refused = _claim(unit, correspondence, claimed, now(), unreceipted)
            # Once there is no room for notices, what is left of them waits; all else still goes.
            posted.paced = posted.paced or len(claimed) < len(due)
            waiting = unit.outbox.due_at(begun, notices=False) if posted.paced else waiting[size:]
        posted.refused_here += refused
        handing_over = time.monotonic()
        _hand_over(channel, bundle)
        size = _next_size(size, time.monotonic() - handing_over)
        with ledger.write() as unit:
            _note(unit, bundle, now())
        posted.sent += len(bundle.gone)
        posted.problem = bundle.problem
    return posted


def _next_size(size: int, seconds: float) -> int:
    """How many to claim next: twice as many where these left soon, half where they did not. A claim is on the disk twice, so few large ones
    cost less; but another program on this ledger takes a claim that is a minute old for one whose program died."""
    return min(_MOST, size * 2) if seconds < _SOON else max(_FEWEST, size // 2)


def _within(unit: Unit, pace: Pace, due: Sequence[Message], now: datetime) -> list[Message]:
    """As many of the notices as there is room for, and everything else; the room is taken at once."""
    notices = [message for message in due if message.kind is MessageKind.NOTICE]
    if not notices:
        return list(due)
    room = pace.room(unit, now)
    late = {message.id for message in notices[room:]}
    if room:
        pace.note_sent(unit, min(room, len(notices)), now)
    return [message for message in due if message.id not in late]


def _claim(
    unit: Unit, correspondence: Correspondence, due: Sequence[Message], now: datetime, unreceipted: Pauses
) -> tuple[_Bundle, int]:
    bundle, refused = _Bundle(), 0
    attempts: list[tuple[MessageId, str, datetime]] = []
    for message, sealed in zip(due, _sealed(correspondence, due, now), strict=True):
        if sealed is None:
            unit.outbox.refuse(message.id, [_TOO_BIG], now)
            if message.involvement_ref:
                unit.involvements.refuse(message.involvement_ref)
            refused += 1
            continue
        attempts.append((message.id, hashlib.sha256(sealed).hexdigest(), now + unreceipted.after(message.attempts + 1)))
        bundle.sealed.append((message, sealed))
    unit.outbox.claim(attempts)
    return bundle, refused


def _sealed(correspondence: Correspondence, due: Sequence[Message], now: datetime) -> list[bytes | None]:
    """None for what no channel will carry."""
    bodies = [(message, message.body) for message in due if message.body is not None]
    made = correspondence.seal_all([(message.kind, message.about, body) for message, body in bodies], now)
    found = {
        message.id: sealed
        for (message, _), sealed in zip(bodies, made, strict=True)
        if sealed is not None and len(sealed) <= MAX_PARCEL_BYTES
    }
    return [found.get(message.id) for message in due]


def _hand_over(channel: ConnectorEnd, bundle: _Bundle) -> None:
    for message, sealed in bundle.sealed:
        if bundle.problem:
            bundle.kept.append(message)
            continue
        try:
            channel.send(sealed)
        except ChannelDown as problem:
            bundle.problem = str(problem)
            bundle.kept.append(message)
        except ChannelRefused as problem:
            bundle.turned_away.append((message, str(problem)))
            if len(bundle.turned_away) >= _REFUSALS_IN_A_ROW and not bundle.gone:
                bundle.problem = str(problem)
        else:
            bundle.gone.append(message)


def _note(unit: Unit, bundle: _Bundle, now: datetime) -> None:
    unit.outbox.sent(bundle.gone)
    for message, problem in bundle.turned_away:
        unit.outbox.postpone([message.id], now + CHANNEL_REFUSED.after(message.attempts + 1), problem)
    for message in bundle.kept:
        # A receipt may have overtaken us: `postpone` leaves settled rows alone.
        unit.outbox.postpone([message.id], now + CHANNEL_DOWN.after(message.attempts + 1), bundle.problem)
