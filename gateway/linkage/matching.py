"""What it takes to decide links and alerts anew outside intake: the gateway's two keyed parts, and the clock of review."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.alerts.pairing import Pairing
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.review.cases import REVIEW_DAYS
from identity.person.pepper import Pepper


@dataclass(frozen=True, slots=True)
class Matching:
    """`peppers` says which pepper counts (`gateway.keys.peppers`). `review_days`: see `gateway.review.cases`."""

    peppers: Callable[[UnitOfWork], Pepper]
    pairing: Pairing
    review_days: int = REVIEW_DAYS


def no_matching() -> Matching:
    """For an office that cannot change links. Raises `Refused`."""
    raise Refused("links cannot be changed here: this office was opened without the gateway's pepper")
