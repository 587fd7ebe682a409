"""What the register counts of a connector's doings, and the alarms that follow: counts and codes, never a person or a reference."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from gateway.model.standing import Light
from mappings.canonical.identifiers import ConnectorId


class AlarmKind(StrEnum):
    """What made somebody be called."""

    FIRST_LOAD = "first-load"
    DECLARATION_BURST = "declaration-burst"
    BRIEF_INVOLVEMENTS = "brief-involvements"
    MATCHES_OFTEN = "matches-often"
    MATCHES_NOBODY = "matches-nobody"
    SIGNATURES_REFUSED = "signatures-refused"
    NOTICES_REFUSED = "notices-refused"
    VOLUME_LIMIT = "volume-limit"
    ONE_WAY_SIGHTS = "one-way-sights"
    DROPPED_AFTER_ALERTS = "dropped-after-alerts"
    NO_CONTACT = "agency-without-contact"
    NEVER_FOLLOWED = "never-followed-by-contact"
    INTRODUCTIONS_WAITING = "introductions-waiting"

    @property
    def light(self) -> Light:
        """Amber where it may well be expected, red where somebody may be at work who should not."""
        return Light.AMBER if self in _AMBER else Light.RED


_AMBER = (
    AlarmKind.FIRST_LOAD,
    AlarmKind.NOTICES_REFUSED,
    AlarmKind.VOLUME_LIMIT,
    AlarmKind.ONE_WAY_SIGHTS,
    AlarmKind.NO_CONTACT,
    AlarmKind.NEVER_FOLLOWED,
    AlarmKind.INTRODUCTIONS_WAITING,
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one connector did in a stretch of time.

    `accepted` notices. `placed`: how often linkage was asked, for somebody new or on changed details; `matched`: how often that found
    somebody another agency knows. `brief`: involvements that ended or were withdrawn within a day of the person's being declared. `refused`
    messages, of which `unbelieved` are those whose signature or sender did not hold; requests are among them. `limited`: put off for volume.
    `sights`: connections it was told of, once each; `one_way` of them the other side is told nothing of. `dropped`: involvements ended or
    withdrawn within a week of the decision to tell it of somebody else because of them, where no practitioner has answered that there was
    contact. `unreachable`: accepted notices of a live involvement with neither telephone nor e-mail. `answered`: its practitioners' answers
    that say what came of an alert, of which `followed` say that there was contact, then or before.
    """

    accepted: int = 0
    placed: int = 0
    matched: int = 0
    brief: int = 0
    refused: int = 0
    unbelieved: int = 0
    limited: int = 0
    sights: int = 0
    one_way: int = 0
    dropped: int = 0
    unreachable: int = 0
    answered: int = 0
    followed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True, slots=True)
class CountedSince:
    """What a connector did from `begun` on, until the next count of it begins: within an hour."""

    begun: datetime
    tally: Tally


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who looked at an alarm, when, and what came of it."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """`observed` is the number that raised it, `usual` what it was compared with. Open until it is acknowledged. `id` is 0 until it is kept."""

    id: int
    connector: ConnectorId
    kind: AlarmKind
    raised_at: datetime
    observed: int
    usual: int
    acknowledged: Acknowledgement | None = None
