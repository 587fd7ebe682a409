"""What a practitioner says came of an alert. References, a code and a day: nothing is written in words, and nothing is said of a person."""

from dataclasses import dataclass
from datetime import date

from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import AgencyId, InvolvementRef, MessageId
from mappings.canonical.notice import Sequence


@dataclass(frozen=True, slots=True)
class PractitionerAnswer:
    """`id` is stable over every sending of it; `sequence` is of the ledger's one count of all that it states. `connection`, `involvement_ref`,
    `alert` and `version` are those of the alert that is answered: the involvement is the agency's own. The same answer to the same alert again
    is the same answer, whatever its id and day."""

    id: MessageId
    sequence: Sequence
    agency: AgencyId
    connection: MessageId
    involvement_ref: InvolvementRef
    alert: MessageId
    version: int
    answer: AnswerCode
    day: date

    def __post_init__(self) -> None:
        if self.version < 1:
            raise ValueError("the version of an alert is a count from 1")
