"""Chapter 39. The launch. An agency brings all its clients on board at once, and nobody's desk is buried: a worker who would get many first alerts
gets one digest, the gateway is sent no more than it grants, and whatever is killed in between goes on where it was.

The school of Seaton has been there for a while. Today housing loads all its tenants, and the school hears of many of its pupils at once.
"""

from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from connectors.alerts.digest_policy import DigestPolicy, Wish
from connectors.alerts.digesting import LONGEST, QUIET
from connectors.deliver import Reception, deliver
from connectors.sinks.port import Digest, SinkRefused
from mappings.canonical.alert import Alert
from mappings.canonical.codes import AlertEvent, MessageKind, ReceiptOutcome
from mappings.canonical.envelope import Opened
from mappings.canonical.identifiers import MessageId, SpokenReference
from mappings.canonical.receipt import Issue, Receipt
from tests.connectors.office import SCHOOL, Desktop, Office, involvement
from tests.counterparts import ScriptedGateway, an_alert


class ReadDesktop(Desktop):
    """One that people read."""

    def __init__(self) -> None:
        super().__init__()
        self.digests: dict[str, Digest] = {}

    def deliver_digest(self, digest: Digest) -> None:
        """See the port."""
        if not self.down:
            self.digests[digest.id] = digest
            return
        self.deliver(digest.deliveries[0])


class School(Office):
    """Delivers by a policy."""

    desktop: ReadDesktop
    policy_of_digests = DigestPolicy(above=3)

    @property
    def reception(self) -> Reception:
        """With digests."""
        return replace(super().reception, digests={"desktop": self.policy_of_digests})


@pytest.fixture
def school(tmp_path: Path) -> School:
    """Twelve pupils are published: nine of Alex Worker's, three of Sam New's."""
    school = School(tmp_path)
    school.desktop = ReadDesktop()
    school.sinks = (school.desktop,)
    school.publish(*(involvement(n, worker="Alex Worker" if n < 10 else "Sam New") for n in range(1, 13)))
    school.exchange()
    return school


def alert(school: School, number: int, **changes: object) -> Alert:
    """Somebody else is involved with this pupil."""
    person, ref = school.references.person(f"C{number}"), school.references.involvement(f"I{number}")
    connection = MessageId(f"00000000-0000-4000-8000-{number:012}")
    return an_alert(SCHOOL, person, ref, school.clock(), connection=connection, **changes)


def tell(school: School, *numbers: int) -> None:
    """The gateway tells of these pupils, all at once."""
    school.gateway.send_alerts(*(alert(school, number) for number in numbers))
    school.deliver()


def digests(school: School) -> list[tuple[str, int]]:
    """Whose digests were given, and how many alerts are in each."""
    return [(each.worker, len(each.deliveries)) for each in school.desktop.digests.values()]


def given_one_by_one(school: School) -> list[str]:
    return sorted(each.client_local_id for each in school.desktop.shown)


def test_many_first_alerts_of_one_worker_are_one_digest_and_few_come_at_once(school: School) -> None:
    """Given a worker who gets many first alerts at once and one who gets few, when they arrive, then the few come one by one at once, and the
    many as one digest when nothing has been added to it for ten minutes."""
    tell(school, *range(1, 12))
    assert (given_one_by_one(school), digests(school)) == (["C10", "C11"], [])
    school.clock.wait(seconds=QUIET.total_seconds())
    school.deliver()
    assert digests(school) == [("Alex Worker", 9)]
    [digest] = school.desktop.digests.values()
    assert "Others are involved with 9 of your clients" in digest.text
    assert digest.text.count("Karen Priest") == 9
    assert digest.text.count("Before you talk about anybody") == 1


def test_what_comes_later_the_same_day_is_collected_too_and_waits_an_hour_at_most(school: School) -> None:
    """Given alerts that keep coming every few minutes, when an hour has passed since the first that was collected, then the digest is given."""
    tell(school, 1, 2, 3)
    assert len(given_one_by_one(school)) == 3
    for number in range(4, 10):
        school.clock.wait(minutes=9)
        tell(school, number)
        assert digests(school) == []
    school.clock.wait(seconds=(LONGEST - 5 * timedelta(minutes=9)).total_seconds())
    school.deliver()
    assert digests(school) == [("Alex Worker", 6)]


def test_what_is_taken_back_before_the_digest_is_given_is_not_in_it(school: School) -> None:
    """Given alerts that wait for a digest, when one is taken back, then nobody is ever shown it; one taken back afterwards is told at once."""
    tell(school, *range(1, 7))
    school.gateway.send_alerts(alert(school, 6, event=AlertEvent.RETRACTED, version=2))
    school.deliver()
    school.clock.wait(seconds=QUIET.total_seconds())
    school.deliver()
    assert (digests(school), given_one_by_one(school)) == ([("Alex Worker", 5)], [])
    school.gateway.send_alerts(alert(school, 5, event=AlertEvent.RETRACTED, version=2))
    school.deliver()
    assert "Please disregard" in school.desktop.texts()[0]


