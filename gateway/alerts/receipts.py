"""A connector's receipt for an alert: whether it is believed, and what it changes.

That an agency has its alert only that agency's key says; that nobody there could use it, any key of the connector.
"""

from dataclasses import replace

from gateway.audit.recording import Entry, entry
from gateway.model.alert_reference import AlertReference, AlertStatus
from gateway.model.connector import Connector
from gateway.notices.letter import Letter
from gateway.notices.letter_agency import signed_for
from gateway.ports import UnitOfWork
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.receipt import Receipt


def is_believed(uow: UnitOfWork, letter: Letter, receipt: Receipt, alert: AlertReference, sender: Connector) -> bool:
    """Whether whoever signed the letter may say this of the alert."""
    taken = receipt.outcome is ReceiptOutcome.ACCEPTED
    said_by = signed_for(letter, sender) if taken else sender.agencies
    return uow.involvements.get(alert.recipient).agency in said_by


def settle(uow: UnitOfWork, alert: AlertReference, receipt: Receipt, sender: Connector) -> list[Entry]:
    """Nothing changes but for an alert that was sent and not settled yet. Returns the audit entry of that."""
    if alert.status is not AlertStatus.SENT:
        return []
    taken = receipt.outcome is ReceiptOutcome.ACCEPTED
    uow.alerts.save(replace(alert, status=AlertStatus.SETTLED if taken else AlertStatus.REFUSED))
    return [
        entry(
            "alert-settled",
            sender.id.value,
            alert=alert.id.value,
            connection=alert.connection.value,
            connector=sender.id.value,
            outcome=receipt.outcome.value,
        )
    ]
