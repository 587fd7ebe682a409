"""The audit: what happened, as codes and references, in a chain that shows every later change of it.

`CATALOGUE` is the list of events and, for each, the only fields it may hold. An event with any other field is refused by `entry` before it
reaches the store, so that no name, number or token can stand in the audit. Each event has a number too (`gateway.audit.event_ids`); which
fields are kept so that they can be erased is said by `gateway.audit.commitments`, and the chain itself is `gateway.audit.chain`.
"""

import re
from dataclasses import dataclass

from gateway.model.audit_event import AuditFields

MESSAGE = ("connector", "message", "digest")
PROOF = ("statement", "signature", "approved_by", "approval")

CATALOGUE: dict[str, tuple[str, ...]] = {
    "notice-accepted": (*MESSAGE, "agency", "event", "link", "possibles", "alerts"),
    "notice-repeated": MESSAGE,
    "notice-late": (*MESSAGE, "agency"),
    "merge-accepted": (*MESSAGE, "agency", "event", "outcome", "moved", "alerts"),
    "merge-late": (*MESSAGE, "agency"),
    "merge-carried-out": ("agency", "moved", "alerts"),
    "message-repeated": MESSAGE,
    "receipt-not-believed": MESSAGE,
    "message-refused": (*MESSAGE, "reasons", "dead_letter"),
    "alert-sent": (
        "alert",
        "connection",
        "event",
        "level",
        "agency",
        "about_agency",
        "rules",
        "agreement",
        "agreement_version",
        "decided_by",
        "rule_set",
        "attempt",
    ),
    "alert-lapsed": ("alert", "connection", "event", "agency", "rules", "decided_by", "rule_set"),
    "alert-settled": ("alert", "connection", "connector", "outcome"),
    "introduction-asked": (*MESSAGE, "agency", "connection", "outcome"),
    "introduction-passed-on": ("connection", "version", "alerts", *PROOF),
    "introduction-declined": ("connection", "version", *PROOF),
    "introduction-overdue": ("connection", "due", "asks"),
    "statement-answered": ("connector", "agency", "prefix", "send_again", "adopt", "told_again", "line", "differing"),
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
    "shield-placed": (*MESSAGE, "agency", "record", "shield", "alerts"),
    "shield-repeated": (*MESSAGE, "agency"),
    "shield-lapsed": ("shield", "alerts"),
    "shield-confirmed": ("shield", *PROOF),
    "shield-lifted": ("shield", "alerts", *PROOF),
    "shield-overridden": ("shield", "override", "alerts", *PROOF),
    "investigation-closed": ("override", *PROOF),
    "restriction-placed": ("restriction", "agency", "record", "alerts", *PROOF),
    "restriction-lifted": ("restriction", "alerts", *PROOF),
    "no-contact-lifted": ("no_contact", "pairs", "alerts", *PROOF),
    "answer-taken": (*MESSAGE, "agency", "connection", "alert", "said", "outcome", "alerts"),
    "answer-repeated": (*MESSAGE, "agency"),
    "answer-unmatched": (*MESSAGE, "agency", "why"),
    "answer-upheld": ("answer", "connection", "alerts", *PROOF),
    "answer-overruled": ("answer", "connection", "alerts", *PROOF),
    "sweep-finished": ("people", "alerts"),
    "involvement-expired": ("involvement", "agency", "alerts"),
    "involvement-erased": ("involvement", "agency", "whole"),
    "record-erased": ("record",),
    "housekeeping-finished": (
        "expired",
        "alerts",
        "erased",
        "records_erased",
        "dead_letters",
        "answers",
        "introductions",
        "parcels",
        "audit_erased",
        "disclosures",
        "champions",
    ),
    "dead-letter-replayed": ("dead_letter", "outcome"),
    "operator-enrolled": ("operator", "roles", "key", "first", *PROOF),
    "agency-added": ("agency", *PROOF),
    "rollout-planned": ("agency", "starts_on", "live_by", "changed", *PROOF),
    "rollout-dropped": ("agency", *PROOF),
    "rollout-champion-removed": ("agency",),
    "connector-added": ("connector", "agencies", "signing_key", "encryption_key", *PROOF),
    "connector-status": ("connector", "before", "after", *PROOF),
    "connector-limits": ("connector", "limits", *PROOF),
    "connector-off-boarded": ("connector", "involvements", "records", *PROOF),
    "trial-left": ("connector", "involvements", "records"),
    "proposal-made": ("proposal", "action", "until", *PROOF),
    "proposal-approved": ("proposal", "action", *PROOF),
    "proposal-rejected": ("proposal", "action", *PROOF),
    "access-opened": ("request", "on_behalf", "about_child", "proof", "due", *PROOF),
    "access-extended": ("request", "due", *PROOF),
    "access-searched": ("request", "sure", "to_check", "as_relative", "new", *PROOF),
    "access-asked": ("agency", "questions"),
    "access-answered": ("request", "item", "agency", "verdict", "ground", *PROOF),
    "access-answer-late": ("agency",),
    "access-decided": ("request", "item", "included", *PROOF),
    "access-exported": ("request", "records", "disclosures", *PROOF),
    "access-file-opened": ("request", "as_exported", "private", *PROOF),
    "access-released": ("request", "answer", "disclosures", "withheld", *PROOF),
    "access-closed": ("request", "answered", *PROOF),
    "agreement-added": ("agreement", "version", "alerts", *PROOF),
    "rules-set": ("version", "digest", "before", "rules", *PROOF),
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
    "audit-erased": ("events",),
    "audit-exported": ("form", "first", "last", "events", "references"),
    "checkpoint-told": ("told_on", "made_on", "checkpoint"),
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