def test_a_change_of_what_was_shown_never_waits(school: School) -> None:
    """Given a worker whose first alerts are collected, when something that they were shown changes, then they are told at once."""
    tell(school, 1)
    tell(school, *range(2, 9))
    school.gateway.send_alerts(
        alert(school, 1, event=AlertEvent.CHANGED, version=2, spoken_reference=SpokenReference("M4R-7TB"))
    )
    school.deliver()
    assert [each.alert.event for each in school.desktop.shown] == [AlertEvent.MADE, AlertEvent.CHANGED]
    assert digests(school) == []


def test_who_wants_everything_at_once_gets_it_and_who_wants_it_daily_gets_it_at_seven(school: School) -> None:
    """Given one worker who wants alerts at once and another who wants them once a day, when alerts come, then so it is, few or many."""
    wishes = {"alex worker": Wish.IMMEDIATE, "sam new": Wish.DAILY}
    school.policy_of_digests = DigestPolicy(above=1, at=time(7, 0), wishes=wishes)
    tell(school, 1, 2, 3, 10)
    assert given_one_by_one(school) == ["C1", "C2", "C3"]
    school.clock.wait(hours=21, minutes=59)
    school.deliver()
    assert digests(school) == []
    school.clock.wait(minutes=1)
    school.deliver()
    assert digests(school) == [("Sam New", 1)]


def test_while_a_partnership_starts_every_first_alert_waits_for_the_days_digest(school: School) -> None:
    """Given a launch until a day, when a single alert comes before it, then it waits for the digest of the day; afterwards it comes at once."""
    school.policy_of_digests = DigestPolicy(launch_until=school.clock().date())
    tell(school, 1)
    assert given_one_by_one(school) == []
    school.clock.wait(days=1)
    tell(school, 2)
    assert (digests(school), given_one_by_one(school)) == ([("Alex Worker", 1)], ["C2"])


def test_a_digest_that_cannot_be_given_is_given_later_and_once(school: School) -> None:
    """Given a sink that is down when a digest is due, when it is up again, then the digest is given, once, with what came meanwhile."""
    tell(school, *range(1, 6))
    school.desktop.down = True
    school.clock.wait(seconds=QUIET.total_seconds())
    done = school.deliver()
    assert done.needs_a_person
    with school.ledger.read() as unit:
        assert len(unit.deliveries.list("pending", 10)) == 5, "somebody can see that they wait"
    school.desktop.down = False
    school.clock.wait(hours=2)
    tell(school, 6)
    school.clock.wait(hours=2)
    school.deliver()
    assert sum(count for _, count in digests(school)) == 6
    assert given_one_by_one(school) == []


def test_a_digest_that_is_refused_for_good_is_kept_for_a_person(school: School) -> None:
    """Given a sink that will never take a digest, when it says so, then its alerts are kept and shown to whoever looks after the connector."""

    class Refusing(ReadDesktop):
        def deliver_digest(self, digest: Digest) -> None:
            raise SinkRefused("no such mailbox")

    tell(school, *range(1, 6))
    school.sinks = (Refusing(),)
    school.clock.wait(seconds=QUIET.total_seconds())
    assert deliver([school.reception], school.channel).needs_a_person
    with school.ledger.read() as unit:
        assert len(unit.deliveries.list("refused", 10)) == 5


def test_killed_after_a_digest_was_given_and_before_that_was_noted_it_is_the_same_digest_again(school: School) -> None:
    """Given a connector that dies right after a digest was given, when it starts again, then the sink gets the same digest and keeps one."""

    class Killed(BaseException):
        pass

    class Dying(ReadDesktop):
        def deliver_digest(self, digest: Digest) -> None:
            super().deliver_digest(digest)
            raise Killed

    tell(school, *range(1, 6))
    dying = Dying()
    dying.digests = school.desktop.digests
    school.sinks = (dying,)
    school.clock.wait(seconds=QUIET.total_seconds())
    with pytest.raises(Killed):
        deliver([school.reception], school.channel)
    school.sinks = (school.desktop,)
    school.deliver()
    assert digests(school) == [("Alex Worker", 5)]


def test_no_more_is_sent_a_minute_than_the_gateway_grants(tmp_path: Path) -> None:
    """Given a gateway that grants few notices a minute, when many are to be loaded, then the connector learns how many from the receipts, sends
    no more than that in any later minute, and everything arrives."""
    school = Office(tmp_path)
    granted, taken, refused = 20, [], []

    class Busy(ScriptedGateway):
        __slots__ = ()

        def _treat(self, opened: Opened, digest: str, *, answer: bool) -> None:
            if opened.header.kind is MessageKind.NOTICE:
                taken.append(self.now())
                if taken.count(self.now()) > granted:
                    refused.append(self.now())
                    issue = Issue("business-rule", "limit-per-minute", "", "too many a minute; it is tried again later")
                    receipt = Receipt(
                        opened.header.about, digest, ReceiptOutcome.STALE, (issue,), self.incarnation, None
                    )
                    self._answer(receipt, answer)
                    return
            super()._treat(opened, digest, answer=answer)

    school.gateway.__class__ = Busy
    school.publish(*(involvement(n) for n in range(1, 61)))
    school.exchange()
    assert len(refused) == 40, "nobody had said how many"
    for _ in range(12):
        school.clock.wait(seconds=61)
        school.post()
        school.exchange()
    assert len(school.gateway.notices) == 60
    assert len(refused) == 40, "and from then on it kept to it"
