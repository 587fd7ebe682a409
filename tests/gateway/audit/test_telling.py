"""Which checkpoint connectors are told of: chosen by the clock, the same for everybody all day, and never waited for."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.audit.checkpoints import CheckpointFolder
from gateway.keys import own_rotation
from mappings.canonical.codes import Mode
from mappings.canonical.witness import ToldCheckpoint
from tests.builders import NOON
from tests.gateway.audit.kept_chain import Chain

DAY = timedelta(days=1)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """A gateway that has run since noon, and of which three things are written down."""
    made = Chain(tmp_path / "gw")
    made.happen(3)
    made.checkpointing.look()
    return made


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_new_gateway_tells_of_nothing_on_its_first_day(chain: Chain) -> None:
    assert chain.telling().on(chain.clock.now()) is None


def test_the_last_one_made_before_midnight_is_told_all_day(chain: Chain) -> None:
    chain.pass_time(timedelta(hours=11))
    chain.happen(1)
    last = chain.checkpointing.look()
    assert last is not None
    told = ToldCheckpoint(NOON.date(), digest_of(last))
    telling, midnight = chain.telling(), datetime.combine(NOON.date() + DAY, datetime.min.time(), UTC)
    assert telling.on(midnight - timedelta(seconds=1)) is None, "a day is a day of UTC, to the second"
    for hours in range(24):
        chain.clock.instant = midnight + timedelta(hours=hours)
        chain.happen(2)
        chain.checkpointing.look()
        assert telling.on(chain.clock.now()) == chain.telling().on(chain.clock.now()) == told
    chain.clock.instant = midnight + DAY
    later = telling.on(chain.clock.now())
    assert later is not None
    assert later == ToldCheckpoint(midnight.date(), digest_of(chain.kept.files()[-1]))


def test_another_day_has_another_digest_though_nothing_happened(chain: Chain) -> None:
    for _ in range(4):
        chain.pass_time(DAY)
        assert chain.checkpointing.look() is not None
    files = chain.kept.files()
    assert {each.name.split("-")[1] for each in files} == {"000000000000003"}, "all of one event"
    assert len({digest_of(each) for each in files}) == 5
    told = chain.telling().on(chain.clock.now())
    assert told == ToldCheckpoint(NOON.date() + DAY * 3, digest_of(files[3]))


def test_two_programs_on_one_register_tell_the_same_whatever_their_folders_hold(chain: Chain, tmp_path: Path) -> None:
    chain.pass_time(DAY)
    first = chain.telling().on(chain.clock.now())
    other = chain.telling()
    other.folder = CheckpointFolder(tmp_path / "of another machine", Mode.TRIAL)
    assert other.on(chain.clock.now()) == first is not None
    chain.kept.files()[0].unlink()
    assert chain.telling().on(chain.clock.now()) == first, "and so does one that is started anew"


def test_what_is_told_is_written_down_once_a_day(chain: Chain) -> None:
    for _ in range(3):
        chain.pass_time(DAY)
        chain.checkpointing.look()
        for _ in range(2):
            chain.telling().on(chain.clock.now())
    with chain.store.read() as unit:
        events = unit.audit.latest("checkpoint-told", 10)
        first = unit.told_checkpoints.on(NOON.date() + DAY)
    assert [each.fields["told_on"] for each in reversed(events)] == ["2026-03-03", "2026-03-04", "2026-03-05"]
    assert first is not None
    assert events[-1].fields == {"told_on": "2026-03-03", "made_on": "2026-03-02", "checkpoint": first.digest}
    assert chain.verified().intact


def test_each_side_tells_of_its_own(chain: Chain) -> None:
    chain.pass_time(DAY)
    live = chain.telling()
    live.folder = CheckpointFolder(chain.kept.path, Mode.LIVE)
    assert live.on(chain.clock.now()) is None
    assert chain.telling().on(chain.clock.now()) is not None


@contextmanager
def spoilt(chain: Chain) -> Iterator[None]:
    """Something stands where the folder was, for as long as the block lasts."""
    away = chain.kept.path.with_name("away")
    chain.kept.path.rename(away)
    chain.kept.path.write_text("no folder")
    yield
    chain.kept.path.unlink()
    away.rename(chain.kept.path)


def test_a_folder_that_cannot_be_read_is_logged_and_looked_at_again(chain: Chain) -> None:
    chain.pass_time(DAY)
    telling = chain.telling()
    with spoilt(chain), capture_logs() as lines:
        assert telling.on(chain.clock.now()) is None
        assert telling.on(chain.clock.now()) is None
    assert [(each["event"], each["mode"], each["fault"]) for each in lines] == [
        ("checkpoint-not-told", "trial", "NotADirectoryError")
    ], "once, and not at every receipt"
    assert telling.on(chain.clock.now()) is None
    chain.pass_time(timedelta(minutes=1))
    assert telling.on(chain.clock.now()) is not None


def test_what_cannot_be_believed_is_not_told(chain: Chain) -> None:
    chain.pass_time(timedelta(hours=2))
    chain.happen(1)
    chain.checkpointing.look()
    good, bad = chain.kept.files()
    bad.write_bytes(b"a.b.c")
    chain.pass_time(DAY)
    with capture_logs() as lines:
        told = chain.telling().on(chain.clock.now())
    assert told == ToldCheckpoint(NOON.date(), digest_of(good)), "the last that can"
    assert [(each["event"], each["fault"]) for each in lines] == [("checkpoint-not-told", "not-believed")]


def test_one_of_before_a_rotation_is_told_after_it(chain: Chain) -> None:
    place = own_rotation.Place(chain.keys, chain.folder / "gateway-public.json")
    own_rotation.begin(place, chain.store, chain.clock)
    own_rotation.finish(place, chain.store, chain.clock, early=True)
    chain.pass_time(DAY)
    assert chain.telling().on(chain.clock.now()) == ToldCheckpoint(NOON.date(), digest_of(chain.kept.files()[0]))


def test_a_year_and_a_month_of_days_are_known(chain: Chain) -> None:
    chain.pass_time(DAY)
    first = date(2026, 3, 3)
    assert chain.telling().on(chain.clock.now()) is not None
    chain.pass_time(DAY * 400)
    chain.telling().on(chain.clock.now())
    with chain.store.read() as unit:
        assert unit.told_checkpoints.on(first) is not None
    chain.pass_time(DAY)
    chain.telling().on(chain.clock.now())
    with chain.store.read() as unit:
        assert unit.told_checkpoints.on(first) is None
