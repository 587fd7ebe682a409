"""A receipt: what became of a message, signed by whoever took it. Settles the sender's outbox, for accepted and refused alike."""

from dataclasses import dataclass

from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import MessageId
from mappings.canonical.notice import Sequence


@dataclass(frozen=True, slots=True)
class Issue:
    """One reason of a refusal, as an OperationOutcome states it: FHIR issue-type code, our own stable code, the FHIRPath of the element
    (empty where the whole message is meant) and a sentence naming the way out. Never holds a value from the message."""

    type: str
    code: str
    element: str
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """From the gateway for a notice or statement, or from a connector for an alert.

    `about` is the id of the notice or alert; None where the message could not be opened, and then `digest` alone tells which it was
    (SHA-256 of the sealed bytes, hex). `gateway_incarnation` and `last_accepted` let either side notice that the other was restored
    from a backup: `last_accepted` is the highest sequence the gateway had accepted from this ledger of the connector before the message
    this is about.
    """

    about: MessageId | None
    digest: str
    outcome: ReceiptOutcome
    issues: tuple[Issue, ...] = ()
    gateway_incarnation: str = ""
    last_accepted: Sequence | None = None
