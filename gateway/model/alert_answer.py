"""What a practitioner answered to one alert, as the register keeps it: numbers, a code, days, and what a steward decided of it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import MessageId


class AnswerOutcome(StrEnum):
    """What follows from an answer. `NOTED`: it is counted, and shown to stewards. `IN_REVIEW`: two records may be of different people, and a
    review case waits for a steward. `OPEN`: the connection is one across a family, of which no review case can be made, and the answer
    itself waits for a steward, who upholds or overrules it. While the last two wait nothing is shared across the pair."""

    NOTED = "noted"
    IN_REVIEW = "in-review"
    OPEN = "open"
    UPHELD = "upheld"
    OVERRULED = "overruled"


PAUSING = frozenset({AnswerOutcome.OPEN, AnswerOutcome.UPHELD})
"""Of a connection across a family: an answer with which nothing is shared across it."""


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """`involvement` is the answering side's, by number. One for each alert and code. `case` is the review case of one that is `IN_REVIEW`, by
    number; 0 of all others."""

    id: int
    connection: MessageId
    involvement: int
    alert: MessageId
    code: AnswerCode
    said_on: date
    taken_at: datetime
    outcome: AnswerOutcome = AnswerOutcome.NOTED
    case: int = 0
    decided_by: str = ""
    decided_at: datetime | None = None
