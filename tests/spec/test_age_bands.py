"""Chapter 36. Age bands: what is said of an age, when it changes, and that nothing is shared on one that nobody vouches for."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.codes import AgeBand, AlertEvent, NoticeEvent, YoungAdultStatus
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.involvement import AssertedStatus
from mappings.canonical.notice import Notice
from mappings.canonical.person import PartialDate
from mappings.fhir import notice_bundle
from tests.connectors.office import Office, involvement
from tests.spec.people import MAYA

SOCIAL_CARE, NURSING, HOUSING = (
    AgencyId(f"urn:patchwork:seaton:{name}") for name in ("social-care", "nursing", "housing")
)
MADE, ENDED = AlertEvent.MADE, AlertEvent.ENDED


@pytest.fixture
def trio(seaton: World) -> tuple[Counterpart, Counterpart, Counterpart]:
    """Three agencies with an agreement about children, the unborn among them."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    return joined


def said(school: Office) -> list[Notice]:
    """What the connector published since this was asked last."""
    before = len(school.gateway.notices)
    school.exchange()
    return school.gateway.notices[before:]


@pytest.mark.parametrize(
    ("born", "before", "after"),
    [
        (PartialDate(2008, 3, 10), AgeBand.CHILD, AgeBand.YOUNG_18_19),
        (PartialDate(2006, 3, 10), AgeBand.YOUNG_18_19, AgeBand.YOUNG_20_24),
        (PartialDate(2001, 3, 10), AgeBand.YOUNG_20_24, AgeBand.ADULT),
    ],
)
def test_it_changes_on_the_birthday_though_the_records_say_nothing(
    tmp_path: Path, born: PartialDate, before: AgeBand, after: AgeBand
) -> None:
    """Given a client who leaves care and turns 18, 20 or 25 in eight days, when the birthday comes and no new export has, then the connector says the
    next band that day, and not a day before; the birthday itself leaves in neither notice."""
    school = Office(tmp_path)
    asserted = AssertedStatus(YoungAdultStatus.LEAVING_CARE)
    school.publish(involvement(1, person=replace(involvement(1).person, birth_date=born), asserted=asserted))
    (first,) = said(school)
    assert first.age_band is before
    school.clock.wait(days=7)
    school.publish_due()
    assert said(school) == []
    school.clock.wait(days=1)
    school.publish_due()
    (second,) = said(school)
    assert (second.event, second.age_band) == (NoticeEvent.CHANGED, after)
    for notice in (first, second):
        assert f"{born.year}-03-10" not in notice_bundle.write(notice).decode()


def test_an_unborn_child_is_one_until_the_month_after_the_expected_one(tmp_path: Path) -> None:
    """Given a client who is expected in March, when the record says nothing of a birth, then the band is unborn until the end of April, and
    nothing is said of the age any more after that."""
    school = Office(tmp_path)
    expected = replace(involvement(1).person, birth_date=None, expected=date(2026, 3, 20))
    school.publish(involvement(1, person=expected))
    (first,) = said(school)
    assert (first.age_band, first.age_band_until) == (AgeBand.UNBORN, date(2026, 4, 30))
    school.clock.wait(days=60)
    school.publish_due()
    (second,) = [notice for notice in said(school) if notice.age_band is not AgeBand.UNBORN]
    assert second.age_band is AgeBand.UNKNOWN


def test_a_birth_date_that_could_be_of_two_bands_gives_none(tmp_path: Path) -> None:
    """Given a client of whom only the year of birth is known, when every day of it would not give the same band, then none is said."""
    school = Office(tmp_path)
    school.publish(involvement(1, person=replace(involvement(1).person, birth_date=PartialDate(2008, None, None))))
    (notice,) = said(school)
    assert notice.age_band is AgeBand.UNKNOWN


def test_a_band_past_its_day_permits_nothing(seaton: World, trio) -> None:
    """Given a child's band that holds until today, when tomorrow comes and the source is silent, then the two who know of each other hear that it
    is over, and it begins again when the band is vouched for again."""
    social_care, nursing, _ = trio
    today = seaton.clock.now().date()
    social_care.say(social_care.notice(MAYA))
    nursing.say(nursing.notice(MAYA, age_band_until=today))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE]
    seaton.clock.pass_(days=1)
    seaton.sweep()
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    nursing.say(nursing.notice(MAYA, event=NoticeEvent.CHANGED))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE]


@pytest.mark.parametrize("band", [AgeBand.ADULT, AgeBand.YOUNG_18_19, AgeBand.UNKNOWN])
def test_where_agencies_disagree_the_most_restrictive_band_governs(seaton: World, trio, band: AgeBand) -> None:
    """Given two agencies that call somebody a child under a children's agreement, when a third calls the same person grown up or says no age, then
    the first two hear that it is over, and nobody is told of the third."""
    social_care, nursing, housing = trio
    for speaker in (social_care, nursing):
        speaker.say(speaker.notice(MAYA))
    seaton.step()
    housing.say(housing.notice(MAYA, age_band=band, age_band_until=None))
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    assert housing.alerts == []


def test_a_child_who_is_born_stays_connected(seaton: World, trio) -> None:
    """Given two agencies that know of each other because of an unborn child, when one after the other says that the child is born, then they stay
    connected without another word."""
    social_care, nursing, _ = trio
    for speaker in (social_care, nursing):
        speaker.say(speaker.notice(MAYA, age_band=AgeBand.UNBORN, age_band_until=date(2026, 4, 30)))
    seaton.step()
    for speaker in (social_care, nursing):
        speaker.say(speaker.notice(MAYA, event=NoticeEvent.CHANGED))
        seaton.step()
    assert social_care.events() == nursing.events() == [MADE]
