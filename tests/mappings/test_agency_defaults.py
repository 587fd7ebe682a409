"""Who sets an item: the row, else the service line's default, else the agency's."""

from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import Consent, Informed, LegalBasis, Sensitivity, ServiceLine
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import Contact

AGENCY = AgencyId("urn:patchwork:seaton:agency")


def test_the_service_line_goes_before_the_agency():
    defaults = AgencyDefaults(
        AGENCY,
        ServiceLine.HOUSING,
        ServiceDefaults(contact=Contact("01632 960000", "duty@seaton.example"), legal_basis=LegalBasis.UK_GDPR_6_1_E),
        {ServiceLine.HOMELESSNESS: ServiceDefaults(contact=Contact("01632 960111"), sensitivity=Sensitivity.SENSITIVE)},
    )

    line = defaults.for_line(ServiceLine.HOMELESSNESS)

    assert line.contact == Contact("01632 960111", "duty@seaton.example")
    assert line.sensitivity is Sensitivity.SENSITIVE
    assert line.legal_basis is LegalBasis.UK_GDPR_6_1_E


def test_what_nobody_says_is_not_informed_unclassified_and_without_a_legal_basis():
    line = AgencyDefaults(AGENCY, ServiceLine.HOUSING).for_line(ServiceLine.HOUSING)

    assert line.informed is Informed.NOT_INFORMED
    assert line.sensitivity is Sensitivity.UNCLASSIFIED
    assert line.consent is Consent.NOT_NEEDED
    assert line.legal_basis is None


def test_the_preset_classifies_a_line_only_where_the_agency_has_not():
    silent = AgencyDefaults(AGENCY, ServiceLine.HOUSING)
    spoken = AgencyDefaults(
        AGENCY,
        ServiceLine.HOUSING,
        by_service={ServiceLine.HOUSING: ServiceDefaults(sensitivity=Sensitivity.SENSITIVE)},
    )

    assert silent.for_line(ServiceLine.HOUSING, Sensitivity.STANDARD).sensitivity is Sensitivity.STANDARD
    assert spoken.for_line(ServiceLine.HOUSING, Sensitivity.STANDARD).sensitivity is Sensitivity.SENSITIVE
