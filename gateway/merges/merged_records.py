"""An agency's reference as its merges leave it: which record stands for it now, and where it would be without them.

* A reference that was merged into another leads to that one's record, through as many merges as stand.
* An involvement keeps the reference that it would have if the agency had never merged anything (`home_of`): so undoing a merge puts it back,
  whatever its notices have called the client meanwhile.
* A notice that still names a superseded reference says nothing of what the survivor is like. Its details stay with the record that is gone,
  out of the index, for the day the merge is undone.
"""

from datetime import datetime

from gateway.linkage import linking
from gateway.linkage.linking import KNOWN, Placed
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.record_merge import MergeState
from gateway.ports import UnitOfWork
from identity.person.linkage import LinkContext
from identity.person.pepper import IndexKeys, Pepper
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PersonRef
from mappings.canonical.notice import Notice

MAX_CHAIN = 8
"""A record merged into one that is merged into another, and so on: no more than this many steps."""


def surviving(uow: UnitOfWork, agency: AgencyId, ref: PersonRef) -> PersonRef:
    """The reference whose record stands for this one now; the same where it was not merged."""
    for _ in range(MAX_CHAIN):
        merge = uow.merges.find(agency, ref)
        if merge is None or merge.state is not MergeState.STANDS:
            break
        ref = merge.surviving
    return ref


def is_set_aside(uow: UnitOfWork, record_id: int) -> bool:
    """Whether the record was merged into one of which something is still held: then it is kept for the day the merge is undone."""
    record = uow.records.get(record_id)
    if record is None:
        return False
    ref = surviving(uow, record.agency, record.person_ref)
    survivor = None if ref == record.person_ref else uow.records.find(record.agency, ref)
    return survivor is not None and bool(survivor.evidence)


def chain_length(uow: UnitOfWork, agency: AgencyId, superseded: PersonRef, into: PersonRef) -> int:
    """How many steps the longest chain through these two would have. More than `MAX_CHAIN` where they would make a circle."""
    below = 0
    while (merge := uow.merges.find(agency, into)) is not None and merge.state is MergeState.STANDS:
        below, into = below + 1, merge.surviving
        if into == superseded or below > MAX_CHAIN:
            return MAX_CHAIN + 1
    above, level = 0, {superseded}
    while level := {merge.superseded for ref in level for merge in uow.merges.into(agency, ref)}:
        above += 1
        if above > MAX_CHAIN:
            break
    return above + 1 + below


def waits(uow: UnitOfWork, known: RegisteredInvolvement | None, notice: Notice) -> bool:
    """Whether the notice moves its involvement by a merge that waits for a steward: then it stays where it is."""
    if known is None or known.person_ref == notice.person_ref:
        return False
    merge = uow.merges.find(notice.agency, known.person_ref)
    return merge is not None and merge.state is MergeState.WAITS and merge.surviving == notice.person_ref


def home_of(uow: UnitOfWork, known: RegisteredInvolvement | None, notice: Notice) -> PersonRef:
    """The reference that the involvement has from now on: the notice's, unless it is called by a survivor's only because of a merge."""
    if known is None or known.person_ref == notice.person_ref:
        return notice.person_ref
    merged = surviving(uow, notice.agency, known.person_ref) == surviving(uow, notice.agency, notice.person_ref)
    return known.person_ref if merged or waits(uow, known, notice) else notice.person_ref


def place_superseded(
    uow: UnitOfWork, pepper: Pepper, told: Notice, evidence: tuple[Evidence, ...], survivor: PersonRef, now: datetime
) -> Placed:
    """Where a notice belongs that names a reference merged into `survivor`."""
    gone = uow.records.find(told.agency, told.person_ref)
    if gone is None:
        uow.records.add(told.agency, told.person_ref, evidence, IndexKeys())
    elif gone.evidence != evidence and evidence:
        uow.records.replace_evidence(gone.id, evidence, IndexKeys())
    record = uow.records.find(told.agency, survivor)
    if record is None:
        # Nothing else is known of the survivor yet, and the agency says that it is the same person.
        return linking.enter(uow, pepper, LinkContext(told.agency, 0), survivor, evidence, now)[0]
    link = uow.records.active_link(record.id)
    if link is None:
        return linking.reconsider(uow, pepper, record.id, now)
    return Placed(record.id, link.person_id, None, KNOWN)
