"""Chapter 46. Young adults: somebody of 20 to 24 may be spoken of as children are only while an agency asserts that they leave care or have an
education, health and care plan (Children Act 2004, section 10). Without that they are adults.

Their agency's own records say so, in a column or once for a whole service. What leaves is that a status is asserted, never which.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AgeBand, AlertEvent, NoticeEvent, YoungAdultStatus
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import AssertedStatus, Involvement
from mappings.canonical.notice import Notice
from mappings.canonical.person import PartialDate
from mappings.fhir import notice_bundle
from tests.connectors.office import Office, involvement
from tests.spec.people import MAYA

SOCIAL_CARE, YOUTH, HOUSING = (AgencyId(f"urn:patchwork:seaton:{name}") for name in ("social-care", "youth", "housing"))
MADE, ENDED = AlertEvent.MADE, AlertEvent.ENDED
YOUNG, ADULT = AgeBand.YOUNG_20_24, AgeBand.ADULT
LEAVING_CARE = AssertedStatus(YoungAdultStatus.LEAVING_CARE)
WITH_A_PLAN = AssertedStatus(YoungAdultStatus.EHC_PLAN)


@pytest.fixture
def trio(seaton: World) -> tuple[Counterpart, Counterpart, Counterpart]:
    """Three agencies with an agreement on section 10 about young adults of 20 to 24, and about no other adults."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(YOUTH), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, YOUTH, HOUSING, age_bands=(YOUNG,))
    return joined


def client(born: PartialDate, asserted: AssertedStatus | None = None) -> Involvement:
    """Somebody born then, of whom that is asserted."""
    one = involvement(1, person=replace(involvement(1).person, birth_date=born))
    return replace(one, asserted=asserted) if asserted else one


def said(school: Office) -> list[Notice]:
    """What the connector published since this was asked last."""
    before = len(school.gateway.notices)
    school.exchange()
    return school.gateway.notices[before:]


def claims(notices: list[Notice]) -> list[tuple[AgeBand, bool]]:
    """The band and whether a status is asserted, of each."""
    return [(notice.age_band, notice.status_asserted) for notice in notices]


OF_22 = PartialDate(2003, 6, 14)


@pytest.mark.parametrize("asserted", [LEAVING_CARE, WITH_A_PLAN])
def test_what_leaves_is_that_a_status_is_asserted_and_never_which(tmp_path: Path, asserted: AssertedStatus) -> None:
    """Given somebody of 22 who leaves care, or who has a plan, when they are published, then the notice says 20 to 24 and that a status is
    asserted, in the same words for both."""
    school = Office(tmp_path)
    school.publish(client(OF_22, asserted))
    (notice,) = said(school)
    assert claims([notice]) == [(YOUNG, True)]
    written = notice_bundle.write(notice).decode()
    assert '"valueCode":"asserted"' in written
    assert asserted.code.value not in written


def test_without_a_status_somebody_of_22_is_an_adult(tmp_path: Path) -> None:
    """Given somebody of 22 of whom nothing is asserted, when they are published, then they are an adult like any other, and no birthday to come can
    be read from it."""
    school = Office(tmp_path)
    school.publish(client(OF_22))
    (notice,) = said(school)
    assert (claims([notice]), notice.age_band_until) == ([(ADULT, False)], None)


@pytest.mark.parametrize("born", [PartialDate(2015, 5, 1), PartialDate(2006, 9, 1), PartialDate(1990, 9, 1)])
def test_of_anybody_else_a_status_is_not_said(tmp_path: Path, born: PartialDate) -> None:
    """Given a child, somebody of 19 and somebody of 35 who have a plan in the records, when they are published, then nothing is said of it."""
    school = Office(tmp_path)
    school.publish(client(born, WITH_A_PLAN))
    (notice,) = said(school)
    assert not notice.status_asserted
    assert "asserted" not in notice_bundle.write(notice).decode()


def test_when_the_records_begin_or_cease_to_say_so_the_notice_does(tmp_path: Path) -> None:
    """Given somebody of 22, when the records begin to say that they leave care and then no longer do, then they are said to be 20 to 24 and then an
    adult again."""
    school = Office(tmp_path)
    for asserted in (None, LEAVING_CARE, None):
        school.publish(client(OF_22, asserted))
        school.next_day()
    assert claims(said(school)) == [(ADULT, False), (YOUNG, True), (ADULT, False)]


