"""What a connector leaves behind on the trial side, and what becomes of it, whoever is killed in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.model.involvement import Standing
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, OFF_BOARD_CONNECTOR, REVOKE_CONNECTOR, SUSPEND_CONNECTOR
from identity.agency.trust import Status
from mappings.canonical.codes import AlertEvent
from mappings.canonical.evidence import Evidence
from mappings.canonical.notice import Worker
from tests.builders import HOUSING, SCHOOL, SOCIAL_CARE
from tests.gateway.two_sides import TwoSides, sqlite_pair, two_stores
from tests.spec.people import AHMAD, MAYA

MADE, RETRACTED = AlertEvent.MADE, AlertEvent.RETRACTED


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[TwoSides]:
    with two_stores(*sqlite_pair(tmp_path)) as stores:
        made = TwoSides(stores)
        made.live.agree(SCHOOL, HOUSING)
        yield made


def trial_events(sides: TwoSides) -> list[dict[str, object]]:
    with sides.trial.store.read() as unit:
        return [dict(event.fields) for event in unit.audit.events(0, 1000) if event.code == "trial-left"]


def test_who_takes_part_is_copied_once_and_again_when_it_changes(sides: TwoSides) -> None:
    sides.begin_trial(SCHOOL)
    with sides.trial.store.read() as unit:
        assert unit.copied.connectors() == unit.trust.connectors()
    sides.anna.move("school", REVOKE_CONNECTOR)
    with sides.trial.store.read() as unit:
        (known,) = unit.copied.connectors()
        assert known.status is Status.APPROVED
    sides.keep_up()
    with sides.trial.store.read() as unit:
        assert unit.copied.connectors() == unit.trust.connectors()
    assert trial_events(sides) == []


def test_what_it_published_is_withdrawn_and_erased_and_its_partners_disregard_it(sides: TwoSides) -> None:
    school, housing = sides.begin_trial(SCHOOL), sides.begin_trial(HOUSING)
    for one in (school, housing):
        one.say(one.notice(MAYA))
    school.say(school.notice(AHMAD))
    sides.step()
    assert (school.events(), housing.events()) == ([MADE], [MADE])
    sides.go_live(SCHOOL)
    sides.step()
    assert (school.events(), housing.events(), housing.told) == ([MADE], [MADE, RETRACTED], {})
    with sides.trial.store.read() as unit:
        left = list(unit.involvements.of_agency(SCHOOL))
        records = [unit.records.find(SCHOOL, each.person_ref) for each in left]
        counts = unit.counts()
    assert [(each.standing, each.worker) for each in left] == [(Standing.WITHDRAWN, Worker())] * 2
    assert all(record and record.evidence == (Evidence(sides.trial.epoch.id),) for record in records)
    assert (counts["connections_live"], counts["involvements_live"], counts["alerts_pending"]) == (0, 1, 0)
    assert trial_events(sides) == [{"connector": "school", "involvements": 2, "records": 2}]


def test_it_is_done_once_however_often_it_is_asked(sides: TwoSides) -> None:
    school = sides.begin_trial(SCHOOL)
    school.say(school.notice(MAYA))
    sides.step()
    sides.go_live(SCHOOL)
    assert sides.keep_up() == 0
    sides.anna.move("school", SUSPEND_CONNECTOR)
    assert sides.keep_up() == 0
    assert len(trial_events(sides)) == 1


def test_a_change_whose_maker_died_is_caught_up_with_by_the_gateway(sides: TwoSides) -> None:
    school = sides.begin_trial(SCHOOL)
    school.say(school.notice(MAYA))
    sides.step()
    sides.anna.move("school", GO_LIVE_CONNECTOR)
    school.say(school.notice(AHMAD))
    sides.step()
    with sides.trial.store.read() as unit:
        assert [issue.code for issue in unit.dead_letters.all(1)[0].issues] == ["connector-not-live"]
        assert unit.counts()["involvements_live"] == 1
    sides.keep_up()
    with sides.trial.store.read() as unit:
        assert unit.counts()["involvements_live"] == 0


def test_a_connector_revoked_in_its_trial_is_taken_back_when_it_is_off_boarded(sides: TwoSides) -> None:
    school = sides.begin_trial(SCHOOL)
    school.say(school.notice(MAYA))
    sides.step()
    for action, live in ((REVOKE_CONNECTOR, 1), (OFF_BOARD_CONNECTOR, 0)):
        sides.anna.move("school", action)
        sides.keep_up()
        with sides.trial.store.read() as unit:
            assert unit.counts()["involvements_live"] == live


@pytest.mark.parametrize("action", [GO_LIVE_CONNECTOR, REVOKE_CONNECTOR])
def test_what_waits_in_its_trial_inbox_is_dropped_and_nobody_elses(sides: TwoSides, action: str) -> None:
    sides.begin_trial(SCHOOL)
    sides.begin_trial(SOCIAL_CARE)
    with sides.live.store.read() as unit:
        school, other = (unit.trust.connector_for(agency) for agency in (SCHOOL, SOCIAL_CARE))
    assert school is not None
    assert other is not None
    queue = QueueGatewayEnd(sides.stores[1].transactions, sides.trial.clock)
    for connector in (school, other):
        queue.open_inbox(connector.id, connector.inbox)
        queue.send(connector.id, connector.inbox, b"sealed in the trial", None)
    sides.anna.move("school", action)
    sides.keep_up()
    assert queue.lease_inbox(school.id, school.inbox, 10, 0) == []
    assert len(queue.lease_inbox(other.id, other.inbox, 10, 0)) == 1
