"""The agency's own settings for publishing, and what a run of it reports."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Policy:
    """Days, all of them. Linger: how long after its end an involvement not seen before is still published. Refresh: after how long a mere
    confirmation is told. Patience: how long a missing involvement stays live while some rows of its source cannot be read."""

    linger_days_children: int = 92
    linger_days_adults: int = 0
    refresh_days: int = 30
    patience_days: int = 7


@dataclass(slots=True)
class FeedReport:
    """What became of one source. `changes` counts by `connectors.publishing.changes.Change`; `problem` says why nothing of it was published;
    `digest` of which files it was read (`connectors.reading.lineage`)."""

    source: str
    as_of: date | None = None
    read: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    rejections: list[str] = field(default_factory=list)
    problem: str = ""
    held: int | None = None
    digest: str = ""

    @property
    def weak(self) -> int:
        """How many are not published because too little is known of the person."""
        return self.changes["weak-identity"]


@dataclass(slots=True)
class Report:
    """What one run did. `withdrawn_as_excluded`, `ended_as_unclaimed` and `sent_again` count notices beyond those of the
    sources. `more_due`: there was no room for everything that is due again."""

    feeds: list[FeedReport] = field(default_factory=list)
    withdrawn_as_excluded: int = 0
    ended_as_unclaimed: int = 0
    sent_again: int = 0
    more_due: bool = False

    @property
    def needs_a_person(self) -> bool:
        """Whether something was held, could not be read, or was rejected."""
        return any(feed.problem or feed.rejected for feed in self.feeds)
