"""Agreeing every day, and catching up after a restore: compare a connector's standing statement with the register, and answer what each side
should send again.

* Every day totals are compared, service line by service line; the lines that differ are named, and the connector states those by reference.
  The same statement says whom the agency publishes, for the roll-out plan (`gateway.rollout`).
* A reference the register does not hold live, or holds otherwise, is asked for again: the notice carries full state, so nothing doubles.
* A live involvement the statement does not list is handed back for the ledger to adopt: its next full snapshot confirms or ends it. Nothing
  is retracted because a backup was old.
* A ledger that begins a new incarnation has lost what it was told: the current connections of the agency are told again.
"""

import hashlib
from collections.abc import Iterable

from gateway.alerts.alerting import Alerting
from gateway.audit.recording import Entry, entry
from gateway.model.reply import Reply
from gateway.ports import UnitOfWork
from identity.agency.digest import line_totals
from mappings import statement_json
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.statement import LineTotal, Statement, StatementReply

EMPTY = hashlib.sha256(b"").hexdigest()


def answer(uow: UnitOfWork, alerting: Alerting, connector: ConnectorId, statement: Statement) -> Entry:
    """Queue the reply to one statement, and what is to be told again. Returns the audit entry."""
    if statement.eligibility is not None:
        uow.eligibilities.keep(statement.agency, statement.eligibility, alerting.now)
    reply = _compared(uow, statement)
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
        send_again=len(reply.send_again),
        adopt=len(reply.adopt),
        told_again=told_again,
        line=statement.line.value if statement.line else "",
        differing=" ".join(sorted(each.service.value for each in reply.differing)),
    )


def _compared(uow: UnitOfWork, statement: Statement) -> StatementReply:
    incarnation = uow.incarnation()
    if statement.totals is not None:
        held_here = line_totals(uow.involvements.live_by_line(statement.agency))
        differing = _differing(statement.totals, held_here)
        return StatementReply(statement.id, statement.agency, "", (), (), incarnation, differing)
    held = uow.involvements.live_digests(statement.agency, statement.prefix, statement.line)
    stated = {item.involvement_ref: item.digest for item in statement.entries}
    send_again = tuple(sorted(ref for ref, state in stated.items() if held.get(ref) != state))
    adopt = tuple(sorted(ref for ref in held if ref not in stated))
    return StatementReply(statement.id, statement.agency, statement.prefix, send_again, adopt, incarnation)


def _differing(stated: Iterable[LineTotal], held: Iterable[LineTotal]) -> tuple[LineTotal, ...]:
    """The lines of which both sides do not say the same, as they are held here; one that nothing is held of has a count of 0."""
    theirs, ours = {each.service: each for each in stated}, {each.service: each for each in held}
    return tuple(
        ours.get(line, LineTotal(line, 0, EMPTY))
        for line in sorted(theirs.keys() | ours.keys())
        if theirs.get(line) != ours.get(line)
    )


def _tell_again(uow: UnitOfWork, alerting: Alerting, connector: ConnectorId, statement: Statement) -> int:
    known = uow.processed.ledger_incarnation(connector, statement.agency)
    uow.processed.note_ledger(connector, statement.agency, statement.incarnation)
    if known is None or statement.incarnation <= known:
        return 0
    return sum(alerting.tell_again(involvement) for involvement in list(uow.involvements.of_agency(statement.agency)))
