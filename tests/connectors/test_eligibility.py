"""Eligibility: all clients, or those that meet a criterion somebody can read aloud."""

from dataclasses import replace
from datetime import date

import pytest

from connectors.eligibility import EVERYONE, Criterion, InvalidCriterion
from mappings.canonical.codes import AgeBand, Sensitivity, ServiceLine, YoungAdultStatus
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import AssertedStatus, Involvement
from mappings.canonical.person import PartialDate, Person

TODAY = date(2025, 11, 1)


def involvement(
    service: ServiceLine = ServiceLine.HOUSING,
    born: PartialDate | None = None,
    start: date | None = None,
    end: date | None = None,
) -> Involvement:
    person = Person("C1", family="O'Neill", birth_date=born)
    agency = AgencyId("urn:patchwork:seaton:housing")
    return Involvement("I1", agency, person, service, Sensitivity.STANDARD, start=start, end=end)


def test_without_a_criterion_everyone_is_eligible():
    assert EVERYONE.meets(involvement(), TODAY)
    assert EVERYONE.statement() == "All clients."


def test_by_service_line():
    criterion = Criterion(services=frozenset({ServiceLine.HOUSING}))
    assert criterion.meets(involvement(), TODAY)
    assert not criterion.meets(involvement(ServiceLine.HOMELESSNESS), TODAY)


def test_by_age_band_and_who_has_no_birth_date_is_in_none():
    children = Criterion(age_bands=frozenset({AgeBand.CHILD}))
    assert children.meets(involvement(born=PartialDate(2014, 3, 9)), TODAY)
    assert not children.meets(involvement(born=PartialDate(1988, 2, 1)), TODAY)
    assert not children.meets(involvement(), TODAY)


def test_a_young_adult_is_an_adult_unless_a_status_is_asserted():
    young = Criterion(age_bands=frozenset({AgeBand.YOUNG_20_24}))
    somebody = involvement(born=PartialDate(2003, 3, 9))
    assert not young.meets(somebody, TODAY)
    assert Criterion(age_bands=frozenset({AgeBand.ADULT})).meets(somebody, TODAY)
    assert young.meets(replace(somebody, asserted=AssertedStatus(YoungAdultStatus.EHC_PLAN)), TODAY)
    assert young.statement() == "Clients who are 20 to 24 and leaving care or with an EHC plan."


def test_by_start_and_what_has_no_start_began_at_no_time():
    recent = Criterion(started_since=date(2025, 9, 1))
    assert recent.meets(involvement(start=date(2025, 9, 1)), TODAY)
    assert not recent.meets(involvement(start=date(2025, 8, 31)), TODAY)
    assert not recent.meets(involvement(), TODAY)


def test_by_being_open():
    current = Criterion(open_only=True)
    assert current.meets(involvement(end=TODAY), TODAY)
    assert not current.meets(involvement(end=date(2025, 10, 31)), TODAY)


def test_by_the_sources_own_name_or_id_of_a_team():
    criterion = Criterion.from_settings({"teams": ["Tenancy North", "T-7"]})
    assert criterion.meets(replace(involvement(), team="TENANCY  north"), TODAY)
    assert criterion.meets(replace(involvement(), team_id="t-7"), TODAY)
    assert not criterion.meets(replace(involvement(), team="Tenancy South"), TODAY)
    assert not criterion.meets(involvement(), TODAY), "whoever is with no team is with none of these"
    assert criterion.statement() == "Clients who are with 2 named teams."
    with pytest.raises(InvalidCriterion, match="needs a letter or a digit"):
        Criterion.from_settings({"teams": ["--"]})


def test_a_criterion_says_what_it_means():
    criterion = Criterion.from_settings(
        {
            "services": ["homelessness", "housing"],
            "age_bands": ["child", "18-19"],
            "started_since": "2025-09-01",
            "open_only": True,
        }
    )

    assert criterion.statement() == (
        "Clients who receive housing or homelessness and are under 18 or 18 or 19 and have been worked with since "
        "1 September 2025 or later and are being worked with now."
    )
    assert criterion == Criterion(
        frozenset({ServiceLine.HOUSING, ServiceLine.HOMELESSNESS}),
        frozenset({AgeBand.CHILD, AgeBand.YOUNG_18_19}),
        date(2025, 9, 1),
        True,
    )


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"colour": "blue"}, "colour"),
        ({"services": ["hovsing"]}, "services"),
        ({"services": "housing"}, "services"),
        ({"services": []}, "nobody could meet it"),
        ({"age_bands": ["old"]}, "age_bands"),
        ({"started_since": "01/09/2025"}, "started_since"),
        ({"started_since": 5}, "started_since"),
        ({"open_only": "yes"}, "open_only"),
    ],
)
def test_a_criterion_that_is_not_understood_is_refused_by_name(said, named):
    with pytest.raises(InvalidCriterion, match=named):
        Criterion.from_settings(said)
