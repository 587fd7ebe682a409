"""A person asks what is held of them: what the gateway asks of the agency that holds a record, and what the agency answers.

The agency is named its own record by its own reference. Who asks it is told by the DPO, who is rung under the request's reference: no name travels.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef

MAX_QUESTIONS = 200


class AccessQuestionKind(StrEnum):
    """`CONFIRM`: the surest details agree; may it be released? `CHECK`: less agrees; is it the person's at all? `RELATIVE`: the record names
    the person as a relative of its client, so it is about somebody else too."""

    CONFIRM = "confirm"
    CHECK = "check"
    RELATIVE = "relative"


class AccessVerdict(StrEnum):
    """What the controller of a record says."""

    RELEASE = "release"
    NOT_THEIRS = "not-theirs"
    EXEMPT = "exempt"


class ExemptionGround(StrEnum):
    """Why not: DPA 2018 Schedule 3 (serious harm), Schedule 2 paragraph 16 (mixed data of others), Schedule 3 paragraphs 10 and 12 with
    Schedule 2 paragraph 17 (health, social work and education workers)."""

    SERIOUS_HARM = "serious-harm"
    MIXED_DATA = "mixed-data"
    WORKERS = "workers"


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """`request` is what to say on the telephone to the DPO; `due` the day by which to answer."""

    id: MessageId
    kind: AccessQuestionKind
    person_ref: PersonRef
    request: str
    due: date


@dataclass(frozen=True, slots=True)
class AccessList:
    """Every question to one agency that is open as of that day, `n` growing with each list; it takes the place of the one before."""

    agency: AgencyId
    as_of: date
    n: int
    questions: tuple[AccessQuestion, ...] = ()

    def __post_init__(self) -> None:
        if len(self.questions) > MAX_QUESTIONS or len({each.id for each in self.questions}) != len(self.questions):
            raise ValueError(f"a list asks at most {MAX_QUESTIONS} different questions")


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """`ground` is set for an exemption, and only there."""

    id: MessageId
    agency: AgencyId
    question: MessageId
    verdict: AccessVerdict
    ground: ExemptionGround | None = None

    def __post_init__(self) -> None:
        if (self.verdict is AccessVerdict.EXEMPT) != (self.ground is not None):
            raise ValueError("an exemption names its ground, and nothing else does")
