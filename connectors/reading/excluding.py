"""The exclusion list after publication: what was said about a client who is on it now is withdrawn at once, whatever the sources say.

The list is forgiving about how an id is written, so a newly excluded client is found by opening what the ledger holds. That is done only
when the list has changed; in between, the screening of every reading keeps excluded clients out.
"""

from collections.abc import Iterable

from connectors.publishing import standing as standings
from connectors.publishing.changes import may_withdraw
from connectors.publishing.queueing import Desk, queue
from connectors.publishing.resending import drafts_from_ledger
from connectors.reading.exclusion import ExclusionList
from connectors.reading.weak_identity import forget_weak_of
from mappings.canonical.codes import NoticeEvent
from mappings.canonical.identifiers import PersonRef

_BATCH = 500


def withdraw_newly_excluded(desk: Desk, exclusion: ExclusionList) -> int:
    """Withdraw everything published about clients on the list; answers how many notices that took."""
    mark = desk.ledger.cipher.mark("\n".join(["exclusion list", *sorted(exclusion.person_ids)]).encode())
    with desk.ledger.read() as unit:
        if unit.positions.exclusion_mark == mark:
            return 0
    count = withdraw_people(desk, _published_people(desk, exclusion))
    with desk.ledger.write() as unit:
        # Last: a process that dies before it looks through the ledger again.
        unit.positions.note_exclusion(mark)
    return count


def withdraw_people(desk: Desk, people: Iterable[PersonRef]) -> int:
    """Withdraw everything that was published about these clients, and show nothing more about them; answers how many notices."""
    count = 0
    for person in people:
        with desk.ledger.read() as unit:
            known = [one for one in unit.involvements.of_person(person) if may_withdraw(one)]
            drafts = drafts_from_ledger(unit, desk, [(one, NoticeEvent.WITHDRAWN) for one in known])
        with desk.ledger.write() as unit:
            forget_weak_of(unit, person)
            for draft in drafts:
                queue(unit, desk, draft, desk.now())
                unit.connections.retract_of(draft.ref)
                unit.deliveries.drop_of(draft.ref)
        count += len(drafts)
    return count


def unstage_excluded(desk: Desk, exclusion: ExclusionList, reading: int) -> None:
    """Take clients who are on the list now out of a reading that was held before they were."""
    with desk.ledger.write() as unit:
        excluded = {
            row.person_ref
            for row in unit.snapshots.all(reading)
            if (written := unit.snapshots.standing(reading, row.ref))
            and exclusion.excludes(standings.read(written).own.client_local_id)
        }
        unit.snapshots.unstage(reading, excluded)


def _published_people(desk: Desk, exclusion: ExclusionList) -> set[PersonRef]:
    found: set[PersonRef] = set()
    after = ""
    while len(exclusion):
        with desk.ledger.read() as unit:
            known = unit.involvements.after(after, _BATCH)
            for one in known:
                written = unit.involvements.standing(one.ref) if may_withdraw(one) else None
                if written and exclusion.excludes(standings.read(written).own.client_local_id):
                    found.add(one.person_ref)
        if not known:
            break
        after = known[-1].ref.value
    return found | _weak_people(desk, exclusion)


def _weak_people(desk: Desk, exclusion: ExclusionList) -> set[PersonRef]:
    with desk.ledger.read() as unit:
        return {
            weak.person_ref
            for weak in unit.weak_identities.all()
            if (written := unit.weak_identities.standing(weak.ref))
            and exclusion.excludes(standings.read(written).own.client_local_id)
        }
