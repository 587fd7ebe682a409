"""What a sender is told about its message. A function of the message, its refusals and the sender's own progress: it has no way to the
register, so a receipt can reveal nothing about anybody else."""

import uuid
from datetime import datetime

from gateway.model.reply import Reply
from gateway.notices.letter import Letter
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Issue, Receipt
from mappings.fhir import receipt_bundle


def receipt_reply(
    letter: Letter,
    connector: ConnectorId,
    outcome: ReceiptOutcome,
    issues: tuple[Issue, ...],
    progress: tuple[str, Sequence | None],
    now: datetime,
) -> Reply:
    """The receipt as it will be sent. `progress` is the gateway's incarnation and the last sequence accepted from the sender's ledger."""
    about = letter.header.about if letter.header else None
    incarnation, last_accepted = progress
    receipt = Receipt(about, letter.digest, outcome, issues, incarnation, last_accepted)
    return Reply(
        id=0,
        connector=connector,
        kind=MessageKind.RECEIPT,
        about=about or MessageId(str(uuid.uuid4())),
        body=receipt_bundle.write(receipt),
        next_attempt_at=now,
    )
