"""Ending an involvement here because its practitioner says that they no longer work with the client.

It is the agency's own word, and ends at once. A source that goes on stating the very same row has said nothing newer, so the end stands, and the
agency is asked to end it there too. What its source states otherwise, or states again after it had stopped, is newer and begins it anew.
"""

from dataclasses import replace
from datetime import date

from connectors.ledger.ended_here import LocalEnd
from connectors.ledger.involvements import Known, Status
from connectors.ledger.ledger import Unit
from connectors.ledger.snapshots import Kind, Staged
from connectors.publishing.queueing import Desk
from connectors.publishing.still_involved import end
from identity.person.ports import TokeniserUnavailable
from mappings.canonical.identifiers import InvolvementRef


def end_here(desk: Desk, ref: InvolvementRef) -> bool:
    """End it today, if it is live; answers whether it was. Raises `TokeniserUnavailable`; then it is as it was."""
    with desk.ledger.write() as unit:
        known = unit.involvements.find(ref)
        if known is None or known.status is not Status.LIVE:
            return False
        _, mark = unit.involvements.marks(ref)
        unit.ended_here.save(LocalEnd(ref, known.source, mark, desk.now().date()))
    try:
        end(desk, [ref])
    except TokeniserUnavailable:
        with desk.ledger.write() as unit:
            unit.ended_here.forget(ref)
        raise
    return True


def still_ended(unit: Unit, known: Known, row: Staged, as_of: date) -> bool:
    """Whether a reading says nothing newer of an involvement that was ended here; that it still states it is noted."""
    ended = unit.ended_here.find(known.ref)
    if ended is None or known.status is not Status.ENDED or row.kind is not Kind.STATED:
        return False
    if ended.local_mark != row.local_mark:
        return False
    unit.ended_here.save(replace(ended, stated_on=as_of))
    return True
