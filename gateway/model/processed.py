"""What the gateway remembers of a notice it has answered, so that a repeated one gets the same answer and changes nothing."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import ConnectorId, MessageId
from mappings.canonical.receipt import Issue


@dataclass(frozen=True, slots=True)
class Processed:
    """Key: connector and notice id."""

    connector: ConnectorId
    notice: MessageId
    outcome: ReceiptOutcome
    issues: tuple[Issue, ...]
    at: datetime
