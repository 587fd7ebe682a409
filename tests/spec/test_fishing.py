"""Chapter 32. Fishing: whoever wants to know has to declare an involvement, the others are told of it, and whoever declares too much, learns
unseen or drops what has served its purpose is looked at."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.alarms.watching import AlarmWatch
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.model.alarm import AlarmKind
from gateway.reporting.fishing import WAITS, fishing
from gateway.sharing.rule_set import rule_set_from
from gateway.trust.actor import LOCAL_READER
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from mappings.canonical.codes import AgencyType, AlertEvent, AlertLevel, NoticeEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Worker
from mappings.canonical.person import Address, PartialDate, Person
from tests.gateway.staff import opened
from tests.sharing_rules import CHILDREN, SCHOOL, document, permit
from tests.spec.people import MAYA

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
TEACHERS = AgencyId("urn:patchwork:seaton:school")
MADE, ENDED = AlertEvent.MADE, AlertEvent.ENDED
GIVEN = ("Ayo", "Piotr", "Zainab", "Callum", "Lili", "Omar", "Grace", "Tomos", "Ines", "Hamza", "Freya", "Dylan")
CLASS = [
    Person(
        local_id=f"pupil-{n}",
        given=(name,),
        family=f"{name}son",
        birth_date=PartialDate(2012 + n % 4, 1 + n % 12, 1 + 2 * n % 27),
        addresses=(Address((f"{n} Mill Lane",), "Seaton", f"ZZ{n % 9 + 1} 1AB"),),
    )
    for n, name in enumerate(GIVEN, 1)
]


@pytest.fixture
def pair(seaton: World) -> tuple[Counterpart, Counterpart]:
    """Children's social care and a school, which may learn of each other."""
    joined = seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN), seaton.join(TEACHERS)
    seaton.agree(SOCIAL_CARE, TEACHERS)
    return joined


@pytest.fixture
def one_way(seaton: World) -> Callable[[], None]:
    """From now on social care learns of the school, and the school of nobody."""

    def put() -> None:
        reason = "the board reviewed it"
        made = rule_set_from(document(permit("school-is-seen", SCHOOL, CHILDREN, one_way=reason)), 1)
        with seaton.store.write() as unit:
            unit.rule_sets.add(replace(made, recorded_at=seaton.clock.now()))

    return put


def say(
    seaton: World, counterpart: Counterpart, people: list[Person], event: NoticeEvent = NoticeEvent.STARTED
) -> None:
    for person in people:
        counterpart.say(counterpart.notice(person, event=event))
    seaton.step()


def look(seaton: World) -> list[tuple[str, AlarmKind]]:
    """Which alarms are raised now, and about whom."""
    return [(alarm.connector.value, alarm.kind) for alarm in AlarmWatch(seaton.store, seaton.clock).look()]


def test_whoever_claims_involvement_is_seen_by_those_they_learn_of(seaton: World, pair):
    """Given a school that is involved with a child, when somebody declares an involvement with her in order to learn of the school, then the
    school is told who did, in the same moment."""
    social_care, school = pair
    say(seaton, school, [MAYA])
    say(seaton, social_care, [MAYA])
    assert social_care.events() == school.events() == [MADE]
    other = school.alerts[0].other
    assert other is not None
    assert (school.alerts[0].level, other.agency, bool(other.worker.name)) == (AlertLevel.FULL, SOCIAL_CARE, True)


def test_taking_the_claim_back_at_once_does_not_make_it_unseen(seaton: World, pair):
    """Given a claim that was made and taken back within the minute, when the other side looks, then it was told of both."""
    social_care, school = pair
    say(seaton, school, [MAYA])
    say(seaton, social_care, [MAYA])
    say(seaton, social_care, [MAYA], NoticeEvent.ENDED)
    assert school.events() == [MADE, ENDED]


def test_a_connector_declares_no_more_people_in_a_day_than_its_quota(seaton: World, pair):
    """Given a connector whose quota is ten notices a day, when it declares twelve people, then two are put off, and somebody is
    called to look."""
    opened(seaton.office()).carry_out(LIMIT_CONNECTOR, limits_content("social-care", ["per_day=10"]))
    social_care, _ = pair
    say(seaton, social_care, CLASS)
    assert social_care.outcomes().count(ReceiptOutcome.ACCEPTED) == 10
    assert social_care.outcomes().count(ReceiptOutcome.STALE) == 2
    assert ("social-care", AlarmKind.VOLUME_LIMIT) in look(seaton)


def test_a_burst_from_one_that_usually_declares_few_calls_somebody(seaton: World, pair):
    """Given a connector that has declared one person a day for a week, when it declares fifty in one day, then somebody is called to look."""
    social_care, _ = pair
    for person in CLASS[:7]:
        say(seaton, social_care, [person])
        seaton.clock.pass_(days=1)
    assert look(seaton) == []
    many = [
        replace(CLASS[n % 12], local_id=f"more-{n}", birth_date=PartialDate(2010, 1 + n % 12, 1 + n % 28))
        for n in range(50)
    ]
    say(seaton, social_care, many)
    assert ("social-care", AlarmKind.DECLARATION_BURST) in look(seaton)


