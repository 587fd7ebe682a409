"""Nothing may be inferred: whoever watches cannot tell "no one else" from denied, sensitive, shielded or restricted, over any channel.

Two gateways of the same keys at the same hour, in one of which another agency is involved with the child and in the other is not. What the
watching connector can see is compared whole: HTTP answers with their headers, what waits in its inbox at each tick and in which order, every
message opened, and how long each was sealed.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.store.sql_store import SqlStore, open_store
from mappings.canonical.codes import AlertEvent, ReceiptOutcome
from tests.contract.channels.pairs import HOUSING
from tests.contract.inference.conftest import Carriages
from tests.contract.inference.town import SITUATIONS, Keys, Town, permitted, watched
from tests.empty_register import lay

NewStore = Callable[[], SqlStore]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("inference") / "register.sqlite"
    lay(path)
    return path


@pytest.fixture
def new_store(empty: Path, tmp_path: Path) -> Iterator[NewStore]:
    made: list[SqlStore] = []

    def fresh() -> SqlStore:
        path = tmp_path / f"register-{len(made)}.sqlite"
        shutil.copyfile(empty, path)
        path.chmod(0o600)
        made.append(open_store(f"sqlite:///{path}", bytes(range(32))))
        return made[-1]

    yield fresh
    for each in made:
        each.close()


def test_whatever_stands_between_them_the_watching_connector_sees_the_same(
    carriages: Carriages, new_store: NewStore, tmp_path: Path
) -> None:
    keys = Keys()
    towns = {
        name: watched(new_store(), carriages.fresh(), keys, tmp_path / f"audit of {name}", situation)
        for name, situation in SITUATIONS.items()
    }
    alone = towns["no one else"].everything()
    for name, town in towns.items():
        assert town.everything() == alone, name
    # And what is compared is something: receipts of every kind, replies, a test, lists; but no alert.
    housing = towns["shielded"].housing
    assert set(housing.outcomes()) == {ReceiptOutcome.ACCEPTED, ReceiptOutcome.REFUSED}
    assert len(housing.replies) == 2
    assert len(housing.tests) == 1
    assert len(housing.check_lists) == 3
    assert any(listed.items for listed in housing.check_lists)
    assert housing.alerts == []
    assert len(towns["shielded"].carriage.ends[HOUSING].calls) > 10
    _tell_of_the_audit_by_the_clock_alone(towns)


def _tell_of_the_audit_by_the_clock_alone(towns: dict[str, Town]) -> None:
    """The digests differ between any two gateways, as their chains do, so they were masked above. Within one gateway everybody is told of the
    same checkpoint all day; from the second day on each reply tells of one, of another each day; and on which days, and made when, is the same
    whatever the others did."""
    by_clock = None
    for name, town in towns.items():
        told = town.told()
        assert all(len(each) == 1 for each in told.values()), name
        first, *later = [(day, next(iter(each))) for day, each in sorted(told.items())]
        assert first[1] is None, "a new gateway has none to tell of"
        days = [(day, each.made_on) for day, each in later if each]
        assert len(days) == len(later) == len({each.digest for _, each in later if each}) >= 3, name
        by_clock = by_clock or days
        assert days == by_clock, name
        assert town.health.witnessed, "the other agency was told of them too"


def test_the_comparison_shows_an_alert_where_there_is_one(
    carriages: Carriages, new_store: NewStore, tmp_path: Path
) -> None:
    keys = Keys()
    alone = watched(new_store(), carriages.fresh(), keys, tmp_path / "alone", SITUATIONS["no one else"])
    town = watched(new_store(), carriages.fresh(), keys, tmp_path / "both", permitted)
    assert town.housing.events()[0] is AlertEvent.MADE
    assert town.everything() != alone.everything()
