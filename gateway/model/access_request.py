"""A person's request to see what is held of them (UK GDPR Article 15): who asks for whom, its clock, and every record that it may be about.

No name, number or address: whoever asks is known to the DPO, who calls the request by its reference.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mappings.canonical.access import AccessQuestionKind, AccessVerdict, ExemptionGround
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef


class OnBehalf(StrEnum):
    """On whose behalf somebody asks. A child who is able to decide asks for themselves."""

    SELF = "self"
    CHILD_ABLE_TO_DECIDE = "child-able-to-decide"
    PARENTAL_RESPONSIBILITY = "parental-responsibility"
    ATTORNEY = "attorney"


class Proof(StrEnum):
    """What the DPO, or whoever saw it for them, saw: the kind, never a number of it."""

    PASSPORT = "passport"
    DRIVING_LICENCE = "driving-licence"
    BIRTH_CERTIFICATE = "birth-certificate"
    COURT_ORDER = "court-order"
    POWER_OF_ATTORNEY = "power-of-attorney"
    VOUCHED_FOR_BY_WORKER = "vouched-for-by-worker"
    OTHER = "other"


class AccessState(StrEnum):
    """`EXPORTED`: on its way to the DPO's machine; nothing of it changes any more."""

    OPEN = "open"
    SEARCHED = "searched"
    EXPORTED = "exported"
    RELEASED = "released"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """`reference` is what everybody calls it. `due` is the last day; `extended_because` says why it is later than a month. `proof_by` is the
    work name of whoever saw the proof. `answer` is the digest of what was released."""

    id: int
    reference: str
    on_behalf: OnBehalf
    about_child: bool
    proof: Proof
    proof_by: str
    proof_on: date
    opened_at: datetime
    opened_by: str
    received_on: date
    due: date
    state: AccessState = AccessState.OPEN
    extended_because: str = ""
    closed_at: datetime | None = None
    closed_because: str = ""
    answer: str = ""

    @property
    def shows_least(self) -> bool:
        """Whether a parent asks for a child: the answer never shows where the child, or who looks after them, is to be found."""
        return self.on_behalf is OnBehalf.PARENTAL_RESPONSIBILITY

    @property
    def is_under_way(self) -> bool:
        """Whether its clock runs."""
        return self.state not in (AccessState.RELEASED, AccessState.CLOSED)

    def is_overdue(self, today: date) -> bool:
        """Whether its clock has run out."""
        return self.is_under_way and today > self.due


class ItemState(StrEnum):
    """`ASKED`: the controller has not answered."""

    ASKED = "asked"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class AccessItem:
    """One record that the request may be about. `involvement` is the one that names the person as a relative, for such an item only.

    `held`: of a service that must stay private, or asked for by a parent and private; the DPO decides (`included`, None until then).
    `answered_by` is a connector or an operator; `evidence` says on what paper an operator rested. `private` is what it was when found.
    """

    id: int
    request: int
    kind: AccessQuestionKind
    agency: AgencyId
    record: int
    involvement: int | None
    person_ref: PersonRef
    question: MessageId
    asked_at: datetime
    due: date
    held: bool
    state: ItemState = ItemState.ASKED
    verdict: AccessVerdict | None = None
    ground: ExemptionGround | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    evidence: str = ""
    included: bool | None = None

    @property
    def is_to_decide(self) -> bool:
        """Whether it waits for the DPO's decision."""
        return self.held and self.included is None and self.verdict is AccessVerdict.RELEASE

    @property
    def is_released(self) -> bool:
        """Whether it stands in the answer."""
        return self.verdict is AccessVerdict.RELEASE and (not self.held or self.included is True)
