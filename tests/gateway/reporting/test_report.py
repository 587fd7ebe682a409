"""The report says what the register and the audit hold, and nothing small about people."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.housekeeping.retention import Retention
from gateway.refused import NotPermitted
from gateway.reporting import audit_count
from gateway.reporting.audit_count import count_audit, first_event_at
from gateway.reporting.period import Period, period
from gateway.reporting.report import report
from gateway.sharing.rule_set import rule_set_from
from gateway.trust.actor import LOCAL_READER, Actor
from mappings.canonical.codes import AgencyType, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import PartialDate, Person
from tests.sharing_rules import CHILDREN, SCHOOL, document, permit
from tests.spec.people import MAYA, TYLER

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
TEACHERS = AgencyId("urn:patchwork:seaton:school")
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
NAMES = ["Ayo Brookes", "Piotr Nowak", "Zainab Karimi", "Callum Priest", "Lili Marsh", "Omar Lund"]
SIX = [
    Person(
        local_id=f"child-{n}",
        given=(name.split()[0],),
        family=name.split()[1],
        birth_date=PartialDate(2010 + n, n, 2 * n),
        addresses=MAYA.addresses,
    )
    for n, name in enumerate(NAMES, 1)
]
Pair = tuple[Counterpart, Counterpart]


@pytest.fixture
def pair(seaton: World) -> Pair:
    joined = (seaton.join(SOCIAL_CARE, AgencyType.LOCAL_AUTHORITY_CHILDREN), seaton.join(TEACHERS))
    seaton.agree(SOCIAL_CARE, TEACHERS)
    return joined


def all_say(seaton: World, pair: Pair, people: list[Person], **changes: Any) -> None:
    for counterpart in pair:
        for person in people:
            counterpart.say(counterpart.notice(person, **changes))
    seaton.step()


def made(seaton: World, over: Period = MARCH) -> dict[str, Any]:
    return report(seaton.office(), LOCAL_READER, over, Retention())


def test_nothing_has_happened_yet(seaton: World, pair: Pair) -> None:
    found = made(seaton)
    assert [(each["id"], each["in_force"], each["ends_soon"]) for each in found["agreements"]] == [
        ("seaton-children", True, False)
    ]
    assert found["decisions"] == {"told": {}, "told_under_rule": {}, "not_told_because": []}
    assert found["roll_out"]["involvements"] == {"live": 0, "stale": 0, "stale_percent": ""}
    assert [each["as_of"] for each in found["roll_out"]["agencies"]] == [None, None]
    assert json.loads(json.dumps(found)) == found, "nothing in it but plain JSON values"


def test_what_was_told_is_counted_once_under_its_rule_with_how_long_it_took(seaton: World, pair: Pair) -> None:
    all_say(seaton, pair, SIX)
    found = made(seaton)
    assert found["decisions"]["told"] == {"connection-made": 10}, "12, rounded down"
    assert found["decisions"]["told_under_rule"] == {"as-agreed": 10}
    assert found["roll_out"]["involvements"]["live"] == 10, "of 5 and 5 as they are shown"
    assert found["roll_out"]["connections"] == {"live": 5, "made": 5, "over": 0}
    assert found["roll_out"]["alerts"] == {"sent": 10, "receipted": 10, "seen": 0, "followed_up": 0}
    assert found["roll_out"]["from_notice_to_alert"]["within 10 seconds"] == 10
    assert sum(number != 0 for number in found["roll_out"]["from_notice_to_alert"].values()) == 1
    assert [(each["live"], each["as_of"]) for each in found["roll_out"]["agencies"]] == [(5, "2026-03-02")] * 2


def test_an_alert_that_waited_counts_as_late_and_one_sent_again_once(seaton: World, pair: Pair) -> None:
    for counterpart in pair:
        for person in SIX:
            counterpart.say(counterpart.notice(person))
    seaton.receive()
    seaton.clock.pass_(minutes=5)
    seaton.relay().send_alerts()
    for counterpart in pair:
        counterpart.end.acknowledge(counterpart.end.take(500, 0.0))
    seaton.clock.pass_(minutes=20)
    seaton.step()
    found = made(seaton)
    assert found["decisions"]["told"] == {"connection-made": 10}
    assert found["roll_out"]["from_notice_to_alert"]["within 10 minutes"] == 10


def test_nothing_small_about_people_is_shown(seaton: World, pair: Pair) -> None:
    all_say(seaton, pair, [MAYA])
    found = made(seaton)
    assert found["decisions"]["told"] == {"connection-made": "<5"}
    assert found["roll_out"]["involvements"] == {"live": "at least 2", "stale": 0, "stale_percent": ""}
    assert found["roll_out"]["connections"]["live"] == "<5"


def test_what_was_refused_and_what_lapsed_is_counted_by_reason(seaton: World, pair: Pair) -> None:
    for counterpart in pair:
        counterpart.say(counterpart.notice(MAYA))
    seaton.receive()
    seaton.agree(SOCIAL_CARE, TEACHERS, version=2, valid_until=date(2026, 3, 1))
    pair[0].say(pair[0].notice(TYLER))
    seaton.step()
    found = made(seaton)
    (lapsed,) = found["decisions"]["not_told_because"]
    assert (lapsed["reason"], lapsed["times"]) == ("no-agreement", "<5")
    assert "no agreement between the two agencies is in force" in lapsed["meaning"]
    assert found["refusals"] == {"agreement-version": "<5"}
    assert [each["in_force"] for each in found["agreements"]] == [False]


def test_what_is_about_to_end_is_marked(seaton: World, pair: Pair) -> None:
    seaton.agree(SOCIAL_CARE, TEACHERS, version=2, review_by=date(2026, 5, 31))
    assert [(each["in_force"], each["ends_soon"]) for each in made(seaton)["agreements"]] == [(True, True)]


def test_what_nobody_confirmed_for_long_is_stale_and_what_is_over_is_kept_for_a_while(
    seaton: World, pair: Pair
) -> None:
    seaton.agree(SOCIAL_CARE, TEACHERS, version=2, valid_until=date(2027, 12, 31), review_by=date(2027, 12, 31))
    for counterpart in pair:
        counterpart.place = replace(counterpart.place, agreement_version=2)
    all_say(seaton, pair, SIX)
    seaton.clock.pass_(days=336)
    pair[0].say(pair[0].notice(SIX[0], event=NoticeEvent.CHANGED))
    for person in SIX:
        pair[1].say(pair[1].notice(person, event=NoticeEvent.ENDED))
    seaton.step()
    today = seaton.clock.now().date()
    found = made(seaton, period("", "", today))
    here, there = sorted(found["roll_out"]["agencies"], key=lambda each: str(each["agency"]), reverse=True)
    assert (here["live"], here["stale"], here["over_and_kept"]) == (5, 5, 0)
    assert (there["live"], there["as_of"], there["over_and_kept"]) == (0, None, 5)


def test_who_sees_unseen_is_named_with_the_rule_that_lets_it(seaton: World, pair: Pair) -> None:
    one_way = permit("there", SCHOOL, CHILDREN, one_way="the board reviewed it")
    with seaton.store.write() as unit:
        unit.rule_sets.add(replace(rule_set_from(document(one_way), 1), recorded_at=seaton.clock.now()))
    all_say(seaton, pair, SIX)
    found = made(seaton)
    assert found["one_way_sights"] == [
        {
            "connector": "social-care",
            "agency": "Seaton Social Care",
            "told_of": "Seaton School",
            "sights": 5,
            "one_way": 5,
        }
    ]
    assert "because the board reviewed it" in found["rules"]["in_words"][0]
    assert found["rules"]["version"] == 1


def test_what_lies_outside_the_months_is_not_counted(
    seaton: World, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_count, "PAGE", 4)
    all_say(seaton, pair, SIX[:3])
    seaton.clock.pass_(days=60)
    all_say(seaton, pair, SIX[3:])
    in_march, in_may = (
        count_audit(seaton.store, MARCH),
        count_audit(seaton.store, Period(date(2026, 5, 1), date(2026, 5, 31))),
    )
    assert (in_march.told.total(), in_may.told.total()) == (6, 6)
    assert count_audit(seaton.store, Period(date(2026, 4, 1), date(2026, 4, 30))).told.total() == 0
    first = first_event_at(seaton.store, in_may_begin := Period(date(2026, 5, 1), date(2026, 5, 31)).begin)
    with seaton.store.read() as unit:
        before, after = unit.audit.events(first - 1, 2)
    assert before.at < in_may_begin <= after.at
    assert first_event_at(seaton.store, MARCH.begin) == 0


def test_only_somebody_enrolled_may_read_it(seaton: World, pair: Pair) -> None:
    with pytest.raises(NotPermitted, match="read this"):
        report(seaton.office(), Actor("nobody", frozenset(), "not at all"), MARCH, Retention())
