"""Agreeing every day, and catching up after a restore from a backup: statements of what this ledger holds as live, and what the gateway answers.

Every day it is totals, one for each service line; only the lines of which the gateway says that they differ are then stated by reference. After a
restore everything is. A statement covers the involvements whose reference begins with its prefix, and is complete for them. Nothing is doubled
(the gateway asks only for what differs) and nothing is retracted (what the ledger does not know waits for the next full reading of the sources).
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.ledger.ledger import Unit, new_incarnation
from connectors.publishing import standing as standings
from connectors.publishing.shielding import SAID_AGAIN
from identity.agency.digest import line_totals
from identity.agency.references import References
from mappings.canonical.codes import AnswerCode, MessageKind, ServiceLine
from mappings.canonical.eligibility import StatedEligibility
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.statement import MAX_ENTRIES, Statement, StatementEntry, StatementReply

_HEX = "0123456789abcdef"
_LONGEST_PREFIX = 8


def begin_again(unit: Unit, agency: AgencyId, now: datetime) -> int:
    """This ledger was, or may have been, restored: count anew, and state everything. A gateway that sees a new incarnation tells us again
    what it had told the ledger that is lost. Answers how many statements were queued."""
    unit.positions.begin_incarnation(new_incarnation(now))
    # One that still waits speaks for the old incarnation.
    unit.outbox.forget_waiting(MessageKind.STATEMENT)
    return queue_statements(unit, agency, now)


def queue_statements(unit: Unit, agency: AgencyId, now: datetime) -> int:
    """Queue statements that together list everything; answers how many. None while earlier ones are still unanswered."""
    if unit.outbox.waiting(MessageKind.STATEMENT):
        return 0
    _say_the_rest_again(unit, now)
    queued = _queue_entries(unit, agency, list(unit.involvements.stated("")), None, now)
    unit.positions.note_stated(now)
    return queued


def queue_totals(unit: Unit, agency: AgencyId, now: datetime, eligibility: StatedEligibility | None = None) -> int:
    """Queue one statement that says how many involvements of each service line there are, their digests, and whom the agency publishes; answers
    how many were queued."""
    if unit.outbox.waiting(MessageKind.STATEMENT):
        return 0
    _say_the_rest_again(unit, now)
    totals = line_totals(_by_line(unit))
    incarnation = unit.positions.incarnation
    _queue(unit, Statement(_new_id(), agency, incarnation, "", (), totals=totals, eligibility=eligibility), now)
    unit.positions.note_stated(now)
    return 1


def _say_the_rest_again(unit: Unit, now: datetime) -> None:
    # Of merges, shields and people who turned out to be others a statement says nothing; the same word again changes nothing at the gateway.
    unit.merges.ask_again()
    unit.shields.ask_again(now - SAID_AGAIN)
    unit.answers.ask_again((now - SAID_AGAIN).date(), AnswerCode.DIFFERENT_PEOPLE)


def _queue_entries(
    unit: Unit, agency: AgencyId, entries: list[StatementEntry], line: ServiceLine | None, now: datetime
) -> int:
    parts = _parts(entries, "")
    for prefix, part in parts:
        _queue(unit, Statement(_new_id(), agency, unit.positions.incarnation, prefix, tuple(part), line), now)
    return len(parts)


def _queue(unit: Unit, statement: Statement, now: datetime) -> None:
    from mappings.statement_json import write_statement

    unit.outbox.add(statement.id, MessageKind.STATEMENT, statement.id, write_statement(statement), now)


def _new_id() -> MessageId:
    return MessageId(str(uuid.uuid4()))


def _by_line(unit: Unit) -> Iterator[tuple[ServiceLine, StatementEntry]]:
    """What is stated, with the service line of each. It stands in the encrypted part of the ledger only, so every involvement is opened."""
    for entry in unit.involvements.stated(""):
        written = unit.involvements.standing(entry.involvement_ref)
        if written is not None:
            yield standings.service_of(written), entry


def state_when_due(
    unit: Unit, agency: AgencyId, now: datetime, every_days: int, eligibility: StatedEligibility | None = None
) -> int:
    """State the totals once in `every_days`, so that both sides agree every day and not only after a restore; answers how many statements
    were queued. A new ledger has its first day to publish."""
    stated_at = unit.positions.stated_at
    if stated_at is None:
        unit.positions.note_stated(now)
        return 0
    return queue_totals(unit, agency, now, eligibility) if now - stated_at >= timedelta(days=every_days) else 0


def take_reply(unit: Unit, references: References, reply: StatementReply, now: datetime) -> tuple[int, int]:
    """Do what the gateway's answer asks for; answers how many are sent again and how many were not known here."""
    unit.outbox.settle(reply.about, now)
    if differing := {each.service for each in reply.differing}:
        stated = list(_by_line(unit))
        for line in sorted(differing):
            _queue_entries(unit, reply.agency, [entry for of, entry in stated if of is line], line, now)
    again, unknown = list(reply.send_again), 0
    for ref in reply.adopt:
        known = unit.involvements.find(ref)
        if known is None or known.status == "historic":
            # Whose involvement it was is not known either; any reference of our own will do, and the next full reading puts it right.
            unit.involvements.adopt(ref, references.person(f"client of involvement {ref}"), now)
            unknown += 1
        elif known.status in ("ended", "withdrawn"):
            again.append(ref)
    unit.involvements.ask_again(again)
    if unknown:
        # The ledger has forgotten what it published, so it has forgotten what it was told: in a new incarnation it is told again.
        begin_again(unit, reply.agency, now)
    return len(again), unknown


def _parts(entries: list[StatementEntry], prefix: str) -> list[tuple[str, list[StatementEntry]]]:
    """The entries split by ever longer prefixes until each part fits one statement. An empty part is stated too: it says "nothing here"."""
    if len(entries) <= MAX_ENTRIES or len(prefix) >= _LONGEST_PREFIX:
        return [(prefix, entries)]
    parts = []
    for digit in _HEX:
        longer = prefix + digit
        parts += _parts([entry for entry in entries if entry.involvement_ref.value.startswith(longer)], longer)
    return parts
