"""What a reading changes, as a pure table: how an involvement was last published, and how the source states it now.

* Stated and not over: `started` where it was not live, `changed` where the published part or the client differs, else confirmed in silence. Every
  `refresh_days` a confirmation is told (`changed`), so that the date the gateway shows never grows old; the first one of a private involvement
  at once, because before that it is told nothing.
* Stated, not live, and its evidence would be weak: not published until its details are better (`connectors.reading.weak_identity`). What
  is live stays published, as changed: ending it because a record got worse would tell others that nobody is involved any more.
* Over (its end is the day of the reading or before): `ended` once. One that was over before it was ever seen is remembered, not published,
  unless it ended within the linger window.
* No longer eligible: `ended`. What was published was right at the time; withdrawing is for what was wrong.
* Withdrawn by the source, or excluded: `withdrawn`, whatever it was before.
* Not stated by a full reading: as the preset's vanish policy says. A partial reading never gets here.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from connectors.ledger.involvements import Known, Status
from connectors.ledger.snapshots import Kind, Staged
from mappings.canonical.codes import NoticeEvent
from mappings.source_map import VanishPolicy


class Change(StrEnum):
    """The first four are the notice to make; the others make none."""

    STARTED = NoticeEvent.STARTED.value
    CHANGED = NoticeEvent.CHANGED.value
    ENDED = NoticeEvent.ENDED.value
    WITHDRAWN = NoticeEvent.WITHDRAWN.value
    CONFIRMED = "confirmed"
    HISTORIC = "historic"
    MISSING = "missing"
    WEAK = "weak-identity"
    NOTHING = "nothing"


NOTICES = frozenset({Change.STARTED, Change.CHANGED, Change.ENDED, Change.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Rules:
    """`as_of` is the day of the reading. `unread_rows`: rows that could not be read and may have been the missing ones, so that a missing
    involvement is ended only after it was missing for `patience_days`."""

    as_of: date
    vanish: VanishPolicy
    refresh_days: int = 30
    patience_days: int = 7
    unread_rows: bool = False


def of_row(known: Known | None, row: Staged, rules: Rules, linger_days: int) -> Change:
    """What one row of a reading changes. `linger_days` is the window for this person's age."""
    match row.kind:
        case Kind.STATED if is_over(row.end_date, rules.as_of):
            return _of_over(known, row, rules, linger_days)
        case Kind.STATED:
            return _of_stated(known, row, rules)
        case Kind.NOT_ELIGIBLE:
            return Change.ENDED if known and known.status in (Status.LIVE, Status.ADOPTED) else Change.NOTHING
        case Kind.WITHDRAWN:
            return Change.WITHDRAWN if known and may_withdraw(known) else Change.NOTHING
        case Kind.VANISHED:
            return _of_missing(known, rules)
        case Kind.REJECTED:
            return Change.NOTHING


def is_over(end: date | None, as_of: date) -> bool:
    """Whether an involvement with this end is over on that day."""
    return end is not None and end <= as_of


def may_withdraw(known: Known) -> bool:
    """Whether the gateway holds anything that could be withdrawn."""
    return known.status in (Status.LIVE, Status.ENDED, Status.ADOPTED)


def _of_stated(known: Known | None, row: Staged, rules: Rules) -> Change:
    if known is None or known.status in (Status.ENDED, Status.WITHDRAWN, Status.HISTORIC):
        return Change.WEAK if row.weak else Change.STARTED
    if known.status is Status.ADOPTED or row.fingerprint != known.fingerprint or row.person_ref != known.person_ref:
        return Change.CHANGED
    confirmed = row.confirmed or rules.as_of
    due = known.unconfirmed_since is not None and confirmed > known.unconfirmed_since
    due = due or confirmed >= known.told_confirmed + timedelta(days=rules.refresh_days)
    return Change.CHANGED if due else Change.CONFIRMED


def _of_over(known: Known | None, row: Staged, rules: Rules, linger_days: int) -> Change:
    if known and known.status in (Status.LIVE, Status.ADOPTED):
        return Change.ENDED
    if known and known.status is Status.ENDED:
        return Change.ENDED if row.end_date != known.end_date else Change.CONFIRMED
    if known and known.status is Status.WITHDRAWN:
        return Change.NOTHING
    lingers = row.end_date is not None and row.end_date > rules.as_of - timedelta(days=linger_days)
    return Change.ENDED if lingers and not row.weak else Change.HISTORIC


def _of_missing(known: Known | None, rules: Rules) -> Change:
    if known is None or known.status is not Status.LIVE or rules.vanish is VanishPolicy.IGNORE:
        return Change.NOTHING
    if rules.vanish is VanishPolicy.HOLD:
        return Change.MISSING
    since = known.missing_since or rules.as_of
    if rules.unread_rows and rules.as_of < since + timedelta(days=rules.patience_days):
        return Change.MISSING
    return Change.ENDED
