"""The merges that wait for a steward, for whoever may look: what speaks against each, and which cases ask about it.

Nothing is decided here. The case is (`patchwork review confirm`, `refuse`), and whoever looks at everybody again then carries the merge out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from gateway.merges.contradiction import contradicted, said_of
from gateway.merges.merged_records import surviving
from gateway.model.assertion import Verdict
from gateway.model.record_merge import RegisteredMerge
from gateway.model.review_case import ReviewCase
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from mappings.canonical.identifiers import AgencyId

MOST = 1_000
"""Listed at once."""


@dataclass(frozen=True, slots=True)
class Against:
    """A record of which stewards said something that cannot hold together with the merge: what they said of it and the superseded record, and
    of it and the surviving one (None: nothing). `case` asks about it and the survivor; None once that was decided or closed."""

    record: int
    agency: AgencyId
    said_of_superseded: Verdict | None
    said_of_surviving: Verdict | None
    case: ReviewCase | None


@dataclass(frozen=True, slots=True)
class WaitingMerge:
    """`superseded` is to be merged into `surviving`, both records of `agency`. Nothing `against` it any more: it is carried out when everybody
    is next looked at again."""

    agency: AgencyId
    superseded: int
    surviving: int
    since: datetime
    against: tuple[Against, ...]


def list_waiting(office: Office, actor: Actor, limit: int = 200) -> list[WaitingMerge]:
    """The longest waiting first. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return list(islice(_views(unit), max(1, min(limit, MOST))))


def show_waiting(office: Office, actor: Actor, record: int) -> WaitingMerge:
    """The one that would merge the record of this number away. Raises `NotPermitted`, `Refused` where there is none."""
    check_may_observe(actor)
    with office.store.read() as unit:
        for view in _views(unit):
            if view.superseded == record:
                return view
    raise Refused(f"no merge of record {record} waits for a steward; patchwork merge list shows those that do")


def _views(unit: UnitOfWork) -> Iterator[WaitingMerge]:
    return (view for merge in unit.merges.waiting() if (view := _view(unit, merge)) is not None)


def _view(unit: UnitOfWork, merge: RegisteredMerge) -> WaitingMerge | None:
    """None where one of the two is gone: then nothing speaks against it, and there is nothing to show."""
    gone = unit.records.find(merge.agency, merge.superseded)
    survivor = unit.records.find(merge.agency, surviving(unit, merge.agency, merge.surviving))
    if gone is None or survivor is None:
        return None
    cases = {case.other(survivor.id): case for case in unit.reviews.of_record(survivor.id) if case.is_undecided}
    of_gone, of_survivor = said_of(unit, gone.id), said_of(unit, survivor.id)
    against = []
    for other in sorted(contradicted(unit, merge)):
        known = unit.records.get(other)
        if known is not None:
            case = cases.get(other)
            against.append(Against(other, known.agency, of_gone.get(other), of_survivor.get(other), case))
    return WaitingMerge(merge.agency, gone.id, survivor.id, merge.at, tuple(against))