def test_very_short_involvements_call_somebody(seaton: World, pair):
    """Given ten people declared in an hour, when all of them are ended within the day, then somebody is called to look, also where nobody
    else was involved."""
    social_care, _ = pair
    say(seaton, social_care, CLASS[:10])
    seaton.clock.pass_(hours=2)
    say(seaton, social_care, CLASS[:10], NoticeEvent.ENDED)
    assert look(seaton) == [("social-care", AlarmKind.BRIEF_INVOLVEMENTS)]


def test_claims_that_end_soon_after_they_brought_an_alert_call_somebody(seaton: World, pair):
    """Given ten claims that each brought an alert, when all of them are ended three days later, then somebody is called to look; had they
    ended after ten days, nobody would have been."""
    social_care, school = pair
    people = CLASS[:10]
    say(seaton, school, people)
    say(seaton, social_care, people)
    seaton.clock.pass_(days=3)
    say(seaton, social_care, people, NoticeEvent.ENDED)
    assert look(seaton) == [("social-care", AlarmKind.DROPPED_AFTER_ALERTS)]
    say(seaton, school, people, NoticeEvent.CHANGED)
    seaton.clock.pass_(days=10)
    say(seaton, school, people, NoticeEvent.ENDED)
    assert look(seaton) == []


def test_whether_contact_followed_is_claimed_where_somebody_said_so_and_nowhere_else(seaton: World, pair):
    """Given that not every practitioner answers, when the report on fishing is read, then it says where contact is known to have followed, and what
    is counted where it is not."""
    assert fishing(seaton.office(), LOCAL_READER)["waits"] == WAITS
    assert "Where none does, what is counted instead" in WAITS


def test_who_sees_without_being_seen_is_counted_and_called_out(seaton: World, pair, one_way: Callable[[], None]):
    """Given a reviewed rule by which social care learns of the school and not the other way round, when they share ten children, then the
    report names who sees whom unseen and by which rule, and somebody is called to look."""
    one_way()
    social_care, school = pair
    for counterpart in pair:
        say(seaton, counterpart, CLASS[:10])
    assert (len(social_care.told), school.alerts) == (10, [])
    found = fishing(seaton.office(), LOCAL_READER)
    assert [(each["connector"], each["told_of"], each["one_way"]) for each in found["one_way_sights"]] == [
        ("social-care", "Seaton School", 10)
    ]
    assert "because the board reviewed it" in found["one_way_rules"][0]
    assert ("social-care", AlarmKind.ONE_WAY_SIGHTS) in look(seaton)


def test_where_both_are_told_nothing_is_one_way(seaton: World, pair):
    """Given two agencies that are told of each other, when the report on fishing is read, then nothing in it is one-way, also while one of them
    is suspended and its alerts wait."""
    for counterpart in pair:
        say(seaton, counterpart, CLASS[:10])
    assert fishing(seaton.office(), LOCAL_READER)["one_way_sights"] == []
    assert look(seaton) == []


def test_few_one_way_sights_are_not_told_by_number(seaton: World, pair, one_way: Callable[[], None]):
    """Given one child of whom one side alone is told, when the report is read, then it says that there is something, and not how few."""
    one_way()
    for counterpart in pair:
        say(seaton, counterpart, [MAYA])
    (row,) = fishing(seaton.office(), LOCAL_READER)["one_way_sights"]
    assert (row["sights"], row["one_way"]) == ("<5", "<5")


def test_an_agency_that_names_no_contact_is_asked_for_one(seaton: World, pair):
    """Given an agency whose notices name neither telephone nor e-mail, when it has sent five of them, then somebody is called to look, because
    nobody can follow up an alert about its clients."""
    _, school = pair
    for person in CLASS[:5]:
        school.say(school.notice(person, worker=Worker("Alex Worker", "Teacher", "Year 6")))
    seaton.step()
    assert look(seaton) == [("school", AlarmKind.NO_CONTACT)]


def test_no_receipt_tells_that_somebody_was_called(seaton: World, pair):
    """Given a connector about which an alarm was raised, when its next notice is answered, then the answer is the one it would have got
    without."""
    social_care, _ = pair
    say(seaton, social_care, CLASS[:10])
    seaton.clock.pass_(hours=1)
    say(seaton, social_care, CLASS[:10], NoticeEvent.ENDED)
    before = social_care.receipts[0]
    assert look(seaton) != []
    seaton.clock.pass_(seconds=timedelta(minutes=1).total_seconds())
    say(seaton, social_care, [MAYA])
    after = social_care.receipts[-1]
    assert (after.outcome, after.issues) == (before.outcome, before.issues)
