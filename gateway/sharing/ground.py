"""On which legal ground one kind of agency discloses: the power or duty, and what data protection and confidentiality law ask besides.

Sources: UK GDPR Articles 6, 9 and 10; Data Protection Act 2018, sections 8, 10 and 11 and Schedule 1 (Part 1: paragraphs 1 to 4, Part 2: 5 to
28, Part 3: 29 to 37); for health the common law duty of confidentiality. The powers are in `gateway.sharing.legal_basis`.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.sharing.legal_basis import legal_bases
from mappings.canonical.codes import AgeBand, AgencyType, LegalBasis


class ArticleSix(StrEnum):
    """The lawful basis under UK GDPR Article 6(1)."""

    CONSENT = "6(1)(a)"
    LEGAL_OBLIGATION = "6(1)(c)"
    VITAL_INTERESTS = "6(1)(d)"
    PUBLIC_TASK = "6(1)(e)"
    RECOGNISED_INTEREST = "6(1)(ea)"
    LEGITIMATE_INTERESTS = "6(1)(f)"


class Condition(StrEnum):
    """The condition for special category data (Article 9(2)) or data on offences (Article 10): that a service is involved tells of both."""

    EXPLICIT_CONSENT = "9(2)(a)"
    SOCIAL_PROTECTION = "9(2)(b)"
    VITAL_INTERESTS = "9(2)(c)"
    SUBSTANTIAL_PUBLIC_INTEREST = "9(2)(g)"
    HEALTH_OR_SOCIAL_CARE = "9(2)(h)"
    PUBLIC_HEALTH = "9(2)(i)"
    OFFENCES = "10"


class Confidentiality(StrEnum):
    """Why a duty of confidentiality does not stand in the way."""

    CONSENT = "consent"
    STATUTE = "statute"
    PUBLIC_INTEREST = "overriding-public-interest"


SCHEDULE_1: dict[Condition, range] = {
    Condition.EXPLICIT_CONSENT: range(0),
    Condition.SOCIAL_PROTECTION: range(1, 2),
    Condition.VITAL_INTERESTS: range(0),
    Condition.SUBSTANTIAL_PUBLIC_INTEREST: range(6, 29),
    Condition.HEALTH_OR_SOCIAL_CARE: range(2, 3),
    Condition.PUBLIC_HEALTH: range(3, 4),
    Condition.OFFENCES: range(1, 38),
}
"""The paragraphs of Schedule 1 by which each condition is met; an empty range where none is asked for."""

HEALTH = frozenset(
    {AgencyType.HEALTH_COMMUNITY, AgencyType.HEALTH_MENTAL, AgencyType.HEALTH_ACUTE, AgencyType.GENERAL_PRACTICE}
)
PUBLIC_BODIES = HEALTH | {AgencyType.LOCAL_AUTHORITY_CHILDREN, AgencyType.LOCAL_AUTHORITY_ADULTS, AgencyType.JUSTICE}
_NOT_FOR_TASKS = (ArticleSix.RECOGNISED_INTEREST, ArticleSix.LEGITIMATE_INTERESTS)
_FOR_CHARITIES = (*_NOT_FOR_TASKS, ArticleSix.CONSENT)


@dataclass(frozen=True, slots=True)
class Ground:
    """What lets one kind of agency disclose what it published under `power`. `schedule_1` is the paragraph's number, None where the condition
    needs none; `confidentiality` is None where the agency owes no duty of a health service."""

    discloser: AgencyType
    power: LegalBasis
    article_6: ArticleSix
    condition: Condition
    schedule_1: int | None
    confidentiality: Confidentiality | None
    consent_needed: bool

    @property
    def age_bands(self) -> frozenset[AgeBand]:
        """Of whom it lets anything be said."""
        return legal_bases()[self.power].age_bands


def ground_fault(ground: Ground) -> str:
    """What is wrong with it, as the end of a sentence; empty where nothing is."""
    paragraphs = SCHEDULE_1[ground.condition]
    if ground.schedule_1 is None and paragraphs:
        return f"condition {ground.condition} needs a paragraph of DPA 2018 Schedule 1: give schedule_1, a number {_span(paragraphs)}"
    if ground.schedule_1 is not None and ground.schedule_1 not in paragraphs:
        wanted = f"must be {_span(paragraphs)}" if paragraphs else "must be left out"
        return f"schedule_1 {wanted} for condition {ground.condition}"
    if ground.discloser in HEALTH and ground.confidentiality is None:
        return f"a health service needs confidentiality: one of {', '.join(Confidentiality)}"
    if ground.discloser in PUBLIC_BODIES and ground.article_6 in _NOT_FOR_TASKS:
        return f"article_6 {ground.article_6} is not for a public body's tasks (UK GDPR Article 6)"
    if ground.discloser is AgencyType.CHARITY and ground.article_6 not in _FOR_CHARITIES:
        return f"article_6 of a charity must be one of {', '.join(_FOR_CHARITIES)}"
    return _consent_fault(ground)


def _consent_fault(ground: Ground) -> str:
    by_consent = [
        ground.power is LegalBasis.CONSENT,
        ground.article_6 is ArticleSix.CONSENT,
        ground.condition is Condition.EXPLICIT_CONSENT,
        ground.confidentiality is Confidentiality.CONSENT,
    ]
    if any(by_consent) and not ground.consent_needed:
        return "what rests on consent must say consent_needed = true"
    return ""


def _span(paragraphs: range) -> str:
    first, last = paragraphs[0], paragraphs[-1]
    return str(first) if first == last else f"{first} to {last}"
