"""The closed code lists of the shared language.

Every list is an enumeration whose value is the code on the wire. Sources: FHIR R4 administrative-gender, the UK Core NHS number verification
status list, HL7 v2 table 0001 and the fact sheets named in `mappings/presets`.
"""

from enum import StrEnum


class Mode(StrEnum):
    """Whether keys, evidence and messages belong to real people (`live`) or to invented ones (`trial`). The two never mix."""

    LIVE = "live"
    TRIAL = "trial"


class NoticeEvent(StrEnum):
    """What a notice says happened to one involvement. The notice always carries the full state, never a delta."""

    STARTED = "involvement-started"
    CHANGED = "involvement-changed"
    ENDED = "involvement-ended"
    WITHDRAWN = "involvement-withdrawn"


class MergeEvent(StrEnum):
    """What an agency says of two of its own records of clients: that they are one client's, or that saying so was wrong."""

    MERGED = "records-merged"
    PARTED = "records-parted"


class AlertEvent(StrEnum):
    """What an alert tells the recipient about one connection. `RETRACTED` means: disregard, it was wrong or withdrawn."""

    MADE = "connection-made"
    CHANGED = "connection-changed"
    ENDED = "connection-ended"
    RETRACTED = "connection-retracted"


class AnswerCode(StrEnum):
    """What a practitioner says came of an alert. `DIFFERENT_PEOPLE` and `SAME_PERSON` are said after both sides have spoken."""

    SEEN = "seen"
    ALREADY_KNEW = "already-knew"
    MADE_CONTACT = "made-contact"
    NOT_RELEVANT = "not-relevant"
    NOT_ON_CASELOAD = "not-on-my-caseload"
    DIFFERENT_PEOPLE = "different-people"
    SAME_PERSON = "same-person"
    NO_LONGER_INVOLVED = "no-longer-involved"


class Gender(StrEnum):
    """Administrative gender as matching uses it. `UNKNOWN` and `OTHER` never count as disagreement."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class AgeBand(StrEnum):
    """The only statement about age that leaves an agency. `UNKNOWN` permits nothing. `YOUNG_20_24` counts only with an asserted status."""

    UNBORN = "unborn"
    CHILD = "child"
    YOUNG_18_19 = "18-19"
    YOUNG_20_24 = "20-24"
    ADULT = "adult"
    UNKNOWN = "unknown"


class YoungAdultStatus(StrEnum):
    """Why somebody of 20 to 24 may still be spoken of as children are: Children Act 2004, section 10(9). Known inside the agency alone; a notice
    says only that one of them is asserted."""

    NONE = "none"
    LEAVING_CARE = "leaving-care"
    EHC_PLAN = "ehc-plan"


class Sensitivity(StrEnum):
    """Whether a service line may be named at all. `UNCLASSIFIED` is treated as sensitive."""

    STANDARD = "standard"
    SENSITIVE = "sensitive"
    UNCLASSIFIED = "unclassified"


class ServiceLine(StrEnum):
    """What kind of help an involvement is. Coarse on purpose: the minimum that lets the other side know whom to ring."""

    CHILDRENS_SOCIAL_CARE = "childrens-social-care"
    EARLY_HELP = "early-help"
    ADULT_SOCIAL_CARE = "adult-social-care"
    PUBLIC_HEALTH_NURSING = "public-health-nursing"
    COMMUNITY_HEALTH = "community-health"
    MENTAL_HEALTH = "mental-health"
    GENERAL_PRACTICE = "general-practice"
    HOSPITAL = "hospital"
    SCHOOL = "school"
    HOUSING = "housing"
    HOMELESSNESS = "homelessness"
    YOUTH_JUSTICE = "youth-justice"
    PROBATION = "probation"
    VOLUNTARY = "voluntary-sector"
    SUBSTANCE_MISUSE = "substance-misuse"
    SEXUAL_HEALTH = "sexual-health"
    DOMESTIC_ABUSE = "domestic-abuse"
    OTHER = "other"


class AgencyType(StrEnum):
    """What kind of agency discloses or learns; sharing rules are written between these."""

    LOCAL_AUTHORITY_CHILDREN = "local-authority-children"
    LOCAL_AUTHORITY_ADULTS = "local-authority-adults"
    HEALTH_COMMUNITY = "health-community"
    HEALTH_MENTAL = "health-mental"
    HEALTH_ACUTE = "health-acute"
    GENERAL_PRACTICE = "general-practice"
    SCHOOL = "school"
    HOUSING = "housing"
    JUSTICE = "justice"
    CHARITY = "charity"


class IdentifierSystem(StrEnum):
    """The authorities whose person numbers count as evidence. The URI travels with the value: CHI and H&C share the NHS format."""

    NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
    CHI_NUMBER = "https://fhir.scot.nhs.uk/Id/chi-number"
    HSC_NUMBER = "https://fhir.hscni.net/Id/hsc-number"
    UPN = "https://fhir.education.gov.uk/Id/unique-pupil-number"


class Strength(StrEnum):
    """How far an identifier is to be believed. NHS number status 01 is strong, 02 and 06 medium, anything else weak."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


