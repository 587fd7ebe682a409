"""A parcel as far as it could be verified and read, before anything in it is believed. Needs no transaction; may run in parallel.

Verify, then parse, then believe: the envelope is opened and its signature checked first, the body is read next, and whether the sender may
say such a thing is decided only inside intake's transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.channel.port import Parcel
from identity.agency.envelope import Expectations, check_issued_at, open_envelope
from identity.agency.faults import EnvelopeFault, Stale
from identity.agency.key_ring import KeyRing, VerifyKeyDirectory
from mappings import access_json, answer_json, introduction_json, merge_json, shield_json, statement_json
from mappings.canonical.access import AccessAnswer
from mappings.canonical.codes import MessageKind
from mappings.canonical.envelope import EnvelopeHeader
from mappings.canonical.identifiers import KeyId
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.notice import Notice
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.record_merge import RecordMerge
from mappings.canonical.shield_request import ShieldRequest
from mappings.canonical.statement import Statement
from mappings.fhir import notice_bundle, receipt_bundle
from mappings.fhir.refusal import ProfileRefusal

WINDOW = timedelta(hours=72)
SKEW = timedelta(minutes=5)

NOT_PROVEN = Issue(
    "forbidden",
    "sender-not-proven",
    "",
    "the channel could not tell who sent this; a connector publishes under its own broker user and names it as user_id",
)
"""Every broker lets a message without a user id through, so this is where it is refused, before anything of it is opened."""


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What answers a test request: shaped as a notice, and of a type of its own, so that nothing can register it."""

    notice: Notice


Content = (
    Notice
    | RecordMerge
    | ShieldRequest
    | IntroductionRequest
    | PractitionerAnswer
    | AccessAnswer
    | ProbeAnswer
    | Receipt
    | Statement
)


@dataclass(frozen=True, slots=True)
class Letter:
    """Exactly one of `content` and `issues` is set. `header` and `key_id` are set once the signature held. `received_at` is when it is
    judged as of. `stale` asks the sender to seal the same content again."""

    parcel: Parcel
    digest: str
    received_at: datetime
    header: EnvelopeHeader | None = None
    key_id: KeyId | None = None
    content: Content | None = None
    issues: tuple[Issue, ...] = ()
    stale: bool = False


@dataclass(frozen=True, slots=True)
class LetterOpener:
    """`keys` are the gateway's decryption keys, current and retired."""

    keys: KeyRing
    expect: Expectations
    window: timedelta = WINDOW
    skew: timedelta = SKEW

    def open(self, parcel: Parcel, verify_keys: VerifyKeyDirectory, received_at: datetime) -> Letter:
        """What came, as far as it holds. Never raises for anything that the bytes can do."""
        digest = hashlib.sha256(parcel.sealed).hexdigest()
        if parcel.proving and parcel.sender is None:
            return Letter(parcel, digest, received_at, issues=(NOT_PROVEN,))
        try:
            opened = open_envelope(parcel.sealed, self.keys, verify_keys, self.expect, received_at)
        except EnvelopeFault as fault:
            return Letter(parcel, digest, received_at, issues=(Issue("security", fault.code, "", str(fault)),))
        key_id = KeyId(opened.key_id)
        try:
            check_issued_at(opened.header, received_at, self.window, self.skew)
            content = read_body(opened.header.kind, opened.body)
        except Stale as fault:
            issue = Issue("expired", fault.code, "", str(fault))
            return Letter(parcel, digest, received_at, opened.header, key_id, issues=(issue,), stale=True)
        except ProfileRefusal as refusal:
            return Letter(parcel, digest, received_at, opened.header, key_id, issues=refusal.issues)
        return Letter(parcel, digest, received_at, opened.header, key_id, content)


def read_body(kind: MessageKind, body: bytes) -> Content:
    """The verified body as what the header says it is. Raises `ProfileRefusal`."""
    if kind is MessageKind.NOTICE:
        return notice_bundle.read(body)
    if kind is MessageKind.TEST_NOTICE:
        return ProbeAnswer(notice_bundle.read(body))
    if kind is MessageKind.RECEIPT:
        return receipt_bundle.read(body)
    if kind is MessageKind.STATEMENT:
        return statement_json.read_statement(body)
    if kind is MessageKind.MERGE:
        return merge_json.read_merge(body)
    if kind is MessageKind.SHIELD:
        return shield_json.read_shield(body)
    if kind is MessageKind.ACCESS_ANSWER:
        return access_json.read_access_answer(body)
    if kind is MessageKind.INTRODUCTION_REQUEST:
        return introduction_json.read_request(body)
    if kind is MessageKind.ANSWER:
        return answer_json.read_answer(body)
    issue = Issue(
        "not-supported",
        "message-kind",
        "",
        "connectors send notices, merges, shields, requests to the introducer, answers, receipts, statements, test notices and answers about "
        "access; nothing else is taken here",
    )
    raise ProfileRefusal((issue,))
