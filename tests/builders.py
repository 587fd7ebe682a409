"""Makes the objects that tests speak about, each valid, each with one line to change what matters. Invented people only."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from gateway.model.agreement import Agreement, Document
from gateway.model.involvement import RegisteredInvolvement, Standing
from mappings.canonical.agency import Agency
from mappings.canonical.codes import (
    AgeBand,
    AgencyType,
    AlertLevel,
    Consent,
    Gender,
    IdentifierSystem,
    Informed,
    LegalBasis,
    NoticeEvent,
    Sensitivity,
    ServiceLine,
    Strength,
)
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import (
    AgencyId,
    AgreementId,
    ConnectorId,
    GatewayId,
    InvolvementRef,
    MessageId,
    PersonRef,
)
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Notice, Sequence, Worker
from mappings.canonical.person import Address, PartialDate, Person, PersonIdentifier

HOME = GatewayId("urn:patchwork:seaton:gateway")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCHOOL = AgencyId("urn:patchwork:seaton:school")
SOCIAL_CARE = AgencyId("urn:patchwork:seaton:childrens-social-care")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
AGREEMENT = AgreementId("seaton-children")
INCARNATION = "20260301T080000Z-0a1b2c3d"


def agency(id: AgencyId = SCHOOL, **changes: Any) -> Agency:
    """An agency named after the last part of its id."""
    name = str(id).rpartition(":")[2].replace("-", " ").title()
    return replace(Agency(id, f"Seaton {name}", AgencyType.SCHOOL, "Seaton Council"), **changes)


def agreement(*parties: AgencyId, **changes: Any) -> Agreement:
    """A children's agreement in force through 2026 between the school, social care and housing, or the parties given."""
    made = Agreement(
        id=AGREEMENT,
        version=1,
        title="Seaton children's partnership",
        parties=parties or (SCHOOL, SOCIAL_CARE, HOUSING),
        purpose="so that those who help a child know of each other",
        legal_bases=(LegalBasis.CHILDREN_ACT_2004_S10,),
        age_bands=(AgeBand.UNBORN, AgeBand.CHILD),
        level=AlertLevel.FULL,
        valid_from=date(2026, 1, 1),
        valid_until=date(2026, 12, 31),
        review_by=date(2026, 12, 31),
        rights_contact="rights@seaton.example",
        controllers=("Seaton Council",),
        documents=(Document("Data sharing agreement", "a" * 64),),
    )
    return replace(made, **changes)


def registered(agency: AgencyId = SCHOOL, number: int = 1, **changes: Any) -> RegisteredInvolvement:
    """A live involvement with a child, as the register holds it."""
    made = RegisteredInvolvement(
        id=number,
        record_id=number,
        connector=ConnectorId("c1"),
        agency=agency,
        person_ref=PersonRef(f"{number:064x}"),
        involvement_ref=InvolvementRef(f"{number:064x}"),
        service=ServiceLine.SCHOOL,
        sensitivity=Sensitivity.STANDARD,
        worker=Worker("Alex Worker", "Teacher", "Year 6", Contact("01632 960001", "alex@school.example")),
        age_band=AgeBand.CHILD,
        age_band_until=date(2030, 1, 1),
        start=date(2026, 1, 5),
        end=None,
        confirmed=date(2026, 3, 1),
        legal_basis=LegalBasis.CHILDREN_ACT_2004_S10,
        consent=Consent.NOT_NEEDED,
        informed=Informed.BY_NOTICE,
        held_back=False,
        standing=Standing.LIVE,
        sequence=Sequence(INCARNATION, number),
        digest="0" * 64,
        home_gateway=HOME,
    )
    return replace(made, **changes)


def person(**changes: Any) -> Person:
    """A child with a test-range NHS number, verified."""
    made = Person(
        local_id="L1",
        given=("Orla", "Jean"),
        family="Testcase",
        birth_date=PartialDate(2014, 5, 6),
        gender=Gender.FEMALE,
        addresses=(Address(("1 Example Row",), "Seaton", "ZZ1 1AA"),),
        identifiers=(PersonIdentifier(IdentifierSystem.NHS_NUMBER, "9990100012", Strength.STRONG),),
        label="O. Testcase",
    )
    return replace(made, **changes)


def notice(evidence: tuple[Evidence, ...], n: int = 1, **changes: Any) -> Notice:
    """`involvement-started` from the school about the person of `evidence`."""
    made = Notice(
        id=MessageId(str(UUID(int=n))),
        event=NoticeEvent.STARTED,
        sequence=Sequence(INCARNATION, n),
        home_gateway=HOME,
        agency=SCHOOL,
        person_ref=PersonRef("a" * 64),
        involvement_ref=InvolvementRef("b" * 64),
        evidence=evidence,
        service=ServiceLine.SCHOOL,
        sensitivity=Sensitivity.STANDARD,
        worker=Worker("Alex Worker", "Teacher", "Year 6", Contact("01632 960001", "alex@school.example")),
        age_band=AgeBand.CHILD,
        age_band_until=date(2032, 5, 5),
        start=date(2026, 1, 5),
        end=None,
        confirmed=date(2026, 3, 1),
        legal_basis=LegalBasis.CHILDREN_ACT_2004_S10,
        informed=Informed.BY_NOTICE,
    )
    return replace(made, **changes)
