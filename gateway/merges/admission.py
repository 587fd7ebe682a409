"""May this merge come in? As for a notice, and beyond that only what the agency's own references say: its receipt tells nothing of others.

A merge widens nothing: an agency can put an involvement with another of its clients by a notice, too. So no limit of its own is set on it.
"""

from gateway.merges.merged_records import MAX_CHAIN, chain_length
from gateway.model.assertion import Verdict
from gateway.ports import UnitOfWork
from mappings.canonical.codes import MergeEvent
from mappings.canonical.receipt import Issue
from mappings.canonical.record_merge import RecordMerge


def check_merge(uow: UnitOfWork, merge: RecordMerge) -> list[Issue]:
    """Every reason against one that is admitted as a word of its agency (`gateway.notices.stated`)."""
    known = uow.merges.find(merge.agency, merge.superseded)
    late = known is not None and merge.sequence <= known.sequence
    if late or merge.event is MergeEvent.PARTED:
        return []
    return _chain(uow, merge) + _said_different(uow, merge)


def _chain(uow: UnitOfWork, merge: RecordMerge) -> list[Issue]:
    if chain_length(uow, merge.agency, merge.superseded, merge.surviving) <= MAX_CHAIN:
        return []
    text = (
        f"the merges of this agency would make a circle, or lead through more than {MAX_CHAIN} records; take one of them back first, "
        "or name the last record"
    )
    return [Issue("invariant", "merge-chain", "Merge.surviving", text)]


def _said_different(uow: UnitOfWork, merge: RecordMerge) -> list[Issue]:
    gone, survivor = (uow.records.find(merge.agency, ref) for ref in (merge.superseded, merge.surviving))
    if gone is None or survivor is None:
        return []
    different = (each for each in uow.assertions.of_record(gone.id) if each.verdict is Verdict.DIFFERENT)
    if survivor.id not in {each.other(gone.id) for each in different}:
        return []
    text = "a steward said that these two records are different people; ask the gateway's stewards before merging them"
    return [Issue("business-rule", "merge-contradicted", "Merge.superseded", text)]