def test_a_status_ends_on_its_day_though_the_records_say_nothing(tmp_path: Path) -> None:
    """Given a plan that holds until the tenth of March, when the eleventh comes and no new export has, then the connector says adult that day and not
    a day before; until then its notice bounds the band by the end of that month, so that the day itself is not told."""
    school = Office(tmp_path)
    school.publish(client(OF_22, replace(WITH_A_PLAN, until=date(2026, 3, 10))))
    (first,) = said(school)
    assert (claims([first]), first.age_band_until) == ([(YOUNG, True)], date(2026, 3, 31))
    school.clock.wait(days=8)
    school.publish_due()
    assert said(school) == []
    school.clock.wait(days=1)
    school.publish_due()
    (second,) = said(school)
    assert (second.event, claims([second])) == (NoticeEvent.CHANGED, [(ADULT, False)])


@pytest.mark.parametrize(("asserted", "after"), [(LEAVING_CARE, (YOUNG, True)), (None, (ADULT, False))])
def test_on_the_twentieth_birthday_the_status_decides(
    tmp_path: Path, asserted: AssertedStatus | None, after: tuple[AgeBand, bool]
) -> None:
    """Given somebody of 19 of whom a status is asserted, or none, when they turn 20 and no new export has come, then they are 20 to 24 with it and an
    adult without."""
    school = Office(tmp_path)
    school.publish(client(PartialDate(2006, 3, 10), asserted))
    assert claims(said(school)) == [(AgeBand.YOUNG_18_19, False)]
    school.clock.wait(days=8)
    school.publish_due()
    assert claims(said(school)) == [after]


def test_on_the_twenty_fifth_birthday_it_no_longer_counts(tmp_path: Path) -> None:
    """Given somebody of 24 who leaves care, when they turn 25, then they are an adult, whatever is asserted."""
    school = Office(tmp_path)
    school.publish(client(PartialDate(2001, 3, 10), LEAVING_CARE))
    assert claims(said(school)) == [(YOUNG, True)]
    school.clock.wait(days=8)
    school.publish_due()
    assert claims(said(school)) == [(ADULT, False)]


def test_where_all_assert_it_they_learn_of_each_other(seaton: World, trio) -> None:
    """Given an agreement about 20 to 24, when two agencies that help the same young adult assert a status, then both are told."""
    for speaker in trio[:2]:
        speaker.say(speaker.notice(MAYA, age_band=YOUNG, status_asserted=True))
    seaton.step()
    assert [speaker.events() for speaker in trio[:2]] == [[MADE], [MADE]]


def test_a_band_without_an_asserted_status_counts_as_adult(seaton: World, trio) -> None:
    """Given connectors of before, which said 20 to 24 of everybody of that age, when they do so without asserting a status, then nobody is told: to
    the rules that is an adult."""
    for speaker in trio[:2]:
        speaker.say(speaker.notice(MAYA, age_band=YOUNG))
    seaton.step()
    assert [speaker.alerts for speaker in trio[:2]] == [[], []]


@pytest.mark.parametrize("other", [(YOUNG, False), (ADULT, False), (AgeBand.CHILD, False)])
def test_where_agencies_disagree_the_most_restrictive_governs(seaton: World, trio, other: tuple[AgeBand, bool]) -> None:
    """Given two agencies that assert a status of a young adult, when a third does not, or calls them an adult or a child, then the first two hear
    that it is over and nobody is told of the third."""
    social_care, youth, housing = trio
    for speaker in (social_care, youth):
        speaker.say(speaker.notice(MAYA, age_band=YOUNG, status_asserted=True))
    seaton.step()
    housing.say(housing.notice(MAYA, age_band=other[0], status_asserted=other[1], age_band_until=None))
    seaton.step()
    assert social_care.events() == youth.events() == [MADE, ENDED]
    assert housing.alerts == []


def test_when_the_status_ends_both_sides_hear_that_it_is_over(seaton: World, trio) -> None:
    """Given two agencies that know of each other because of an asserted status, when one of them asserts it no longer, then both hear that it is
    over, and it begins anew when it is asserted again."""
    social_care, youth, _ = trio
    for speaker in (social_care, youth):
        speaker.say(speaker.notice(MAYA, age_band=YOUNG, status_asserted=True))
    seaton.step()
    youth.say(youth.notice(MAYA, event=NoticeEvent.CHANGED, age_band=ADULT, age_band_until=None))
    seaton.step()
    assert social_care.events() == youth.events() == [MADE, ENDED]
    youth.say(youth.notice(MAYA, event=NoticeEvent.CHANGED, age_band=YOUNG, status_asserted=True))
    seaton.step()
    assert social_care.events() == youth.events() == [MADE, ENDED, MADE]
