"""Telling the gateway that two of the agency's own records are one client's, or are not after all.

* What a reading says of merges is published in the transaction that publishes the rest of it, and before the rest.
* Only the source that said of a record that it was merged takes it back, and only by stating the record as one of its own. That a record
  is no longer there says nothing: many systems drop what they merged.
* What was refused, or may have been lost by a gateway that was restored, is said again (`connectors.exchange.resync`,
  `connectors.exchange.retrying`).
"""

import uuid
from dataclasses import replace
from datetime import datetime

from connectors.ledger.ledger import Unit
from connectors.ledger.merges import KnownMerge
from connectors.publishing.policy import FeedReport
from connectors.publishing.queueing import Desk
from mappings.canonical.codes import MergeEvent, MessageKind
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.record_merge import RecordMerge

_BATCH = 200


def publish_merges(unit: Unit, desk: Desk, reading: int, source: str, report: FeedReport) -> None:
    """Queue what the reading says of merges, as far as it was not said before."""
    for superseded, surviving in unit.merges.staged(reading):
        known = unit.merges.find(superseded)
        if surviving is not None:
            said = KnownMerge(superseded, surviving, MergeEvent.MERGED, source)
        elif known is not None and known.source == source:
            said = replace(known, event=MergeEvent.PARTED)
        else:
            continue
        if known is None or (said.surviving, said.event) != (known.surviving, known.event):
            _queue(unit, desk.publisher.agency, said, desk.now())
            report.changes[said.event.value] += 1


def say_again(desk: Desk) -> int:
    """Queue what was asked for again; answers how many."""
    count = 0
    while True:
        with desk.ledger.write() as unit:
            due = unit.merges.due(_BATCH)
            for merge in due:
                _queue(unit, desk.publisher.agency, merge, desk.now())
        if not due:
            return count
        count += len(due)


def _queue(unit: Unit, agency: AgencyId, merge: KnownMerge, now: datetime) -> None:
    # Imported here: the profile takes longer to load than most commands take to run.
    from mappings.merge_json import write_merge

    id, sequence = MessageId(str(uuid.uuid4())), unit.positions.next(now)
    body = write_merge(RecordMerge(id, merge.event, sequence, agency, merge.superseded, merge.surviving))
    unit.outbox.add(id, MessageKind.MERGE, id, body, now, event=merge.event, sequence=sequence)
    unit.merges.save(merge, id)
