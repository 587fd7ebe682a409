"""Catching up after a restore: compare a connector's standing statement with the register, and answer what each side should send again.

* A reference the register does not hold live, or holds otherwise, is asked for again: the notice carries full state, so nothing doubles.
* A live involvement the statement does not list is handed back for the ledger to adopt: its next full snapshot confirms or ends it. Nothing
  is retracted because a backup was old.
* A ledger that begins a new incarnation has lost what it was told: the current connections of the agency are told again.
"""

from gateway.alerts.alerting import Alerting
from gateway.audit.recording import Entry, entry
from gateway.model.reply import Reply
from gateway.ports import UnitOfWork
from mappings import statement_json
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.statement import Statement, StatementReply


def answer(uow: UnitOfWork, alerting: Alerting, connector: ConnectorId, statement: Statement) -> Entry:
    """Queue the reply to one statement, and what is to be told again. Returns the audit entry."""
    held = uow.involvements.live_digests(statement.agency, statement.prefix)
    stated = {item.involvement_ref: item.digest for item in statement.entries}
    send_again = tuple(sorted(ref for ref, state in stated.items() if held.get(ref) != state))
    adopt = tuple(sorted(ref for ref in held if ref not in stated))
    reply = StatementReply(statement.id, statement.agency, statement.prefix, send_again, adopt, uow.incarnation())
    uow.replies.add(
        Reply(
            id=0,
            connector=connector,
            kind=MessageKind.STATEMENT_REPLY,
            about=statement.id,
            body=statement_json.write_reply(reply),
            next_attempt_at=alerting.now,
        )
    )
    told_again = _tell_again(uow, alerting, connector, statement)
    return entry(
        "statement-answered",
        connector.value,
        connector=connector.value,
        agency=statement.agency.value,
        prefix=statement.prefix,
        send_again=len(send_again),
        adopt=len(adopt),
        told_again=told_again,
    )


def _tell_again(uow: UnitOfWork, alerting: Alerting, connector: ConnectorId, statement: Statement) -> int:
    known = uow.processed.ledger_incarnation(connector, statement.agency)
    uow.processed.note_ledger(connector, statement.agency, statement.incarnation)
    if known is None or statement.incarnation <= known:
        return 0
    return sum(alerting.tell_again(involvement) for involvement in list(uow.involvements.of_agency(statement.agency)))
