"""The audit: what happened, as codes and references, in a chain that shows every later change of it.

`CATALOGUE` is the list of events and, for each, the only fields it may hold. An event with any other field is refused by `entry` before it
reaches the store, so that no name, number or token can stand in the audit. The chain itself is `gateway.audit_chain`.
"""

import re
from dataclasses import dataclass

from gateway.audit_chain import GENESIS, chain_hash
from gateway.model.audit_event import AuditFields
from gateway.ports import Store

MESSAGE = ("connector", "message", "digest")
PROOF = ("statement", "signature", "approved_by", "approval")

CATALOGUE: dict[str, tuple[str, ...]] = {
    "notice-accepted": (*MESSAGE, "agency", "event", "link", "possibles", "alerts"),
    "notice-repeated": MESSAGE,
    "notice-late": (*MESSAGE, "agency"),
    "message-repeated": MESSAGE,
    "receipt-not-believed": MESSAGE,
    "message-refused": (*MESSAGE, "reasons", "dead_letter"),
    "alert-sent": (
        "alert",
        "connection",
        "event",
        "agency",
        "about_agency",
        "rules",
        "agreement",
        "agreement_version",
        "attempt",
    ),
    "alert-lapsed": ("alert", "connection", "event", "agency", "rules"),
    "alert-settled": ("alert", "connector", "outcome"),
    "statement-answered": ("connector", "agency", "prefix", "send_again", "adopt", "told_again"),
    "review-case-opened": ("case", "reason", "first_agency", "second_agency", "due"),
    "review-case-changed": ("case", "version"),
    "review-case-closed": ("case", "why"),
    "review-case-overdue": ("case", "due"),
    "review-confirmed": ("case", "version", "moved", "alerts", *PROOF),
    "review-refused": ("case", "version", "moved", "alerts", *PROOF),
    "review-postponed": ("case", "version", "until", *PROOF),
    "review-case-exported": ("case", "version", *PROOF),
    "review-record-asked": ("case", "version", "agency", "fields", *PROOF),
    "check-list-sent": ("agency", "records", "unconfirmed"),
    "review-details-opened": ("case", "version", "as_kept", *PROOF),
    "record-unlinked": ("record", "link", "others", "told", "alerts", *PROOF),
    "record-relinked": ("record", "link", "others", "alerts", *PROOF),
    "sweep-finished": ("people", "alerts"),
    "involvement-expired": ("involvement", "agency", "alerts"),
    "involvement-erased": ("involvement", "agency", "record"),
    "record-erased": ("record",),
    "housekeeping-finished": (
        "expired",
        "alerts",
        "erased",
        "records_erased",
        "dead_letters",
        "answers",
        "parcels",
    ),
    "dead-letter-replayed": ("dead_letter", "outcome"),
    "operator-enrolled": ("operator", "roles", "key", "first", *PROOF),
    "agency-added": ("agency", *PROOF),
    "connector-added": ("connector", "agencies", "signing_key", "encryption_key", *PROOF),
    "connector-status": ("connector", "before", "after", *PROOF),
    "connector-limits": ("connector", "limits", *PROOF),
    "connector-off-boarded": ("connector", "involvements", "records", *PROOF),
    "trial-left": ("connector", "involvements", "records"),
    "proposal-made": ("proposal", "action", "until", *PROOF),
    "proposal-approved": ("proposal", "action", *PROOF),
    "proposal-rejected": ("proposal", "action", *PROOF),
    "agreement-added": ("agreement", "version", "alerts", *PROOF),
    "dead-letter-replay-asked": ("dead_letter", "statement", "signature"),
    "dead-letter-discarded": ("dead_letter", "digest", "statement", "signature"),
    "broker-drift": ("kind", "what", "mended"),
    "connector-test-asked": ("connector", "agency", "test", "until", "statement", "signature"),
    "connector-tested": (*MESSAGE, "agency", "outcome", "reasons"),
    "test-repeated": MESSAGE,
    "connector-invited": ("connector", "agencies", "invitation", "until", "statement", "signature"),
    "invitation-withdrawn": ("connector", "invitation", "statement", "signature"),
    "enrolment-requested": ("connector", "invitation", "signing_keys", "encryption_key", "tls_key"),
    "enrolment-refused": ("invitation", "reason"),
    "keys-rotated": ("connector", "signing_keys", "encryption_key", "tls_key"),
    "gateway-keys-begun": ("signing_key", "encryption_key"),
    "gateway-keys-rotated": ("signing_key", "encryption_key"),
    "secret-rotation-begun": ("secret", "before", "after"),
    "secret-rotated": ("secret", "before", "after"),
    "epoch-retired": ("epoch", "serial", "losing", *PROOF),
    "epoch-dropped": ("epoch",),
    "certificate-asked": ("connector", "tls_key"),
    "certificate-issued": ("connector", "serial", "tls_key", "until", "issuer"),
    "certificate-imported": ("connector", "serial", "tls_key", "until", "statement", "signature"),
    "places-protected": ("epoch", "digest", "places", *PROOF),
    "alarm-raised": ("alarm", "connector", "kind", "observed", "usual"),
    "alarm-acknowledged": ("alarm", "connector", "kind", "statement", "signature"),
    "epoch-relayed": ("connector", "epoch", "mode", "digest", "statement", "signature"),
}

