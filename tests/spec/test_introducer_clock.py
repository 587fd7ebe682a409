"""Chapter 48. The introducer is reminded. A request to be rung must not be forgotten in a list: it has a clock of five working days, and past that
somebody is told. The one who asked can tell nothing from it, because being asked, reminded, passed on and declined are one to them.

What was asked is not kept for ever either.
"""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.alarms.answering import ACKNOWLEDGE, acknowledge_content, list_alarms
from gateway.alarms.raising import in_words
from gateway.alarms.watching import AlarmWatch
from gateway.housekeeping.retention import Retention
from gateway.introducing.deciding import DECLINE, PASS_ON
from gateway.introducing.work_list import list_introductions
from gateway.model.alarm import Alarm, AlarmKind
from gateway.model.introduction import IntroductionState
from gateway.model.standing import Light
from gateway.trust.actor import LOCAL_READER
from mappings.canonical.codes import Mode, NoticeEvent
from tests.gateway.staff import audited
from tests.spec.people import MAYA
from tests.spec.test_introducer import PRIVATE, Town, shown, town_in

WAITS = AlarmKind.INTRODUCTIONS_WAITING


@pytest.fixture
def town(empty_seaton: Path, tmp_path: Path) -> Iterator[Town]:
    """On a Monday at noon a social worker has asked to be rung by whoever helps Maya."""
    with asked(empty_seaton, tmp_path / "register.sqlite") as made:
        yield made


def asked(empty_seaton: Path, path: Path) -> "Asked":
    shutil.copyfile(empty_seaton, path)
    path.chmod(0o600)
    return Asked(path)


class Asked:
    """A town in which somebody has asked, as long as it is open."""

    def __init__(self, path: Path) -> None:
        self._opening = town_in(path)

    def __enter__(self) -> Town:
        town = self._opening.__enter__()
        town.both_know_maya()
        town.ask()
        return town

    def __exit__(self, *exc: object) -> None:
        self._opening.__exit__(None, None, None)


def days_later(town: Town, days: int, hours: int = 0) -> list[Alarm]:
    """Time passes and the gateway looks, as it does every minute; the alarms about requests that it raised."""
    town.seaton.clock.pass_(days=days, hours=hours)
    watch = AlarmWatch(town.seaton.store, town.seaton.clock)
    return [alarm for alarm in watch.look() if alarm.kind is WAITS]


def reports(town: Town) -> int:
    return [code for code, _ in audited(town.office)].count("introduction-overdue")


def states(town: Town) -> list[IntroductionState]:
    """Of all requests that are kept, also about what is over."""
    with town.seaton.store.read() as unit:
        kept = [unit.introductions.get(number) for number in range(1, 4)]
    return [each.state for each in kept if each is not None]


def forget(town: Town, days: int) -> int:
    """Housekeeping, where requests are kept for so many days; how many it erased."""
    return town.seaton.keep_house(Retention(introduction_days=days))["introductions"]


class TestTheClock:
    """Five working days from when it was asked."""

    def test_the_list_shows_how_long_each_has_waited_and_until_when_it_should_be_decided(self, town: Town) -> None:
        """Given a request of a Monday, when the introducer looks on the Thursday, then it has waited for three days and should be decided by the
        Monday after."""
        assert days_later(town, 3) == []
        (view,) = town.waiting()
        assert (view.waiting_days, view.is_overdue) == (3, False)
        assert view.due_at is not None
        assert view.due_at.date() == date(2026, 3, 9)

    def test_past_its_clock_it_is_marked_reported_once_and_raises_an_alarm(self, town: Town) -> None:
        """Given a request that nobody decides, when five working days are over, then it is marked overdue, stands in the audit once however often the
        gateway looks, and an alarm says how many wait and where to look."""
        assert days_later(town, 7) == []
        (alarm,) = days_later(town, 0, hours=1)
        assert (alarm.connector, alarm.observed, alarm.kind.light) == (town.social_care.id, 1, Light.AMBER)
        assert "patchwork introducer list" in in_words(alarm.kind, alarm.observed, alarm.usual)
        assert days_later(town, 1) == []
        (view,) = town.waiting()
        assert view.is_overdue
        assert reports(town) == 1

    def test_asking_again_does_not_begin_the_clock_anew(self, town: Town) -> None:
        """Given a request that waits, when its asker asks again after four days, then it is overdue all the same after a week."""
        town.seaton.clock.pass_(days=4)
        town.ask()
        assert [alarm.observed for alarm in days_later(town, 3, hours=1)] == [1]

    def test_after_a_decline_a_new_request_has_a_new_clock(self, town: Town) -> None:
        """Given a request that was declined on the Thursday, when it is asked again on the Friday, then it is not overdue on the next Wednesday, and
        is on the Monday after."""
        town.seaton.clock.pass_(days=3)
        town.decide(DECLINE)
        town.seaton.clock.pass_(days=1)
        town.ask()
        assert days_later(town, 5) == []
        assert len(days_later(town, 5)) == 1

    @pytest.mark.parametrize("action", [PASS_ON, DECLINE])
    def test_what_is_decided_reminds_nobody(self, town: Town, action: str) -> None:
        """Given a request that is passed on or declined in time, when weeks pass, then nobody is reminded of it."""
        town.decide(action)
        assert days_later(town, 30) == []
        assert reports(town) == 0

    def test_what_is_over_reminds_nobody(self, town: Town) -> None:
        """Given a request about an involvement that ends, when weeks pass, then nobody is reminded of it."""
        town.counselling.say(town.counselling.notice(MAYA, event=NoticeEvent.ENDED, **PRIVATE))
        town.step()
        assert days_later(town, 30) == []
        assert town.waiting() == []

    def test_somebody_who_has_looked_is_not_called_again_for_the_same(self, town: Town) -> None:
        """Given an alarm that a security officer acknowledged, when the same request goes on waiting, then no other alarm is raised for it."""
        (alarm,) = days_later(town, 8)
        officer = town.other.second
        assert officer is not None
        officer.carry_out(ACKNOWLEDGE, acknowledge_content(alarm.id, "the introducer is ill until Friday", Mode.TRIAL))
        assert days_later(town, 3) == []
        assert [each for each in list_alarms(town.office, LOCAL_READER) if each.kind is WAITS] == []


