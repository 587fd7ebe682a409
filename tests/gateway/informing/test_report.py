"""Counts of who was informed: none that is small, and no total from which one could be reckoned."""

from gateway.informing.ports import InformedCount
from gateway.informing.report import report_of
from mappings.canonical.codes import Informed
from mappings.canonical.identifiers import AgencyId

SCHOOL, HOUSING = (AgencyId(f"urn:patchwork:seaton:{name}") for name in ("school", "housing"))


def test_a_small_count_hides_the_total_too() -> None:
    school, housing = report_of(
        [
            InformedCount(SCHOOL, Informed.BY_NOTICE, False, 40),
            InformedCount(SCHOOL, Informed.NOT_INFORMED, False, 4),
            InformedCount(HOUSING, Informed.IN_PERSON, True, 5),
            InformedCount(HOUSING, Informed.IN_PERSON, False, 6),
        ]
    )[::-1]
    assert (school.agency, school.total) == (SCHOOL, None)
    assert (school.by_code[Informed.BY_NOTICE], school.by_code[Informed.NOT_INFORMED]) == (40, None)
    assert (school.undated, school.by_code[Informed.IN_PERSON]) == (0, 0)
    assert (housing.total, housing.by_code[Informed.IN_PERSON], housing.undated) == (11, 11, 6)


def test_nobody_is_nobody() -> None:
    assert report_of([]) == []
