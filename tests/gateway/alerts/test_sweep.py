"""Looking at everybody again: in pages, one a step of its worker, so that neither intake nor readiness waits for all of them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.alerts.sweep import Sweep
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.initialise import initialise
from gateway.ports import StoreDown
from gateway.running.late_store import LateStore
from gateway.running.loops import Loops
from gateway.store.sql_store import open_store
from mappings.canonical.codes import AgeBand
from mappings.canonical.identifiers import AgencyId
from tests.empty_register import lay
from tests.spec.people import AHMAD, MAYA, TYLER

AGENCIES = (AgencyId("urn:patchwork:seaton:social-care"), AgencyId("urn:patchwork:seaton:nursing"))
PEOPLE = (MAYA, TYLER, AHMAD)


@pytest.fixture
def seaton(tmp_path: Path) -> Iterator[World]:
    """Three people, each with two agencies whose agreement does not cover them yet."""
    store = open_store(lay(tmp_path / "register.sqlite"), bytes(range(32)))
    world = World(store)
    both = [world.join(agency) for agency in AGENCIES]
    world.agree(*AGENCIES, age_bands=(AgeBand.ADULT,))
    for counterpart in both:
        for person in PEOPLE:
            counterpart.say(counterpart.notice(person))
    world.receive()
    yield world
    store.close()


def test_every_page_is_a_transaction_of_its_own(seaton: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.alerts.sweep.PAGE", 1)
    seaton.agree(*AGENCIES, version=2)
    pages = Sweep(seaton.store, seaton.clock, seaton.pairing(), seaton.which_pepper()).pages()
    for seen in (1, 2, 3):
        assert next(pages) == 2
        with seaton.store.read() as unit:
            assert unit.alerts.counts()["pending"] == 2 * seen
    assert next(pages, None) is None
    with seaton.store.read() as unit:
        (finished,) = [event.fields for event in unit.audit.events(0, 1_000) if event.code == "sweep-finished"]
    assert (finished["people"], finished["alerts"]) == (3, 6)


def test_the_worker_takes_a_page_a_step_and_begins_anew_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    faults = [StoreDown("away")]

    class Pages:
        def pages(self) -> Iterator[int]:
            taken.append("first")
            yield 1
            if faults:
                raise faults.pop()
            taken.append("second")
            yield 0

    monkeypatch.setattr("gateway.running.loops.build_sweep", lambda *parts: Pages())
    stopping = threading.Event()
    stopping.set()
    settings = initialise(tmp_path / "gateway", {}).settings
    loops = Loops(settings, LateStore(lambda: pytest.fail("not opened here")), SystemClock(), None, stopping)
    step, _ = loops.sweep()
    step()
    with pytest.raises(StoreDown):
        step()
    assert taken == ["first"]
    for _ in range(5):
        step()
    assert taken == ["first", "first", "second"], "and not again before tomorrow"
