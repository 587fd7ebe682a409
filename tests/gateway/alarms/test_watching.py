"""Alarms over real traffic: what is counted, when an alarm is raised and how often, and that nobody but the operators can tell."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.alarms.answering import ACKNOWLEDGE, acknowledge_content, list_alarms, show_alarm
from gateway.alarms.refused_claims import RefusedClaims
from gateway.alarms.watching import AlarmWatch
from gateway.bench.world import World
from gateway.model.alarm import Alarm, AlarmKind, Tally
from gateway.model.capabilities import Capabilities
from gateway.model.standing import Light
from gateway.refused import NotPermitted, Refused
from gateway.running.health import Health
from gateway.running.metrics import RegisterCollector, Shown
from gateway.store.sql_store import SqlStore
from gateway.trust.actor import LOCAL_READER, Actor
from gateway.trust.operators import Office
from gateway.trust.standing_view import show_standing
from mappings.canonical.codes import Mode, NoticeEvent
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import Worker
from tests.builders import HOUSING, SCHOOL, person
from tests.gateway.staff import PARTNERSHIP, Staff, opened

ID = ConnectorId("school")
ORLA = person()


@pytest.fixture
def world(store: SqlStore) -> World:
    """School and housing, which may learn of each other."""
    world = World(store)
    for agency in (SCHOOL, HOUSING):
        world.join(agency)
    world.agree(SCHOOL, HOUSING)
    return world


@pytest.fixture
def staff(world: World) -> Staff:
    """Anna, a registrar, and omar, the security officer."""
    return opened(Office(world.store, world.clock, PARTNERSHIP))


def look(world: World) -> list[Alarm]:
    """What the watch raises now."""
    return AlarmWatch(world.store, world.clock).look()


def kinds(raised: list[Alarm]) -> list[AlarmKind]:
    return [alarm.kind for alarm in raised]


def did(world: World, connector: ConnectorId = ID, **counts: int) -> None:
    """It did that, this hour."""
    with world.store.write() as unit:
        unit.alarms.count(connector, world.clock.now(), Tally(**counts))


def tallied(world: World) -> Tally:
    """What the register has counted of the school in a day."""
    with world.store.read() as unit:
        counts = unit.alarms.counted(world.clock.now() - timedelta(days=1)).get(ID, [])
    return sum((each.tally for each in counts), Tally())


def test_what_a_connector_does_is_counted(world: World) -> None:
    school, housing = world.counterparts[SCHOOL], world.counterparts[HOUSING]
    housing.say(housing.notice(ORLA))
    world.step()
    school.say(school.notice(ORLA))
    school.say(school.notice(other := person(local_id="L2", given=("Zebedee",), family="Quill")))
    school.say(school.notice(other, involvement="second"))
    world.step()
    assert tallied(world) == Tally(accepted=3, placed=2, matched=1, sights=1)
    school.say(school.notice(other, event=NoticeEvent.WITHDRAWN))
    world.step()
    assert tallied(world) == Tally(accepted=4, placed=2, matched=1, brief=1, sights=1)
    world.agree(SCHOOL, HOUSING, version=2)
    school.say(school.notice(ORLA))
    world.receive()
    assert tallied(world) == Tally(accepted=4, placed=2, matched=1, brief=1, refused=1, sights=1)


@pytest.mark.parametrize(("days", "dropped"), [(6, 1), (8, 0)])
def test_what_is_over_soon_after_its_alert_is_dropped_and_later_is_not(world: World, days: int, dropped: int) -> None:
    school, housing = world.counterparts[SCHOOL], world.counterparts[HOUSING]
    for each in (school, housing):
        each.say(each.notice(ORLA))
    world.step()
    world.clock.pass_(days=days)
    school.say(school.notice(ORLA, event=NoticeEvent.ENDED))
    world.step()
    assert tallied(world) == Tally(accepted=1, dropped=dropped)


def test_a_live_notice_without_telephone_and_e_mail_is_unreachable(world: World) -> None:
    school = world.counterparts[SCHOOL]
    for event, worker in (
        (NoticeEvent.STARTED, Worker("Alex Worker", "Teacher", "6B")),
        (NoticeEvent.CHANGED, Worker("Alex Worker", "Teacher", "6B", Contact("01632 960001", ""))),
        (NoticeEvent.ENDED, Worker()),
    ):
        school.say(school.notice(ORLA, event=event, worker=worker))
        world.step()
    assert tallied(world).unreachable == 1


def test_an_involvement_that_ends_after_a_day_is_not_brief(world: World) -> None:
    school = world.counterparts[SCHOOL]
    school.say(school.notice(ORLA))
    world.step()
    world.clock.pass_(days=1, seconds=1)
    school.say(school.notice(ORLA, event=NoticeEvent.ENDED))
    world.step()
    assert tallied(world) == Tally(accepted=1)


def test_what_does_not_open_is_counted_against_who_brought_it(world: World) -> None:
    school = world.counterparts[SCHOOL]
    school.end.send(b"not an envelope")
    world.receive()
    assert tallied(world) == Tally(refused=1, unbelieved=1)


def test_a_message_to_be_sealed_afresh_counts_for_nothing_but_volume(world: World) -> None:
    school = world.counterparts[SCHOOL]
    school.say(school.notice(ORLA))
    world.clock.pass_(days=4)
    world.receive()
    assert tallied(world) == Tally()


def test_a_replayed_dead_letter_is_not_counted_again(world: World) -> None:
    school = world.counterparts[SCHOOL]
    world.agree(SCHOOL, HOUSING, version=2)
    school.say(school.notice(ORLA))
    world.receive()
    before = tallied(world)
    with world.store.read() as unit:
        (letter,) = unit.dead_letters.all(1)
    world.intake().rehearse(letter.id)
    world.intake().replay(letter.id, "anna")
    assert tallied(world) == before == Tally(refused=1)


def test_an_alarm_is_raised_once_until_it_is_acknowledged(world: World, staff: Staff) -> None:
    did(world, limited=3)
    (alarm,) = look(world)
    assert (alarm.connector, alarm.kind, alarm.observed) == (ID, AlarmKind.VOLUME_LIMIT, 3)
    did(world, limited=1)
    world.clock.pass_(hours=1)
    assert look(world) == []
    assert staff.second is not None
    staff.second.carry_out(ACKNOWLEDGE, acknowledge_content(alarm.id, "their new server sent a day twice", Mode.TRIAL))
    assert look(world) == [], "what came before has been looked at"
    did(world, limited=1)
    (again,) = look(world)
    assert (again.id != alarm.id, again.observed) == (True, 1)


def test_an_acknowledgement_closes_one_kind_and_no_other(world: World, staff: Staff) -> None:
    did(world, limited=1, unbelieved=4)
    (alarm,) = look(world)
    assert staff.second is not None
    world.clock.pass_(minutes=1)
    staff.second.carry_out(ACKNOWLEDGE, acknowledge_content(alarm.id, "seen", Mode.TRIAL))
    did(world, unbelieved=1)
    (other,) = look(world)
    assert (other.kind, other.observed) == (AlarmKind.SIGNATURES_REFUSED, 5)


def test_what_happened_more_than_a_day_ago_raises_nothing(world: World) -> None:
    did(world, limited=1)
    world.clock.pass_(days=1, hours=1)
    assert look(world) == []


def test_each_connector_is_measured_by_itself(world: World) -> None:
    for _ in range(6):
        did(world, accepted=5, placed=2)
        did(world, ConnectorId("housing"), accepted=900, placed=600)
        world.clock.pass_(days=1)
    world.clock.pass_(hours=2)
    for connector in (ID, ConnectorId("housing")):
        did(world, connector, accepted=100, placed=100)
    (alarm,) = look(world)
    assert (alarm.connector, alarm.kind, alarm.observed, alarm.usual) == (ID, AlarmKind.DECLARATION_BURST, 100, 2)


def test_it_is_told_in_the_audit_the_security_log_the_metrics_and_the_light(world: World) -> None:
    did(world, unbelieved=5)
    with capture_logs() as log:
        (alarm,) = look(world)
    fields = {"connector": "school", "kind": "signatures-refused"}
    assert [(each["event"], each["stream"], each["count"]) for each in log] == [("alarm-raised", "security", 5)]
    assert {name: log[0][name] for name in fields} == fields
    with world.store.read() as unit:
        event = unit.audit.events(0, 1_000)[-1]
    assert (event.code, event.fields) == ("alarm-raised", {**fields, "alarm": alarm.id, "observed": 5, "usual": 0})
    standing = show_standing(Office(world.store, world.clock, PARTNERSHIP), LOCAL_READER, "school")
    assert standing.light is Light.RED
    assert standing.findings[0].text.startswith(f"alarm {alarm.id}: 5 messages or requests in its name")
    metrics = {
        metric.name: metric for metric in RegisterCollector([Shown(Mode.TRIAL, world.store, dict)], Health()).collect()
    }
    open_ = {sample.labels["kind"]: sample.value for sample in metrics["patchwork_alarms_open"].samples}
    assert open_ == {kind.value: float(kind is AlarmKind.SIGNATURES_REFUSED) for kind in AlarmKind}


def test_a_security_officer_acknowledges_and_says_why_and_nobody_else(world: World, staff: Staff) -> None:
    did(world, limited=1)
    (alarm,) = look(world)
    content = acknowledge_content(alarm.id, "a load that was announced", Mode.TRIAL)
    with pytest.raises(NotPermitted, match="needs the role security-officer"):
        staff.hand_in(ACKNOWLEDGE, content)
    assert staff.second is not None
    closed = staff.second.carry_out(ACKNOWLEDGE, content)
    assert closed.acknowledged is not None
    assert (closed.acknowledged.by, closed.acknowledged.reason) == ("omar", "a load that was announced")
    with pytest.raises(Refused, match="acknowledged by omar already"):
        staff.second.hand_in(ACKNOWLEDGE, content)
    with world.store.read() as unit:
        event = unit.audit.events(0, 1_000)[-1]
    assert (event.code, event.actor, event.fields["alarm"]) == ("alarm-acknowledged", "omar", alarm.id)
    assert (list(list_alarms(staff.office, LOCAL_READER)), len(list_alarms(staff.office, LOCAL_READER, True))) == (
        [],
        1,
    )


@pytest.mark.parametrize(("id", "reason"), [(0, "why"), ("1", "why"), (1, ""), (1, "x" * 201)])
def test_what_is_signed_names_an_alarm_and_a_reason(id: int, reason: str) -> None:
    with pytest.raises(Refused):
        acknowledge_content(id, reason, Mode.TRIAL)


def test_only_who_may_observe_sees_them(world: World) -> None:
    office = Office(world.store, world.clock, PARTNERSHIP)
    nobody = Actor("nobody", frozenset(), "not at all")
    with pytest.raises(NotPermitted):
        list_alarms(office, nobody)
    with pytest.raises(NotPermitted):
        show_alarm(office, nobody, 1)
    with pytest.raises(Refused, match="there is no alarm 7"):
        show_alarm(office, LOCAL_READER, 7)


def test_requests_that_were_not_believed_are_counted_at_the_next_look(world: World) -> None:
    claims = RefusedClaims()
    for _ in range(5):
        claims.note(ID)
    (alarm,) = AlarmWatch(world.store, world.clock, claims).look()
    assert (alarm.kind, alarm.observed) == (AlarmKind.SIGNATURES_REFUSED, 5)
    assert claims.take() == {}
    assert tallied(world) == Tally(refused=5, unbelieved=5)


def test_old_counts_are_forgotten_and_alarms_are_not(world: World) -> None:
    did(world, limited=1)
    look(world)
    world.clock.pass_(days=29, hours=1)
    did(world, accepted=1)
    AlarmWatch(world.store, world.clock).forget()
    with world.store.read() as unit:
        left = unit.alarms.counted_between(ID, world.clock.now() - timedelta(days=60), world.clock.now())
        assert [each.tally for each in left] == [Tally(accepted=1)]
        assert len(unit.alarms.open()) == 1


def test_a_connector_cannot_tell_from_its_receipts_that_it_raised_one(world: World) -> None:
    with world.store.write() as unit:
        found = unit.trust.connector(ID)
        assert found is not None
        unit.trust.update_connector(replace(found, capabilities=Capabilities(per_day=1)))
    school = world.counterparts[SCHOOL]
    for _ in range(2):
        school.say(school.notice(ORLA))
    world.step()
    assert kinds(look(world)) == [AlarmKind.VOLUME_LIMIT]
    school.say(school.notice(ORLA))
    world.step()
    before, after = school.receipts[1:]
    assert (before.outcome, before.issues, before.last_accepted) == (after.outcome, after.issues, after.last_accepted)
    assert [alert.event for alert in school.alerts] == []