class TestTheAsker:
    """Learns nothing of it."""

    def test_reminded_or_not_is_one_to_the_asker(self, empty_seaton: Path, tmp_path: Path) -> None:
        """Given two equal towns, in one of which the introducer is reminded, when the social worker's side compares all that reached it, then nothing
        differs."""
        heard = []
        for name in ("reminded", "not"):
            with asked(empty_seaton, tmp_path / f"{name}.sqlite") as town:
                town.seaton.clock.pass_(days=8)
                if name == "reminded":
                    assert len(days_later(town, 0)) == 1
                town.step()
                town.ask()
                town.seaton.sweep()
                town.step()
                care = town.social_care
                receipts = [(each.outcome, each.issues, each.last_accepted) for each in care.receipts]
                heard.append((care.events(), [shown(each) for each in care.alerts], receipts, care.replies))
        assert heard[0] == heard[1]


class TestWhatWasAsked:
    """Is erased when it has been over for long enough."""

    def test_what_was_declined_is_erased_after_its_time_and_not_before(self, town: Town) -> None:
        """Given a request that was declined, when it is kept for thirty days, then housekeeping erases it after those and not before, and a second
        run finds nothing."""
        town.decide(DECLINE)
        town.seaton.clock.pass_(days=29)
        assert (forget(town, 30), states(town)) == (0, [IntroductionState.DECLINED])
        town.seaton.clock.pass_(days=2)
        assert (forget(town, 30), states(town)) == (1, [])
        assert forget(town, 30) == 0

    def test_what_waits_or_was_passed_on_stays_as_long_as_they_are_connected(self, town: Town) -> None:
        """Given a request that waits and then is passed on, when its time is over, then it stays: else a request would be lost, or a contact that was
        passed on be taken back."""
        town.seaton.clock.pass_(days=40)
        assert forget(town, 30) == 0
        town.decide(PASS_ON)
        town.seaton.clock.pass_(days=40)
        assert (forget(town, 30), states(town)) == (0, [IntroductionState.PASSED_ON])

    def test_what_is_over_is_erased_whatever_became_of_it(self, town: Town) -> None:
        """Given a request that was passed on, when the involvement has been over for its time, then housekeeping erases it."""
        town.decide(PASS_ON)
        town.counselling.say(town.counselling.notice(MAYA, event=NoticeEvent.ENDED, **PRIVATE))
        town.step()
        town.seaton.clock.pass_(days=29)
        assert forget(town, 30) == 0
        town.seaton.clock.pass_(days=2)
        assert (forget(town, 30), states(town)) == (1, [])

    def test_it_can_be_asked_again_after_that(self, town: Town) -> None:
        """Given a declined request that was erased, when the social worker asks again, then it stands on the list as a new one."""
        town.decide(DECLINE)
        town.seaton.clock.pass_(days=31)
        forget(town, 30)
        town.ask()
        (view,) = list_introductions(town.office, LOCAL_READER)
        assert (view.introduction.asks, view.waiting_days) == (1, 0)
