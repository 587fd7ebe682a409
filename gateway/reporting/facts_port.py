"""What a report needs of the store: numbers over everybody, counted by the database. Nothing here names a person or a reference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held of one agency. `live` involvements, of which `stale` were last confirmed on or before the day asked for, `over` those that
    are over and not erased; `as_of` is the latest day on which its source vouched for one that is live (None: none is)."""

    agency: AgencyId
    live: int
    stale: int
    over: int
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Sights:
    """What one agency's connector has been told of another agency and has not been taken back: so many `sights`, of which in `one_way` the
    other side has been told nothing and nothing waits to be told to it."""

    connector: ConnectorId
    agency: AgencyId
    about: AgencyId
    sights: int
    one_way: int


@dataclass(frozen=True, slots=True)
class Connected:
    """Connections: `live` now, and `made` (or made again) and `over` in a stretch of time."""

    live: int
    made: int
    over: int


@dataclass(frozen=True, slots=True)
class Answered:
    """Of a stretch of time: `alerts` to which any answer came, and how many `answers` of each code; codes that nobody gave are left out."""

    alerts: int
    answers: Mapping[str, int]


class Facts(Protocol):
    """Part of a unit of work (`gateway.ports.UnitOfWork.facts`)."""

    def holdings(self, stale_on: date) -> list[Holding]:
        """Of every agency of which anything was ever held, by id."""

    def connected(self, begin: datetime, end: datetime) -> Connected: ...
    def sights(self) -> list[Sights]:
        """By connector, agency and agency told of."""

    def made_at(self, alerts: Sequence[MessageId]) -> Mapping[MessageId, datetime]:
        """When each of these alerts was decided, as far as they are still there. At most a page of them."""

    def answered(self, begin: datetime, end: datetime) -> Answered: ...
    def followed(self, begin: datetime, end: datetime, codes: Iterable[AnswerCode]) -> int:
        """Of a stretch of time: alerts to which one of these answers came."""

    def alarms_raised(self, begin: datetime, end: datetime) -> dict[str, int]:
        """How many alarms of each kind were raised; kinds of which none was are left out."""
