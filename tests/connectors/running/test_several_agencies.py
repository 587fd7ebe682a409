"""One connector for two agencies: whatever dies between their ledgers nothing is lost or doubled, and nothing crosses from one to the other."""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from connectors.publishing import standing
from gateway.bench.world import World
from gateway.store.sql_store import open_store
from tests.connectors.exchange.test_power_cuts import Fuse, FusedChannel, PowerCut, fuse_ledger
from tests.connectors.office import quick_folder
from tests.council import ADULTS, CHILDREN, Council, Team
from tests.empty_register import lay
from tests.system.children import rows


@cache
def empty_register() -> Path:
    """A database with the schema and nothing in it, to be copied."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "empty.sqlite"
    lay(path)
    return path


@contextmanager
def council_in(folder: Path) -> Iterator[Council]:
    """The two teams, with an agreement between them."""
    shutil.copy(empty_register(), folder / "register.sqlite")
    store = open_store(f"sqlite:///{folder}/register.sqlite", bytes(range(32)))
    council = Council(folder, World(store))
    council.world.agree(CHILDREN, ADULTS)
    yield council
    for team in council.teams:
        team.served.ledger.close()
    store.close()


def one_batch(council: Council) -> None:
    """Both teams are to be told of each other, and both have receipts to come, all in one batch."""
    for team in council.teams:
        team.state(rows(1))
    council.publish()
    council.gateway_works()
    assert council.world.broker.waiting(council.inbox) == 4


def counted(council: Council) -> list[tuple[dict[str, int], int, int]]:
    return [(team.outbox(), team.current(), len(team.texts())) for team in council.teams]


def test_a_batch_is_delivered_to_both(tmp_path: Path) -> None:
    with council_in(tmp_path) as council:
        one_batch(council)
        done = council.deliver()
        assert done.parcels == {"receipt, accepted": 2, "alert, news": 2}
        assert counted(council) == [({"settled": 1}, 1, 1)] * 2
        assert {agency: sum(each.delivered.values()) for agency, each in done.handed.items()} == {
            CHILDREN: 1,
            ADULTS: 1,
        }


def test_cut_at_any_point_of_a_batch_for_two_ledgers_nothing_is_lost_and_nothing_doubled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with quick_folder() as parent:
        points = cut(parent / "0", 0, monkeypatch)
        assert points > 20
        for at in range(1, points + 1):
            cut(parent / str(at), at, monkeypatch)


def cut(folder: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Deliver one batch with a cut at that point, then again by a new process. Answers how many points there were."""
    folder.mkdir()
    fuse = Fuse()
    with council_in(folder) as council:
        one_batch(council)
        bare = council.end
        council.end = FusedChannel(bare, fuse)  # type: ignore[assignment]
        with monkeypatch.context() as patch:
            fuse_ledger(patch, fuse)
            fuse.at = at
            try:
                council.deliver()
            except PowerCut:
                fuse.at = 0
        council.start_again()
        council.deliver()
        council.end = bare
        council.start_again()
        council.world.clock.pass_(hours=3)
        council.exchange()
        assert counted(council) == [({"settled": 1}, 1, 1)] * 2, f"cut at point {at}"
        with council.world.store.read() as unit:
            assert unit.counts()["alerts_settled"] == 2, f"cut at point {at}"
            assert unit.counts()["notices"] == 2
    return fuse.passed


def test_between_the_two_ledgers_the_first_has_its_part_and_the_batch_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from connectors import deliver

    take_in = deliver._take_in

    def dying(*arguments: object) -> None:
        take_in(*arguments)  # type: ignore[arg-type]
        raise PowerCut

    with council_in(tmp_path) as council:
        one_batch(council)
        with monkeypatch.context() as patch:
            patch.setattr(deliver, "_take_in", dying)
            with pytest.raises(PowerCut):
                council.deliver()
        assert [team.current() for team in council.teams] == [1, 0]
        assert [len(team.texts()) for team in council.teams] == [0, 0], (
            "no sink is given anything before every ledger has its part"
        )
        council.start_again()
        done = council.deliver()
        assert done.parcels == {"receipt, accepted": 2, "alert, repeated": 1, "alert, news": 1}
        assert [(team.current(), len(team.texts())) for team in council.teams] == [(1, 1), (1, 1)]


class TwoCaseloads(RuleBasedStateMachine):
    """Any two caseloads, changed and excluded from as they come: `held` is what each team's records state."""

    def __init__(self) -> None:
        super().__init__()
        self.place = ExitStack()
        self.council = self.place.enter_context(council_in(self.place.enter_context(quick_folder())))
        self.held: dict[str, set[int]] = {team.id.value: set() for team in self.council.teams}

    def teardown(self) -> None:
        self.place.close()

    @rule(which=st.integers(0, 1), numbers=st.sets(st.integers(1, 5), min_size=1))
    def export(self, which: int, numbers: set[int]) -> None:
        """One team's new export."""
        team = self.council.teams[which]
        team.state(rows(*sorted(numbers), worker=WORKERS[which]))
        self.held[team.id.value] |= numbers
        self.council.publish()
        self.council.exchange()

    @rule(which=st.integers(0, 1), number=st.integers(1, 5))
    def exclude(self, which: int, number: int) -> None:
        """One team puts a client on its list."""
        self.council.teams[which].exclude(f"K-{number}")
        self.council.publish()
        self.council.exchange()

    @invariant()
    def nothing_crosses(self) -> None:
        """What one team's ledger, alerts and worklist hold is about clients that this team stated, and its own workers."""
        for which, team in enumerate(self.council.teams):
            stated = self.held[team.id.value]
            for client, worker in kept_in(team):
                assert client in {f"K-{number}" for number in stated}
                assert worker == WORKERS[which]
            shown = team.seen()
            assert not [number for number in set(range(1, 6)) - stated if f"K-{number}" in shown]

    @invariant()
    def the_gateway_knows_whose_is_whose(self) -> None:
        """What it holds of each agency is what that agency's ledger states as live."""
        for team in self.council.teams:
            with team.served.ledger.read() as unit:
                stated = {entry.involvement_ref: entry.digest for entry in unit.involvements.stated("")}
            with self.council.world.store.read() as unit:
                assert unit.involvements.live_digests(team.id, "") == stated


WORKERS = ("Carys Lund", "Dan Rowe")


def kept_in(team: Team) -> list[tuple[str, str]]:
    """The client's own number and the worker of everything that a ledger holds."""
    with team.served.ledger.read() as unit:
        known = [unit.involvements.standing(one.ref) for one in unit.involvements.after("", 100)]
    own = [standing.read(written).own for written in known if written]
    return [(one.client_local_id, one.worker) for one in own]


TwoCaseloads.TestCase.settings = settings(
    max_examples=6, stateful_step_count=6, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyTwoCaseloads = TwoCaseloads.TestCase
