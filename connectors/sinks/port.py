"""The port every sink implements: one alert, in the agency's own words, into the agency's own system."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from mappings.canonical.alert import Alert
from mappings.canonical.person import PartialDate


class SinkDown(Exception):
    """The sink cannot take the alert now; it will be tried again. The message names the sink and holds nothing of the alert. `retry_after`:
    the sink itself said how long to wait."""

    def __init__(self, problem: str, retry_after: timedelta | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class SinkRefused(Exception):
    """The sink says it will never take this alert. Kept in the ledger for a person to look at."""


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """An alert with what only this agency knows: its own ids and labels for the client, its own worker, and the sentence to read.

    `client_family`, `client_given` and `client_born` are the client's as the ledger keeps them (names in capital letters, without spaces); for
    systems that compare them with their own. `rerouted`: the alert comes again, because it was not on the caseload of whom it went to. `worker_id` is
    our own id of the worker, where our data has one."""

    alert: Alert
    client_local_id: str
    client_label: str
    involvement_local_id: str
    worker: str
    text: str
    client_family: str = ""
    client_given: str = ""
    client_born: PartialDate | None = None
    rerouted: bool = False
    team: str = ""
    worker_id: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Digest:
    """Several first alerts of one worker (or of a team, where nobody is named), the oldest first, and the text to read. Given again with more in
    it, it has the same id."""

    id: str
    worker: str
    made_at: datetime
    deliveries: tuple[Delivery, ...]
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class AnswerFile:
    """What staff put down beside their alerts: the name of the file or task, and what it says as read. `fault` says why it could not be read;
    empty where it could. `reference` is the one to say, where the alert named in `alert` is no longer the latest about it."""

    name: str
    alert: str = ""
    answer: str = ""
    by: str = ""
    fault: str = ""
    reference: str = ""


@runtime_checkable
class TakesAnswers(Protocol):
    """A sink where practitioners' answers are put down too."""

    def answers(self, limit: int) -> list[AnswerFile]:
        """Those that wait, in the order of their names. Raises `SinkDown`."""

    def answer_taken(self, file: AnswerFile) -> None:
        """Put it away: it is in the ledger. Raises `SinkDown`."""

    def answer_rejected(self, file: AnswerFile, why: str) -> None:
        """Put it aside with a sentence that says why. Raises `SinkDown`."""


class Sink(Protocol):
    """Where alerts go. Delivering the same alert twice must leave one alert there (keyed by alert id and version)."""

    name: str

    def deliver(self, delivery: Delivery) -> None:
        """Put it there durably before returning. Raises `SinkDown` or `SinkRefused`."""


@runtime_checkable
class TakesDigests(Protocol):
    """A sink that people read: many first alerts of one worker come to it as one. Systems that file each alert beside its record do not."""

    name: str

    def deliver_digest(self, digest: Digest) -> None:
        """As `deliver`: durably, once, keyed by the digest's id. Raises `SinkDown` or `SinkRefused`."""
