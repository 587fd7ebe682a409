"""One invented notice, alert and receipt of each kind, written out in `golden/` so that a change of the wire shows in review."""

from dataclasses import replace
from datetime import UTC, date, datetime

from mappings.canonical.alert import Alert, Introducer, OtherParty, Participation
from mappings.canonical.codes import (
    AgeBand,
    AlertEvent,
    AlertLevel,
    Certainty,
    Gender,
    IdentifierSystem,
    Informed,
    LegalBasis,
    NoticeEvent,
    ReceiptOutcome,
    RelationKind,
    Sensitivity,
    ServiceLine,
    Strength,
)
from mappings.canonical.evidence import BirthDateTokens, Evidence, IdentifierToken, LocationTokens, NameTokens
from mappings.canonical.identifiers import (
    AgencyId,
    GatewayId,
    InvolvementRef,
    MessageId,
    PersonRef,
    SpokenReference,
)
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, RelatedPerson, Sequence, Worker
from mappings.canonical.receipt import Issue, Receipt

HOME = GatewayId("https://seaton.example/patchwork")
HOUSING = AgencyId("https://seaton.example/agency/housing")
SCHOOL = AgencyId("https://seaton.example/agency/school")


def token(label: str, size: int = 16) -> bytes:
    """Bytes that say what they stand for."""
    return label.encode().ljust(size, b".")[:size]


def names(label: str) -> NameTokens:
    """The tokens of one invented name."""
    return NameTokens(
        token(f"{label} exact"), token(f"{label} sound"), token(f"{label} initial"), token(f"{label} set", 32), 2
    )


EVIDENCE = Evidence(
    epoch="2026-a",
    identifiers=(IdentifierToken(IdentifierSystem.NHS_NUMBER, Strength.STRONG, token("number")),),
    given=names("given"),
    family=names("family"),
    names_signature=token("both names", 32),
    birth_date=BirthDateTokens(token("year"), full=token("birth date")),
    locations=(LocationTokens(postcode=token("postcode"), signature=token("address", 32)),),
    gender=Gender.FEMALE,
    blocks=(token("block 1"), token("block 2")),
)
WORKER = Worker("Sam Taylor", "Housing officer", "North team", Contact("01632 960001", "sam@housing.example"))
STARTED = Notice(
    id=MessageId("5f0c1c36-6d52-4d5c-8f4d-0a2f3c1f9b01"),
    event=NoticeEvent.STARTED,
    sequence=Sequence("20261123T150000Z-0a1b2c3d", 7),
    home_gateway=HOME,
    agency=HOUSING,
    person_ref=PersonRef("a1" * 32),
    involvement_ref=InvolvementRef("b2" * 32),
    evidence=(EVIDENCE,),
    service=ServiceLine.HOUSING,
    sensitivity=Sensitivity.STANDARD,
    worker=WORKER,
    age_band=AgeBand.CHILD,
    age_band_until=date(2031, 5, 31),
    start=date(2026, 9, 1),
    end=None,
    confirmed=date(2026, 11, 23),
    legal_basis=LegalBasis.CHILDREN_ACT_2004_S11,
    informed=Informed.BY_LETTER,
    informed_date=date(2026, 9, 3),
    relations=(RelatedPerson(RelationKind.PARENT, (replace(EVIDENCE, gender=Gender.UNKNOWN),)),),
)
TEAM_ENDED = replace(
    STARTED,
    event=NoticeEvent.ENDED,
    sequence=Sequence("20261123T150000Z-0a1b2c3d", 8),
    worker=replace(WORKER, name="", role=""),
    end=date(2026, 11, 20),
    relations=(),
)
MADE = Alert(
    id=MessageId("0d3c8a52-92e1-4a75-9d27-3e5b6a1c7f02"),
    event=AlertEvent.MADE,
    connection=MessageId("7b9e4f10-3c2d-4b6a-8e5f-9a0b1c2d3e4f"),
    version=1,
    level=AlertLevel.FULL,
    home_gateway=HOME,
    recipient_agency=SCHOOL,
    recipient_person=PersonRef("c3" * 32),
    recipient_involvement=InvolvementRef("d4" * 32),
    spoken_reference=SpokenReference("K7P-4QX"),
    certainty=Certainty.SAME_NUMBER,
    relation=RelationKind.SIBLING,
    other=OtherParty(HOUSING, "Seaton Housing", ServiceLine.HOUSING, WORKER, date(2026, 9, 1)),
    participation=Participation(("Seaton Housing", "Seaton School"), date(2026, 11, 23)),
    made_at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    not_after=datetime(2026, 11, 23, 15, 10, tzinfo=UTC),
)
ID_ONLY = replace(
    MADE, level=AlertLevel.ID_ONLY, other=OtherParty(HOUSING, "Seaton Housing", ServiceLine.HOUSING, Worker())
)
ASK = replace(
    MADE,
    level=AlertLevel.EMPTY,
    other=None,
    introducer=Introducer("Seaton introducer", Contact("01632 960900", "introducer@seaton.example")),
)
INTRODUCED = replace(MADE, introduced=True)
DIGEST_ONLY = replace(MADE, digest_only=True)
RETRACTED = replace(MADE, event=AlertEvent.RETRACTED, version=2, relation=None, other=None)
ACCEPTED = Receipt(
    STARTED.id,
    "e5" * 32,
    ReceiptOutcome.ACCEPTED,
    (),
    "20261101T000000Z-9f8e7d6c",
    Sequence("20261123T150000Z-0a1b2c3d", 7),
)
REFUSED = Receipt(
    None,
    "e5" * 32,
    ReceiptOutcome.REFUSED,
    (Issue("not-supported", "unknown-element", "Bundle.entry[4].resource.birthDate", "is not allowed; take it out"),),
    "20261101T000000Z-9f8e7d6c",
)
