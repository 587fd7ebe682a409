"""Housekeeping: one run at a time, each batch a transaction, and a run that died is gone on with."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.bench.world import World
from gateway.housekeeping.daily_run import COUNTED, LEASE, Housekeeping, share_of
from gateway.housekeeping.retention import Retention
from gateway.model.housekeeping import HousekeepingRun
from gateway.model.involvement import Standing
from gateway.refused import Refused
from gateway.store.sql_store import open_store
from mappings.canonical.codes import AgeBand
from mappings.canonical.identifiers import AgencyId
from tests.builders import registered
from tests.empty_register import lay
from tests.spec.people import AHMAD, MAYA, TYLER

AGENCY = AgencyId("urn:patchwork:seaton:social-care")
OTHER = AgencyId("urn:patchwork:seaton:nursing")
PEOPLE = (MAYA, TYLER, AHMAD)


@pytest.fixture
def seaton(tmp_path: Path) -> Iterator[World]:
    """Three involvements that nobody has confirmed for a year."""
    store = open_store(lay(tmp_path / "register.sqlite"), bytes(range(32)))
    world = World(store)
    agency = world.join(AGENCY)
    world.join(OTHER)
    world.agree(AGENCY, OTHER)
    for person in PEOPLE:
        agency.say(agency.notice(person))
    world.receive()
    world.clock.pass_(days=365)
    yield world
    store.close()


def keeping(world: World) -> Housekeeping:
    return Housekeeping(world.store, world.clock, world.pairing(), Retention())


def standings(world: World) -> list[Standing]:
    with world.store.read() as unit:
        return [each.standing for each in unit.involvements.of_agency(AGENCY)]


def finished(world: World) -> list[dict[str, object]]:
    with world.store.read() as unit:
        return [dict(event.fields) for event in unit.audit.events(0, 1_000) if event.code == "housekeeping-finished"]


def test_every_batch_is_a_transaction_and_another_run_is_turned_away_meanwhile(
    seaton: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.housekeeping.daily_run.PAGE", 1)
    steps = keeping(seaton).steps()
    next(steps)
    assert standings(seaton) == [Standing.EXPIRED, Standing.LIVE, Standing.LIVE]
    with pytest.raises(Refused, match=r"going on since .*; let it end"):
        keeping(seaton).run()
    # What goes on renews its lease.
    seaton.clock.pass_(seconds=LEASE.total_seconds() - 1)
    next(steps)
    seaton.clock.pass_(seconds=LEASE.total_seconds() - 1)
    with pytest.raises(Refused, match="going on since"):
        keeping(seaton).run()


def test_a_run_that_died_is_gone_on_with_once_its_lease_is_over(seaton: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.housekeeping.daily_run.PAGE", 1)
    died = keeping(seaton).steps()
    next(died)
    seaton.clock.pass_(seconds=LEASE.total_seconds())
    counts = keeping(seaton).run()
    # Its counts are of the whole run, and the first involvement was not expired twice.
    assert counts["expired"] == 3
    assert standings(seaton) == [Standing.EXPIRED] * 3
    assert [event["expired"] for event in finished(seaton)] == [3]
    with pytest.raises(Refused, match="took over"):
        next(died)


def test_a_run_that_stood_still_and_was_overtaken_stops(seaton: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.housekeeping.daily_run.PAGE", 1)
    slow = keeping(seaton).steps()
    next(slow)
    seaton.clock.pass_(seconds=LEASE.total_seconds())
    other = keeping(seaton).steps()
    next(other)
    with pytest.raises(Refused, match="took over"):
        next(slow)
    assert standings(seaton) == [Standing.EXPIRED, Standing.EXPIRED, Standing.LIVE]


def test_it_remembers_when_it_last_ended_also_while_the_next_one_runs(seaton: World) -> None:
    keeping(seaton).run()
    ended = seaton.clock.now()
    with seaton.store.read() as unit:
        assert unit.housekeeping.run().finished_at == ended
    seaton.clock.pass_(days=1)
    next(keeping(seaton).steps())
    with seaton.store.read() as unit:
        run = unit.housekeeping.run()
    assert run.finished_at == ended
    assert run.is_held(seaton.clock.now())


def test_it_tells_how_far_it_has_come_and_only_ever_forward(seaton: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.housekeeping.daily_run.PAGE", 1)
    shares: list[float] = []
    assert set(keeping(seaton).run(shares.append)) == set(COUNTED)
    assert shares == sorted(shares)
    assert len(set(shares)) > 5
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("stage", "after", "last", "share"),
    [
        ("", 0, 0, 1.0),
        ("unconfirmed", 0, 0, 0.0),
        ("unconfirmed", 5, 10, 0.5 / 14),
        ("over", 10, 10, 2 / 14),
        ("over", 99, 10, 2 / 14),
    ],
)
def test_the_share_of_a_run_that_is_done(stage: str, after: int, last: int, share: float) -> None:
    assert share_of(HousekeepingRun(stage=stage, after=after), last) == pytest.approx(share)


TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("standing", "band", "over_since", "end", "gone"),
    [
        (Standing.LIVE, AgeBand.ADULT, None, None, False),
        (Standing.ENDED, AgeBand.ADULT, TODAY, None, True),
        (Standing.EXPIRED, AgeBand.YOUNG_18_19, TODAY, None, True),
        (Standing.ENDED, AgeBand.UNKNOWN, TODAY, None, True),
        (Standing.ENDED, AgeBand.CHILD, TODAY - timedelta(days=91), None, False),
        (Standing.ENDED, AgeBand.UNBORN, TODAY - timedelta(days=92), None, True),
        # An end that its agency dated earlier counts; one that lies ahead does not put anything off.
        (Standing.ENDED, AgeBand.CHILD, TODAY, TODAY - timedelta(days=92), True),
        (Standing.EXPIRED, AgeBand.CHILD, TODAY - timedelta(days=92), TODAY + timedelta(days=9), True),
        (Standing.WITHDRAWN, AgeBand.CHILD, TODAY, None, True),
    ],
)
def test_how_long_what_is_over_lingers(
    standing: Standing, band: AgeBand, over_since: date | None, end: date | None, gone: bool
) -> None:
    involvement = registered(standing=standing, age_band=band, over_since=over_since, end=end)
    assert Retention().has_lingered(involvement, TODAY) is gone


def test_the_defaults_of_the_settings_are_those_of_the_rules() -> None:
    from gateway.settings import Settings

    for name in (each.name for each in fields(Retention)):
        assert Settings.model_fields[name].default == getattr(Retention(), name)
