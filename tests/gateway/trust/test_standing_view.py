"""The operator's view over real traffic: what is seen, what lags, what was refused, and which fingerprint is shown."""

import pytest

from gateway.bench.world import World
from gateway.enrolment.requests import apply
from gateway.model.standing import Light
from gateway.refused import NotPermitted, Refused
from gateway.store.sql_store import SqlStore
from gateway.trust.actor import LOCAL_READER, Actor
from gateway.trust.operators import Office
from gateway.trust.standing_view import list_standings, show_standing
from identity.agency.fingerprint import fingerprint
from tests.builders import HOUSING, SCHOOL, person
from tests.gateway.enrolling import invited, two_people
from tests.gateway.staff import PARTNERSHIP, Staff


@pytest.fixture
def world(store: SqlStore) -> World:
    """School and housing, which may learn of each other."""
    world = World(store)
    world.join(SCHOOL)
    world.join(HOUSING)
    world.agree(SCHOOL, HOUSING)
    return world


def office_of(world: World) -> Office:
    return Office(world.store, world.clock, PARTNERSHIP)


def test_a_connector_that_hears_and_answers_is_green(world: World) -> None:
    for each in (SCHOOL, HOUSING):
        counterpart = world.counterparts[each]
        counterpart.say(counterpart.notice(person()))
    world.step()
    world.clock.pass_(minutes=10)
    standings = list_standings(office_of(world), LOCAL_READER)
    assert [each.connector.agencies for each in standings] == [(HOUSING,), (SCHOOL,)]
    for shown in standings:
        assert (shown.light, shown.findings) == (Light.GREEN, ())
        assert (shown.figures.accepted, shown.figures.refused, shown.figures.refused_percent) == (1, 0, 0.0)
        assert (shown.accepted_seconds_ago, shown.lag_seconds, shown.figures.unacknowledged) == (600, None, 0)
        assert shown.figures.last_seen == world.clock.now().replace(minute=0)
        assert (shown.certificate_days, shown.agreement_days) == (None, 304)
        assert shown.fingerprint == fingerprint(shown.connector.keys)


def test_a_connector_that_stops_hearing_lags_until_it_is_red(world: World) -> None:
    school, housing = world.counterparts[SCHOOL], world.counterparts[HOUSING]
    for counterpart in (school, housing):
        counterpart.say(counterpart.notice(person()))
    world.receive()
    relay = world.relay()
    while relay.send_alerts():
        pass
    school.listen()
    world.receive()
    world.clock.pass_(hours=30)
    silent = show_standing(office_of(world), LOCAL_READER, housing.id.value)
    assert (silent.figures.unacknowledged, silent.lag_seconds, silent.light) == (1, 30 * 3600, Light.RED)
    assert silent.findings[0].text == "1 alert is not acknowledged, the oldest for 1 day"
    assert show_standing(office_of(world), LOCAL_READER, school.id.value).figures.unacknowledged == 0


def test_what_was_refused_shows(world: World) -> None:
    school = world.counterparts[SCHOOL]
    school.say(school.notice(person()))
    world.agree(SCHOOL, HOUSING, version=2)
    world.step()
    shown = show_standing(office_of(world), LOCAL_READER, school.id.value)
    assert (shown.figures.refused_percent, shown.figures.dead_letters, shown.light) == (100.0, 1, Light.RED)
    assert [finding.text for finding in shown.findings] == [
        "100.0 % of what it handed in was refused",
        "1 of its messages are dead letters",
    ]
    world.clock.pass_(days=8)
    later = show_standing(office_of(world), LOCAL_READER, school.id.value)
    assert (later.figures.refused_percent, later.figures.dead_letters) == (None, 1)


def test_an_agreement_that_has_run_out_shows(world: World) -> None:
    world.clock.pass_(days=305)
    shown = show_standing(office_of(world), LOCAL_READER, world.counterparts[SCHOOL].id.value)
    assert (shown.agreement_days, shown.cover.uncovered) == (None, (SCHOOL.value,))
    assert f"no agreement in force for {SCHOOL}" in [finding.text for finding in shown.findings]


def test_an_enrolled_connector_shows_the_fingerprint_that_its_people_read_out(office: Office) -> None:
    people = two_people(office)
    _, newcomer = invited(people.registrar)
    apply(office.store, office.clock, newcomer.application)
    asked = show_standing(office, LOCAL_READER, "school-1")
    assert (asked.fingerprint, asked.light) == (newcomer.fingerprint, Light.AMBER)
    assert asked.fingerprint != fingerprint(asked.connector.keys)
    people.approve(newcomer, asked.fingerprint)
    assert show_standing(office, LOCAL_READER, "school-1").fingerprint == newcomer.fingerprint


def test_a_connector_whose_keys_came_by_hand_shows_theirs(staff: Staff) -> None:
    staff.agency(SCHOOL)
    added = staff.connector("school-1", SCHOOL)
    (shown,) = list_standings(staff.office, LOCAL_READER)
    assert shown.fingerprint == fingerprint(added.keys)


def test_looking_needs_a_role_and_a_connector_that_is_there(staff: Staff) -> None:
    nobody = Actor("nobody", frozenset(), "not at all")
    with pytest.raises(NotPermitted):
        list_standings(staff.office, nobody)
    with pytest.raises(NotPermitted):
        show_standing(staff.office, nobody, "school-1")
    with pytest.raises(Refused, match="no connector school-9"):
        show_standing(staff.office, LOCAL_READER, "school-9")
