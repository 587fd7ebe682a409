"""The five agencies of the demo, as their registrations, agreements and settings state them."""

from dataclasses import dataclass, field

from deploy.demo.caseloads import FOR_ADULTS, FOR_CHILDREN, Office

HOME = "urn:patchwork:seaton:gateway"


@dataclass(frozen=True, slots=True)
class Registration:
    """What the registrar writes down about an agency, and what the agency's connector is told about itself.

    Its connector may speak for the service lines of its type; `more_services` are those that two people allow it beyond.
    """

    name: str
    type: str
    organisation: str
    service: str
    preset: str
    agreement: str
    phone: str
    more_services: tuple[str, ...] = ()
    lines: dict[str, str] = field(default_factory=dict)


REGISTRATIONS = {
    Office.CHILDRENS: Registration(
        "Seaton Children's Social Care",
        "local-authority-children",
        "Seaton Council",
        "childrens-social-care",
        "ssd_involvements",
        "seaton-children",
        "01632 960100",
    ),
    Office.HEALTH: Registration(
        "Seaton Community Health",
        "health-community",
        "Seaton Community NHS Trust",
        "public-health-nursing",
        "fhir_r4_ukcore",
        "seaton-children",
        "01632 960200",
    ),
    Office.YOUTH: Registration(
        "Seaton Young People's Service",
        "charity",
        "Seaton Young People",
        "voluntary-sector",
        "generic_agency_csv",
        "seaton-children",
        "01632 960300",
        more_services=("substance-misuse",),
    ),
    Office.HOUSING: Registration(
        "Seaton Homes", "housing", "Seaton Council", "housing", "generic_agency_csv", "seaton-adults", "01632 960400"
    ),
    Office.ADULTS: Registration(
        "Seaton Adult Social Care",
        "local-authority-adults",
        "Seaton Council",
        "adult-social-care",
        "generic_agency_csv",
        "seaton-adults",
        "01632 960500",
    ),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A sharing agreement of the demo."""

    title: str
    parties: tuple[Office, ...]
    purpose: str
    legal_basis: str
    age_bands: tuple[str, ...]


AGREEMENTS = {
    "seaton-children": Terms(
        "Seaton children's partnership",
        FOR_CHILDREN,
        "so that those who help a child know of each other",
        "children-act-2004-s10",
        ("unborn", "child"),
    ),
    "seaton-adults": Terms(
        "Seaton adults' partnership",
        FOR_ADULTS,
        "so that those who support an adult know of each other",
        "care-act-2014-s6",
        ("18-19", "20-24", "adult"),
    ),
}


def agency_id(office: Office) -> str:
    """The agency's global id."""
    return f"urn:patchwork:seaton:{office.value}"
