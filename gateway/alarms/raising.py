"""When somebody is to look at a connector. Pure rules over counts: a day of its doings, against the days before.

* A connector is measured by itself: what is usual is the median of its own days, so that neither one great load nor a quiet week counts for much.
* One that has hardly begun has nothing usual yet. What it loads at first raises an alarm of its own kind, which is expected.
* Whoever has taken a connector over can make evidence for anybody. Trying many shows: people placed far above the usual, that match far more
  or far less often than its clients do, and involvements taken back as soon as they were declared, or once they had brought an
  alert and no practitioner answered that there was contact. Where practitioners do answer, and hardly ever that there was, that shows too;
  of alerts that nobody answers nothing can be said.
* An alarm changes nothing that the connector is told or allowed: it must not be able to feel for where the thresholds are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from gateway.model.alarm import AlarmKind, Tally

WINDOW = timedelta(days=1)
HISTORY = timedelta(days=28)
SETTLED_DAYS = 5
"""Days with anything accepted, from which on there is something usual."""

PLACED_LEAST = 50
BURST_FACTOR = 5
BRIEF_LEAST = 10
BRIEF_SHARE = 0.25
MATCHED_LEAST = 30
OFTEN_SHARE = 0.5
OFTEN_FACTOR = 3
SELDOM_SHARE = 0.1
SELDOM_FACTOR = 5
UNBELIEVED_LEAST = 5
REFUSED_LEAST = 20
REFUSED_SHARE = 0.2
ONE_WAY_LEAST = 10
ONE_WAY_SHARE = 0.25
DROPPED_LEAST = 10
DROPPED_FACTOR = 5
UNREACHABLE_LEAST = 5
UNREACHABLE_SHARE = 0.5
ANSWERED_LEAST = 20
FOLLOWED_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """The number that is too high (or too low), and what it is compared with; shares are whole percents."""

    observed: int
    usual: int


@dataclass(frozen=True, slots=True)
class Usual:
    """A connector's days before the one that is looked at, as far as anything was accepted on them."""

    days: tuple[Tally, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether it has been at work long enough to have habits."""
        return len(self.days) >= SETTLED_DAYS

    @property
    def placed(self) -> int:
        """People placed on a usual day."""
        return round(median(day.placed for day in self.days)) if self.days else 0

    @property
    def dropped(self) -> int:
        """Involvements dropped after an alert on a usual day."""
        return round(median(day.dropped for day in self.days)) if self.days else 0

    @property
    def answered(self) -> tuple[int, int]:
        """How many answers say what came of an alert, and how many of them that there was contact."""
        return sum(day.answered for day in self.days), sum(day.followed for day in self.days)

    @property
    def matched_share(self) -> float | None:
        """Of those placed, how many matched; None where too few were placed to say."""
        placed = sum(day.placed for day in self.days)
        return sum(day.matched for day in self.days) / placed if placed >= MATCHED_LEAST else None


def usual_of(days: Sequence[Tally]) -> Usual:
    """Of the days that are known, those on which it was at work."""
    return Usual(tuple(day for day in days if day.accepted))


def needs_history(day: Tally) -> bool:
    """Whether any rule would compare this day with those before. Most days need no comparison."""
    many = day.placed >= min(PLACED_LEAST, MATCHED_LEAST) or day.dropped >= DROPPED_LEAST
    return many or day.answered > day.followed


def measure(kind: AlarmKind, day: Tally, usual: Usual) -> Measured | None:
    """What raises an alarm of this kind after such a day; None where nothing does."""
    return _RULES[kind](day, usual)


def _first_load(day: Tally, usual: Usual) -> Measured | None:
    if usual.is_known or day.placed < PLACED_LEAST:
        return None
    return Measured(day.placed, 0)


def _burst(day: Tally, usual: Usual) -> Measured | None:
    if not usual.is_known or day.placed < max(PLACED_LEAST, BURST_FACTOR * usual.placed):
        return None
    return Measured(day.placed, usual.placed)


def _brief(day: Tally, usual: Usual) -> Measured | None:
    if day.brief < max(BRIEF_LEAST, BRIEF_SHARE * day.placed):
        return None
    return Measured(day.brief, 0)


def _often(day: Tally, usual: Usual) -> Measured | None:
    share = usual.matched_share
    if share is None or not usual.is_known or day.placed < MATCHED_LEAST:
        return None
    if day.matched < max(OFTEN_SHARE, OFTEN_FACTOR * share) * day.placed:
        return None
    return Measured(_percent(day.matched / day.placed), _percent(share))


def _nobody(day: Tally, usual: Usual) -> Measured | None:
    share = usual.matched_share
    if share is None or not usual.is_known or share < SELDOM_SHARE or day.placed < MATCHED_LEAST:
        return None
    if day.matched * SELDOM_FACTOR > share * day.placed:
        return None
    return Measured(_percent(day.matched / day.placed), _percent(share))


def _unbelieved(day: Tally, usual: Usual) -> Measured | None:
    return Measured(day.unbelieved, 0) if day.unbelieved >= UNBELIEVED_LEAST else None


def _refused(day: Tally, usual: Usual) -> Measured | None:
    if day.refused < max(REFUSED_LEAST, REFUSED_SHARE * (day.accepted + day.refused)):
        return None
    return Measured(day.refused, day.accepted)


def _limited(day: Tally, usual: Usual) -> Measured | None:
    return Measured(day.limited, 0) if day.limited else None


def _one_way(day: Tally, usual: Usual) -> Measured | None:
    if day.one_way < max(ONE_WAY_LEAST, ONE_WAY_SHARE * day.sights):
        return None
    return Measured(day.one_way, day.sights)


def _dropped(day: Tally, usual: Usual) -> Measured | None:
    if day.dropped < max(DROPPED_LEAST, DROPPED_FACTOR * usual.dropped):
        return None
    return Measured(day.dropped, usual.dropped)


def _no_contact(day: Tally, usual: Usual) -> Measured | None:
    if day.unreachable < max(UNREACHABLE_LEAST, UNREACHABLE_SHARE * day.accepted):
        return None
    return Measured(day.unreachable, day.accepted)


def _never_followed(day: Tally, usual: Usual) -> Measured | None:
    """Over all the days that are known: contact takes longer than one."""
    before, contacts = usual.answered
    answered, followed = before + day.answered, contacts + day.followed
    # Only on a day on which another such answer came: an alarm that was acknowledged is not raised again by what it was about.
    if day.answered <= day.followed or answered < ANSWERED_LEAST or followed >= FOLLOWED_SHARE * answered:
        return None
    return Measured(followed, answered)


def _percent(share: float) -> int:
    return round(100 * share)


_RULES: dict[AlarmKind, Callable[[Tally, Usual], Measured | None]] = {
    AlarmKind.FIRST_LOAD: _first_load,
    AlarmKind.DECLARATION_BURST: _burst,
    AlarmKind.BRIEF_INVOLVEMENTS: _brief,
    AlarmKind.MATCHES_OFTEN: _often,
    AlarmKind.MATCHES_NOBODY: _nobody,
    AlarmKind.SIGNATURES_REFUSED: _unbelieved,
    AlarmKind.NOTICES_REFUSED: _refused,
    AlarmKind.VOLUME_LIMIT: _limited,
    AlarmKind.ONE_WAY_SIGHTS: _one_way,
    AlarmKind.DROPPED_AFTER_ALERTS: _dropped,
    AlarmKind.NO_CONTACT: _no_contact,
    AlarmKind.NEVER_FOLLOWED: _never_followed,
    # Not of what the connector did, but of what nobody did for its practitioners (`gateway.introducing.reminding`).
    AlarmKind.INTRODUCTIONS_WAITING: lambda day, usual: None,
}

_WORDS = {
    AlarmKind.FIRST_LOAD: "{observed} people in a day from a connector that has just begun: expected where its agency loads its records",
    AlarmKind.DECLARATION_BURST: "{observed} people in a day, {usual} are usual",
    AlarmKind.BRIEF_INVOLVEMENTS: "{observed} involvements in a day ended or taken back within a day of being declared",
    AlarmKind.MATCHES_OFTEN: "{observed} % of the people declared in a day match somebody, {usual} % are usual",
    AlarmKind.MATCHES_NOBODY: "{observed} % of the people declared in a day match somebody, {usual} % are usual",
    AlarmKind.SIGNATURES_REFUSED: "{observed} messages or requests in its name in a day had a signature, sender or certificate that does not hold",
    AlarmKind.NOTICES_REFUSED: "{observed} of its messages in a day were refused, and {usual} accepted",
    AlarmKind.VOLUME_LIMIT: "{observed} of its notices in a day were put off, because it sent more than it may",
    AlarmKind.ONE_WAY_SIGHTS: "{observed} of the {usual} people it was told of in a day are known to agencies that are told nothing of it",
    AlarmKind.DROPPED_AFTER_ALERTS: "{observed} involvements in a day ended or taken back within a week of its being told of others for "
    "them, {usual} are usual; of none of them a practitioner has answered that there was contact",
    AlarmKind.NO_CONTACT: "{observed} of its {usual} notices in a day named no telephone and no e-mail, so nobody can follow an alert about them up",
    AlarmKind.NEVER_FOLLOWED: "of {usual} alerts of four weeks whose practitioners said what came of them, {observed} were followed by contact",
    AlarmKind.INTRODUCTIONS_WAITING: "{observed} requests of its practitioners have waited for the introducer for more than {usual} working days: "
    "patchwork introducer list",
}


def in_words(kind: AlarmKind, observed: int, usual: int) -> str:
    """What happened, for whoever looks at it."""
    return _WORDS[kind].format(observed=observed, usual=usual)
