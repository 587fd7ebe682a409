"""Comparing a staged reading with the ledger: what changes for every involvement, and whether that is too much to believe at once."""

from datetime import date

from connectors.answers.ending import still_ended
from connectors.ledger.involvements import Known
from connectors.ledger.ledger import Unit
from connectors.ledger.snapshots import Staged
from connectors.publishing import standing as standings
from connectors.publishing.changes import Change, Rules, is_over, of_row
from connectors.publishing.policy import Policy
from connectors.publishing.queueing import Desk
from connectors.reading.staging import Feed
from connectors.sources.port import Coverage, Snapshot
from identity.person.age_band import age_band
from mappings.canonical.codes import AgeBand

_FEWEST_TO_HOLD = 10
_BATCH = 500


def compare(desk: Desk, feed: Feed, reading: int, snapshot: Snapshot, policy: Policy, *, unread_rows: bool) -> None:
    """Decide for every involvement, stated or missing, what changes. Doing it again decides afresh."""
    rules = Rules(snapshot.as_of, feed.vanish, policy.refresh_days, policy.patience_days, unread_rows)
    with desk.ledger.write() as unit:
        if snapshot.coverage is Coverage.FULL:
            unit.snapshots.stage_vanished(reading, feed.name)
        for rows in unit.snapshots.some(reading, _BATCH):
            known = unit.involvements.find_all(row.ref for row in rows)
            changes = [(row.ref, _change(unit, reading, row, known.get(row.ref), rules, policy)) for row in rows]
            unit.snapshots.decide(reading, changes)


def too_much_to_believe(desk: Desk, feed: Feed, reading: int, coverage: Coverage) -> str:
    """Hold a reading that would end too many at once because it no longer states them, and answer why; empty where it is believable.

    Ends that the source itself dates are not counted: those it states. An export that broke states nothing.
    """
    with desk.ledger.write() as unit:
        live = unit.involvements.live_of(feed.name)
        leaving = unit.snapshots.leaving(reading)
        # A part of the source may well be about nobody but those who are no longer eligible.
        if coverage is Coverage.FULL and leaving and not unit.snapshots.states_any(reading):
            reason = f"it states nothing that could be published, and {live} involvements are live"
        elif live >= _FEWEST_TO_HOLD and leaving > feed.mass_vanish_share * live:
            reason = f"{leaving} of {live} live involvements would end because it no longer states them (held above {feed.mass_vanish_share:.0%})"
        else:
            return ""
        unit.snapshots.hold(reading, reason, live, leaving)
    return reason


def _change(unit: Unit, reading: int, row: Staged, known: Known | None, rules: Rules, policy: Policy) -> Change:
    linger = _linger_days(unit, reading, row, rules.as_of, policy) if known is None else 0
    change = of_row(known, row, rules, linger)
    if change is Change.STARTED and known is not None and still_ended(unit, known, row, rules.as_of):
        return Change.NOTHING
    return change


def _linger_days(unit: Unit, reading: int, row: Staged, as_of: date, policy: Policy) -> int:
    """How long after its end an involvement of this person's age is still published when it is first seen."""
    written = unit.snapshots.standing(reading, row.ref) if is_over(row.end_date, as_of) else None
    if written is None:
        return 0
    standing = standings.read(written)
    band, _ = age_band(standing.birth_date, standing.expected, as_of)
    return policy.linger_days_children if band in (AgeBand.CHILD, AgeBand.UNBORN) else policy.linger_days_adults
