"""The threads of a gateway: they go on whatever happens, and stop when told."""

import threading
from datetime import timedelta

import pytest

from connectors.channel.memory import MemoryBroker
from connectors.channel.port import ChannelDown, ChannelRefused
from gateway.model.connector import Carrier
from gateway.ports import StoreDown
from gateway.running import workers
from gateway.running.beat import every
from gateway.running.channel_ends import ChannelEnds
from gateway.running.health import Health
from gateway.running.late_store import LateStore
from gateway.running.workers import Step, Worker
from gateway.store.sql_store import SqlStore
from gateway.trust.lifecycle import SUSPEND_CONNECTOR
from mappings.canonical.identifiers import AgencyId
from tests.builders import HOUSING, SCHOOL
from tests.gateway.staff import Staff

LONG_SECONDS = 30.0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "pause_after", lambda attempts: timedelta(milliseconds=1))


class Scripted:
    """A step that does what the script says, round by round, and stops the worker when the script is over."""

    def __init__(self, *script: Exception | None) -> None:
        self.script, self.built, self.ended, self.rounds = list(script), 0, 0, 0
        self.stopping, self.health = threading.Event(), Health()
        self.faults: list[dict[str, str]] = []

    def build(self) -> tuple[Step, Step]:
        self.built += 1
        return self.step, self.end

    def end(self) -> None:
        self.ended += 1

    def step(self) -> None:
        self.faults.append(self.health.faults())
        self.rounds += 1
        fault = self.script.pop(0)
        if not self.script:
            self.stopping.set()
        if fault is not None:
            raise fault

    def run(self) -> None:
        worker = Worker("relay", self.build, self.health, self.stopping)
        worker.start()
        assert worker.join(LONG_SECONDS)


def test_what_is_away_is_tried_again_with_the_same_parts() -> None:
    scripted = Scripted(None, StoreDown("away"), ChannelDown("away"), None, None)
    scripted.run()
    assert scripted.faults == [{"relay": "starting"}, {}, {"relay": "StoreDown"}, {"relay": "ChannelDown"}, {}]
    assert (scripted.built, scripted.ended, scripted.health.faults()) == (1, 1, {})


def test_a_mistake_of_ours_is_survived_with_new_parts() -> None:
    scripted = Scripted(None, KeyError("Okafor"), None)
    scripted.run()
    assert (scripted.rounds, scripted.built, scripted.ended) == (3, 2, 2)
    assert scripted.faults[2] == {"relay": "KeyError"}


def test_parts_that_cannot_be_built_yet_are_built_later() -> None:
    scripted = Scripted(None)
    failures = [StoreDown("away"), ChannelDown("away")]

    def build() -> tuple[Step, Step]:
        if failures:
            raise failures.pop()
        return scripted.build()

    worker = Worker("relay", build, scripted.health, scripted.stopping)
    worker.start()
    assert worker.join(LONG_SECONDS)
    assert (scripted.rounds, failures) == (1, [])


def test_a_stopping_gateway_is_not_ready() -> None:
    health = Health()
    health.went_well("relay")
    assert health.faults() == {}
    health.stop()
    assert health.faults() == {"gateway": "stopping"}


def test_the_tick_keeps_its_beat_however_late_it_is_asked() -> None:
    now = 100.0
    due = every(1.0, lambda: now)
    seen = []
    for now in (100.0, 100.4, 100.9, 101.8, 101.9, 102.1, 105.0, 105.5):  # noqa: B007 - read by the clock
        seen.append(due())
    assert seen == [True, False, False, True, False, True, True, False]


def test_a_store_that_comes_late_is_down_until_then(store: SqlStore) -> None:
    answers: list[SqlStore | Exception] = [StoreDown("away"), store]

    def open_it() -> SqlStore:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    late = LateStore(open_it)
    with pytest.raises(StoreDown), late.read():
        pass
    with late.read() as unit:
        assert unit.operators.all() == []
    with late.write() as unit:
        assert unit.incarnation()


def test_a_connector_is_reached_by_its_carrier_and_its_inbox_is_made(staff: Staff) -> None:
    broker = MemoryBroker()
    ends = ChannelEnds({Carrier.HTTPS: broker.gateway_end()})
    staff.agency(SCHOOL)
    staff.agency(HOUSING)
    school, housing = staff.connector("school-1", SCHOOL), staff.connector("housing-1", HOUSING, carrier="amqp")
    ends.end_of(school).send(school.id, school.inbox, b"sealed", None)
    assert [parcel.sealed for parcel in broker.connector_end(school.id, school.inbox).take(1, 0)] == [b"sealed"]
    with pytest.raises(ChannelRefused, match="set broker_url"):
        ends.end_of(housing)


class Counting:
    """A gateway end that notes which inboxes were opened, and is away for some."""

    def __init__(self, *away: str) -> None:
        self.opened: list[str] = []
        self.away = away

    def open_inbox(self, connector: object, inbox: str) -> None:
        if str(connector) in self.away:
            raise ChannelDown("away")
        self.opened.append(str(connector))


def test_every_inbox_is_opened_and_one_that_fails_holds_up_no_other(staff: Staff) -> None:
    counting = Counting("c1")
    ends = ChannelEnds({Carrier.AMQP: counting})  # type: ignore[dict-item]
    for number in range(3):
        agency = AgencyId(f"urn:patchwork:seaton:agency-{number}")
        staff.agency(agency)
        staff.connector(f"c{number}", agency, carrier="amqp")
    staff.move("c2", SUSPEND_CONNECTOR)
    for _ in range(2):
        ends.open_inboxes(staff.office.store)
    assert counting.opened == ["c0", "c2"] * 2
