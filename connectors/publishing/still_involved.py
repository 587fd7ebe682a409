"""Are we still involved? The gateway asks about our own involvements that it has not heard confirmed for long, before they expire there.

What the ledger knows answers at once: an involvement that its source vouched for lately is said again, one that is over is ended again. The rest
waits for a person, who confirms it or ends it. Nobody else learns of the question or of the answer as such: it is a notice like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from connectors.alerts.own_side import NotKnownHere, label, own_side
from connectors.ledger.involvements import Known, Status
from connectors.ledger.ledger import Unit
from connectors.publishing.queueing import Desk, ending, queue
from connectors.publishing.resending import drafts_from_ledger
from mappings.canonical.check_list import CheckList
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.identifiers import AgencyId, InvolvementRef
from mappings.check_list_json import read_check_list, write_check_list

LATELY = timedelta(days=60)
"""What the source vouched for within this time before the gateway's question, the gateway has missed."""


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """One of our involvements, as staff know it, and the last day on which its source vouched for it."""

    involvement_local_id: str
    client_local_id: str
    client: str
    worker: str
    confirmed: date


@dataclass(frozen=True, slots=True, repr=False)
class Questions:
    """`open` by client. `unknown` are involvements of which this ledger does not know what they are about."""

    as_of: date | None
    open: tuple[Question, ...] = ()
    unknown: int = 0


def answered_by_ledger(unit: Unit, listed: CheckList) -> CheckList:
    """The list with those questions only that a person must answer; what the ledger knows better is queued to be said again."""
    left: list[InvolvementRef] = []
    again: list[InvolvementRef] = []
    for ref in listed.still_involved:
        known = unit.involvements.find(ref)
        over = known is not None and known.status in (Status.ENDED, Status.WITHDRAWN)
        vouched = known is not None and known.status is Status.LIVE and _is_fresh(unit, known, listed.as_of)
        (again if over or vouched else left).append(ref)
    unit.involvements.ask_again(again)
    return replace(listed, still_involved=tuple(left))


def questions(unit: Unit, agency: AgencyId) -> Questions:
    """What waits for a person, as the latest list says."""
    kept = unit.positions.check_list(agency)
    if kept is None:
        return Questions(None)
    listed = read_check_list(kept)
    found = [each for ref in listed.still_involved if (each := _question(unit, ref))]
    ordered = sorted(found, key=lambda each: (each.client, each.involvement_local_id))
    return Questions(listed.as_of, tuple(ordered), len(listed.still_involved) - len(found))


def is_live(unit: Unit, ref: InvolvementRef) -> bool:
    """Whether this ledger holds the involvement as live."""
    known = unit.involvements.find(ref)
    return known is not None and known.status is Status.LIVE


def may_confirm(unit: Unit, ref: InvolvementRef) -> bool:
    """Whether a person may say that we are involved: it is live, or was ended here while its source still stated it."""
    return is_live(unit, ref) or unit.ended_here.find(ref) is not None


def confirm(unit: Unit, agency: AgencyId, ref: InvolvementRef, today: date) -> None:
    """A person says that we are: said again with the next publishing, confirmed today. One that was ended here begins anew with the next reading
    that states it."""
    if not is_live(unit, ref):
        unit.ended_here.forget(ref)
        return
    unit.involvements.confirm(ref, today)
    unit.involvements.ask_again([ref])
    _forget(unit, agency, ref)


def end(desk: Desk, refs: Sequence[InvolvementRef]) -> None:
    """A person says that we are not: they end today. Their source starts them anew if it goes on stating them. Raises `TokeniserUnavailable`;
    then none is ended."""
    with desk.ledger.read() as unit:
        known = [one for ref in refs if (one := unit.involvements.find(ref))]
        # Outside the transaction that queues them: a tokeniser may be a network call.
        drafts = drafts_from_ledger(unit, desk, [(one, NoticeEvent.ENDED) for one in known])
    with desk.ledger.write() as unit:
        for draft in drafts:
            queue(unit, desk, ending(draft, desk.now().date()), desk.now())
            _forget(unit, desk.publisher.agency, draft.ref)


def as_json(asked: Questions) -> dict[str, Any]:
    """For programs."""
    return {
        "as_of": asked.as_of.isoformat() if asked.as_of else None,
        "involvements": [
            {
                "involvement": each.involvement_local_id,
                "client": each.client,
                "client_id": each.client_local_id,
                "worker": each.worker,
                "confirmed": each.confirmed.isoformat(),
            }
            for each in asked.open
        ],
        "of_unknown_clients": asked.unknown,
    }


def as_text(asked: Questions) -> str:
    """For people."""
    if asked.as_of is None:
        return "The gateway has sent no list yet."
    lines = [f"Are we still involved? As of {asked.as_of.isoformat()} nobody has confirmed for long:"]
    lines += [
        f"  {each.involvement_local_id}: {each.client} ({each.client_local_id}), {each.worker or 'no worker named'}, last confirmed "
        f"{each.confirmed.isoformat()}"
        for each in asked.open
    ]
    lines += [] if asked.open else ["  none"]
    return "\n".join([*lines, "Answer with: patchwork-connector still-involved confirm (or end) INVOLVEMENT"])


def _is_fresh(unit: Unit, known: Known, as_of: date) -> bool:
    confirmed = unit.involvements.confirmed(known.ref)
    return confirmed > known.told_confirmed or confirmed > as_of - LATELY


def _question(unit: Unit, ref: InvolvementRef) -> Question | None:
    if not is_live(unit, ref):
        return None
    try:
        own = own_side(unit, ref)
    except NotKnownHere:
        return None
    confirmed = unit.involvements.confirmed(ref)
    return Question(own.involvement_local_id, own.client_local_id, label(own), own.worker, confirmed)


def _forget(unit: Unit, agency: AgencyId, ref: InvolvementRef) -> None:
    kept = unit.positions.check_list(agency)
    if kept is not None:
        listed = read_check_list(kept)
        left = tuple(each for each in listed.still_involved if each != ref)
        unit.positions.keep_check_list(agency, write_check_list(replace(listed, still_involved=left)))