SAFE_TEXT = re.compile(r"[A-Za-z0-9 ,:/._~+=-]{0,512}")


class FieldRefused(ValueError):
    """An event or field that is not in the catalogue, or text in it that is more than codes and references."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One event to be appended."""

    code: str
    actor: str
    fields: AuditFields


@dataclass(frozen=True, slots=True)
class Verification:
    """`broken_at` is the first event that does not fit (None: the whole chain holds), `problem` says in what way."""

    events: int
    head: str
    broken_at: int | None = None
    problem: str = ""


def entry(code: str, actor: str, **fields: str | int | bool) -> Entry:
    """An event of the catalogue. Raises `FieldRefused`."""
    allowed = CATALOGUE.get(code)
    if allowed is None:
        raise FieldRefused(f"the audit catalogue has no event '{code}'")
    for name, value in fields.items():
        if name not in allowed:
            raise FieldRefused(f"the audit event '{code}' may not hold a field '{name}'")
        if isinstance(value, str) and not SAFE_TEXT.fullmatch(value):
            raise FieldRefused(f"the field '{name}' of the audit event '{code}' holds more than codes and references")
    return Entry(code, actor, dict(fields))


def verify(store: Store, page: int = 2_000) -> Verification:
    """Walk the whole chain in bounded memory. Finds a changed, removed, inserted, reordered or cut-off event and says where."""
    previous, seq = GENESIS, 0
    with store.read() as uow:
        head_seq, head_hash = uow.audit.head()
        while events := uow.audit.events(seq, page):
            for event in events:
                if event.seq > head_seq:
                    break
                if event.seq != seq + 1:
                    return Verification(seq, previous, seq + 1, "an event is missing here")
                if event.previous != previous:
                    return Verification(seq, previous, event.seq, "this event does not follow the one before it")
                if chain_hash(previous, event.seq, event.at, event.code, event.actor, event.fields) != event.hash:
                    return Verification(seq, previous, event.seq, "this event was changed after it was written")
                previous, seq = event.hash, event.seq
            if events[-1].seq > head_seq:
                break
        beyond = uow.audit.events(head_seq, 1)
        # Read after the event: whatever was rightly written since has moved the head along with it.
        if beyond and beyond[0].seq > uow.audit.head()[0]:
            return Verification(seq, previous, beyond[0].seq, "this event was added past the end of the chain")
    if (seq, previous) != (head_seq, head_hash):
        return Verification(seq, previous, seq + 1, "events were cut off from the end of the chain")
    return Verification(seq, previous)