class LegalBasis(StrEnum):
    """The power or duty a notice is published under. Shipped as words only: none permits anything until an agreement names it."""

    CHILDREN_ACT_2004_S10 = "children-act-2004-s10"
    CHILDREN_ACT_2004_S11 = "children-act-2004-s11"
    CHILDRENS_WELLBEING_AND_SCHOOLS_ACT_2026 = "childrens-wellbeing-and-schools-act-2026"
    CARE_ACT_2014_S6 = "care-act-2014-s6"
    CARE_ACT_2014_S7 = "care-act-2014-s7"
    CARE_ACT_2014_S45 = "care-act-2014-s45"
    HEALTH_AND_SOCIAL_CARE_ACT_2012_S251B = "health-and-social-care-act-2012-s251b"
    CRIME_AND_DISORDER_ACT_1998_S115 = "crime-and-disorder-act-1998-s115"
    UK_GDPR_6_1_E = "uk-gdpr-6-1-e"
    UK_GDPR_6_1_EA = "uk-gdpr-6-1-ea"
    UK_GDPR_6_1_F = "uk-gdpr-6-1-f"
    CONSENT = "consent"


class Consent(StrEnum):
    """Whether the person's consent is needed, and what they said. Needed but missing is denied."""

    NOT_NEEDED = "not-needed"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    MISSING = "missing"


class Informed(StrEnum):
    """Whether the person was told about this involvement being shared. Unsaid counts as not informed."""

    IN_PERSON = "in-person"
    BY_LETTER = "by-letter"
    BY_NOTICE = "by-privacy-notice"
    NOT_INFORMED = "not-informed"
    UNSAFE_TO_INFORM = "unsafe-to-inform"


class RelationKind(StrEnum):
    """What another person is to the subject of a notice, or the other side's client to the reader's."""

    PARENT = "parent"
    CARER = "carer"
    CARED_FOR = "cared-for"
    CHILD = "child"
    SIBLING = "sibling"
    PARTNER = "partner"


class RelationStanding(StrEnum):
    """Whether a relation may connect anybody. One that is `DISPUTED`, or under `NO_CONTACT`, is stated so that it never does."""

    CURRENT = "current"
    DISPUTED = "disputed"
    NO_CONTACT = "no-contact"


class Certainty(StrEnum):
    """How sure the gateway is that both involvements are with one person; an alert says it in words."""

    SAME_NUMBER = "same-verified-number"
    STRONG_MATCH = "strong-match"
    REVIEWED = "confirmed-by-review"


class AlertLevel(StrEnum):
    """How much an alert says: the dial of an agreement."""

    EMPTY = "empty"
    ID_ONLY = "id-only"
    FULL = "full"


class ReceiptOutcome(StrEnum):
    """What became of a message. `STALE` asks the sender to seal the same content again; `REFUSED` is final for that content."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    STALE = "stale"


class MessageKind(StrEnum):
    """What is inside an envelope. A `TEST_NOTICE` is about nobody: it answers a `TEST_REQUEST`, and nothing of it is registered. An
    `INTRODUCTION_REQUEST` is receipted, and never answered otherwise."""

    NOTICE = "notice"
    RECEIPT = "receipt"
    ALERT = "alert"
    STATEMENT = "statement"
    STATEMENT_REPLY = "statement-reply"
    TEST_REQUEST = "test-request"
    TEST_NOTICE = "test-notice"
    CHECK_LIST = "check-list"
    MERGE = "merge"
    SHIELD = "shield"
    ACCESS_LIST = "access-list"
    ACCESS_ANSWER = "access-answer"
    INTRODUCTION_REQUEST = "introduction-request"
    ANSWER = "answer"
