"""What a test of a connector came to, in legs and in one sentence that says what to do. Pure rules over what is known of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.model.probe import Probe
from gateway.trust.standing import ago
from identity.agency.trust import Status
from mappings.canonical.codes import ReceiptOutcome


@dataclass(frozen=True, slots=True)
class Leg:
    """One step of the way: when it was done, and how many seconds after the one before."""

    name: str
    at: datetime
    seconds: float


def legs(probe: Probe) -> list[Leg]:
    """Those that were done, in order. The first, the asking, took no time."""
    found: list[Leg] = []
    for name, at in _instants(probe):
        if at is not None:
            since = found[-1].at if found else at
            # A clock that was set back in between makes no leg shorter than nothing.
            found.append(Leg(name, at, max(0.0, round((at - since).total_seconds(), 3))))
    return found


def total_seconds(probe: Probe) -> float | None:
    """From the asking to the last leg; None where the request never left."""
    done = legs(probe)
    return round(sum(leg.seconds for leg in done), 3) if len(done) > 1 else None


def sentence(probe: Probe, status: Status, last_seen: datetime | None, now: datetime) -> str:
    """What came of it, and where it did not go well, what to do."""
    if probe.outcome is ReceiptOutcome.ACCEPTED:
        receipt = "" if probe.receipted_at else "; its receipt has not left yet, look at the gateway's log"
        return f"accepted: a notice from {probe.connector} is taken in{receipt}"
    if probe.outcome is not None:
        return "refused: " + "; ".join(f"{issue.text} ({issue.code})" for issue in probe.issues)
    seconds = int((probe.expires_at - probe.asked_at).total_seconds())
    if status not in (Status.APPROVED, Status.LIVE):
        return f"no answer: the connector was {status} while it was tested"
    if probe.sent_at is None:
        return f"the gateway could not hand over the request within {seconds} s: {_why_unsent(probe)}"
    if last_seen is not None and last_seen >= probe.asked_at:
        return (
            f"no answer within {seconds} s, though the connector reaches the gateway: look at its log there, and here at "
            "patchwork dead-letter list"
        )
    seen = f"it was last seen {ago(now - last_seen)} ago" if last_seen else "it was never seen"
    return (
        f"no answer within {seconds} s: the connector is not running, cannot reach the gateway, or its clock is wrong; {seen}; "
        "at the agency: patchwork-connector check"
    )


def _why_unsent(probe: Probe) -> str:
    if probe.attempts:
        return "the channel to the connector is down or refused it; look at the gateway's log and at patchwork check"
    return "its relay is not at work; look at the gateway's log and at patchwork check"


def _instants(probe: Probe) -> Iterator[tuple[str, datetime | None]]:
    yield "asked", probe.asked_at
    yield "sent", probe.sent_at
    yield "answered", probe.received_at
    yield probe.outcome.value if probe.outcome else "decided", probe.decided_at
    yield "receipted", probe.receipted_at
