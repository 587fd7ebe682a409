"""What a running connector does by itself for one of its agencies, once a day: it says whom that agency publishes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from connectors.running.watched_agency import WatchedAgency
from gateway.bench.world import World
from gateway.store.sql_store import open_store
from tests.council import ADULTS, CHILDREN, Council
from tests.empty_register import lay


def _unwritten(*_: object) -> Any:
    raise structlog.DropEvent


LOG: Any = structlog.wrap_logger(None, processors=[_unwritten])


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """The two teams; neither has published anything."""
    lay(tmp_path / "register.sqlite")
    store = open_store(f"sqlite:///{tmp_path}/register.sqlite", bytes(range(32)))
    council = Council(tmp_path, World(store))
    council.world.agree(CHILDREN, ADULTS)
    yield council
    for team in council.teams:
        team.served.ledger.close()
    store.close()


def a_day_passes(council: Council) -> dict[str, str]:
    """Both teams' programs run, and a day later again; whom the gateway was told that each publishes."""
    for _ in range(2):
        for team in council.teams:
            WatchedAgency(team.served, LOG).publish_what_changed()
        council.exchange()
        council.world.clock.pass_(days=1)
    with council.world.store.read() as unit:
        return {agency.value: stated.sentence() for agency, (stated, _) in unit.eligibilities.all().items()}


def test_each_agency_says_of_itself_whom_it_publishes(council: Council) -> None:
    set_criterion(council, {"age_bands": ["child", "unborn"], "open_only": True})
    assert a_day_passes(council) == {
        CHILDREN.value: "Clients who are not yet born or under 18 and are being worked with now.",
        ADULTS.value: "All clients.",
    }


def set_criterion(council: Council, criterion: dict[str, Any]) -> None:
    council.children.served.settings.eligibility.clear()
    council.children.served.settings.eligibility.update(criterion)
