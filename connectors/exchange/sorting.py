"""What came in one batch, opened once, and to which of the connector's agencies each piece belongs.

* An alert belongs to the agency that it names.
* A receipt belongs to the agency whose ledger sent what it is about. Where no ledger knows that (one was restored), to the ledger that counts
  under the incarnation it speaks of; failing that, to the only one there is, and else to none.
* An answer to a statement names its agency; from another agency's ledger nothing is settled by it.
* A list of records to check, or of what somebody may see, belongs to the agency that it names; where that is none of these, the first agency
  keeps it, as it came.
* A request for a test belongs to the agency that it names; where that is none of these, the first agency says so.
* What cannot be opened or used belongs to nobody that could be told: the first agency's ledger keeps it, as it came, still sealed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.channel.port import Parcel
from connectors.exchange.sealing import Correspondence
from connectors.ledger.ledger import Ledger
from identity.agency.faults import EnvelopeFault, Expired
from mappings.canonical.access import AccessList
from mappings.canonical.alert import Alert
from mappings.canonical.check_list import CheckList
from mappings.canonical.codes import MessageKind
from mappings.canonical.envelope import Opened
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.probe import ProbeRequest
from mappings.canonical.receipt import Issue, Receipt
from mappings.canonical.statement import StatementReply
from mappings.fhir.refusal import ProfileRefusal


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """A parcel, as far as it could be used. `code` and `reason` say why it could not, `issues` what the gateway is told of that; `expired`:
    it is too late to show it, and the gateway decides again."""

    parcel: Parcel
    opened: Opened | None = None
    content: Alert | Receipt | StatementReply | ProbeRequest | CheckList | AccessList | None = None
    code: str = ""
    reason: str = ""
    issues: tuple[Issue, ...] = ()
    expired: bool = False


Ledgers = Mapping[AgencyId, Ledger]


def sort(
    correspondence: Correspondence, parcels: Iterable[Parcel], ledgers: Ledgers, now: datetime
) -> dict[AgencyId | None, list[Piece]]:
    """Every parcel opened once, by the agency whose ledger treats it, in the order they came; under None those that change nothing anywhere.
    Never raises for anything that is inside."""
    sorted_: dict[AgencyId | None, list[Piece]] = {}
    for parcel in parcels:
        piece = _open(correspondence, parcel, ledgers, now)
        sorted_.setdefault(_agency_of(piece, ledgers), []).append(piece)
    return sorted_


def _open(correspondence: Correspondence, parcel: Parcel, ledgers: Ledgers, now: datetime) -> Piece:
    try:
        opened = correspondence.open(parcel.sealed, now)
    except Expired:
        return Piece(parcel, expired=True)
    except EnvelopeFault as fault:
        return Piece(parcel, code=fault.code, reason=str(fault))
    if opened.header.kind is MessageKind.ALERT:
        return _alert(parcel, opened, ledgers, now)
    return _answer(parcel, opened, ledgers)


def _agency_of(piece: Piece, ledgers: Ledgers) -> AgencyId | None:
    match piece.content:
        case Alert():
            return piece.content.recipient_agency
        case StatementReply() | CheckList() | AccessList():
            return piece.content.agency
        case Receipt():
            return _receipted(piece.content, ledgers)
        case ProbeRequest() if piece.content.agency in ledgers:
            return piece.content.agency
    return None if piece.expired else next(iter(ledgers))


def _receipted(receipt: Receipt, ledgers: Ledgers) -> AgencyId | None:
    """Whose message a receipt is about; None where that cannot be told: it would say of one ledger what is true of another."""
    sender = _that_sent(receipt.about, receipt.digest, ledgers)
    if sender is not None:
        return sender
    for agency, ledger in ledgers.items():
        with ledger.read() as unit:
            own = unit.positions.incarnation
        if receipt.last_accepted is not None and receipt.last_accepted.incarnation == own:
            return agency
    return next(iter(ledgers)) if len(ledgers) == 1 else None


def _that_sent(about: MessageId | None, digest: str, ledgers: Ledgers) -> AgencyId | None:
    for agency, ledger in ledgers.items():
        with ledger.read() as unit:
            if (about is not None and unit.outbox.get(about)) or unit.outbox.of_digest(digest):
                return agency
    return None


def _alert(parcel: Parcel, opened: Opened, ledgers: Ledgers, now: datetime) -> Piece:
    from mappings.fhir import alert_bundle

    try:
        alert = alert_bundle.read(opened.body)
    except ProfileRefusal as refusal:
        return _refused(parcel, opened, refusal.issues)
    if alert.recipient_agency not in ledgers or alert.id != opened.header.about:
        text = "this alert is not for an agency of this connector"
        return _refused(parcel, opened, (Issue("invalid", "misdirected", "Communication.recipient", text),))
    return Piece(parcel, opened, alert, expired=now >= alert.not_after)


def _refused(parcel: Parcel, opened: Opened, issues: tuple[Issue, ...]) -> Piece:
    reason = "; ".join(f"{issue.element}: {issue.text}" for issue in issues)
    return Piece(parcel, opened, code=issues[0].code, reason=reason, issues=issues)


def _answer(parcel: Parcel, opened: Opened, ledgers: Ledgers) -> Piece:
    from mappings.access_json import read_access_list
    from mappings.check_list_json import read_check_list
    from mappings.fhir import receipt_bundle
    from mappings.probe_json import read_request
    from mappings.statement_json import read_reply

    try:
        if opened.header.kind is MessageKind.RECEIPT:
            return Piece(parcel, opened, receipt_bundle.read(opened.body))
        if opened.header.kind is MessageKind.STATEMENT_REPLY:
            return _reply(parcel, opened, read_reply(opened.body), ledgers)
        if opened.header.kind is MessageKind.TEST_REQUEST:
            return Piece(parcel, opened, read_request(opened.body))
        if opened.header.kind is MessageKind.CHECK_LIST:
            return _list(parcel, opened, read_check_list(opened.body), ledgers)
        if opened.header.kind is MessageKind.ACCESS_LIST:
            return _list(parcel, opened, read_access_list(opened.body), ledgers)
    except ProfileRefusal as refusal:
        return Piece(parcel, opened, code="profile-refused", reason=str(refusal))
    reason = "a gateway does not send this kind of message to a connector"
    return Piece(parcel, opened, code="unexpected-kind", reason=reason)


def _reply(parcel: Parcel, opened: Opened, reply: StatementReply, ledgers: Ledgers) -> Piece:
    asked = _that_sent(reply.about, "", ledgers)
    if reply.agency in ledgers and asked in (None, reply.agency):
        return Piece(parcel, opened, reply)
    reason = "this answer is not for the agency that made the statement"
    return Piece(parcel, opened, code="misdirected", reason=reason)


def _list(parcel: Parcel, opened: Opened, listed: CheckList | AccessList, ledgers: Ledgers) -> Piece:
    if listed.agency in ledgers:
        return Piece(parcel, opened, listed)
    reason = "this list is not for an agency of this connector"
    return Piece(parcel, opened, code="misdirected", reason=reason)
