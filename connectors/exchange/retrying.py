"""Sending again what the gateway refused, once a person has put right whatever was wrong.

The same notice id would be given the same answer, so a refused notice is forgotten and its involvement's state is queued anew;
a refused merge, shield or answer is said anew likewise. A refused request to the introducer is forgotten, for its practitioner to ask again.
"""

from datetime import datetime

from connectors.ledger.ledger import Unit
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import MessageId

_ALL = 1_000_000


def retry_refused(unit: Unit, only: MessageId | None, now: datetime) -> int:
    """One refused message, or all; answers how many. An unsettled one is due at once."""
    if only is None:
        messages = unit.outbox.list("refused", _ALL)
    else:
        found = unit.outbox.get(only)
        messages = [found] if found else []
    for message in messages:
        if message.status == "refused" and message.involvement_ref:
            unit.involvements.ask_again([message.involvement_ref])
            unit.outbox.forget(message.id)
        elif message.status == "refused" and message.kind is MessageKind.MERGE:
            unit.merges.ask_again(message.id)
            unit.outbox.forget(message.id)
        elif message.status == "refused" and message.kind is MessageKind.SHIELD:
            unit.shields.ask_again_of(message.id)
        elif message.status == "refused" and message.kind is MessageKind.INTRODUCTION_REQUEST:
            # Whether it is still wanted only a practitioner knows; it can be asked again at once.
            unit.asked.forget(message.id)
            unit.outbox.forget(message.id)
        elif message.status == "refused" and message.kind is MessageKind.ANSWER:
            unit.answers.ask_again_of(message.id)
            unit.outbox.forget(message.id)
        elif message.status in ("pending", "sent"):
            unit.outbox.postpone([message.id], now, "")
    return len(messages)
