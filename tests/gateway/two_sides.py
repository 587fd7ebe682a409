"""A gateway with both sides in one process: two databases, two peppers, two linkage keys, one register of trust and one clock."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, MovableClock, World
from gateway.model.connector import Connector
from gateway.model.side import BOTH
from gateway.store.sql_store import SqlStore, open_store
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.leaving import Leaving
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR
from gateway.trust.operators import Office
from identity.agency.keys import PrivateKeys, generate
from identity.custody.epoch import new_epoch
from mappings.canonical.codes import Mode, ServiceLine
from mappings.canonical.identifiers import AgencyId
from tests.empty_register import lay
from tests.gateway.staff import Staff, opened

LIVE_SIDE, TRIAL_SIDE = BOTH


@contextmanager
def two_stores(live_url: str, trial_url: str) -> Iterator[tuple[SqlStore, SqlStore]]:
    """The live side's store, and the trial side's that takes trust from it. The databases have the schema and nothing else."""
    live = open_store(live_url, secrets.token_bytes(32), LIVE_SIDE)
    try:
        trial = open_store(trial_url, secrets.token_bytes(32), TRIAL_SIDE, live)
        try:
            yield live, trial
        finally:
            trial.close()
    finally:
        live.close()


@dataclass
class TwoSides:
    """`live` and `trial` are a world each, under the same gateway keys and clock; `anna` and her second decide for both."""

    stores: tuple[SqlStore, SqlStore]
    keys: dict[AgencyId, PrivateKeys] = field(default_factory=dict)

    def __post_init__(self) -> None:
        live, trial = self.stores
        clock = MovableClock()
        self.live = World(live, clock, epoch=new_epoch(PARTNERSHIP, Mode.LIVE))
        self.trial = World(trial, clock, self.live.keys, epoch=new_epoch(PARTNERSHIP, Mode.TRIAL))
        self.anna: Staff = opened(Office(live, clock, PARTNERSHIP))

    def begin_trial(self, agency: AgencyId) -> Counterpart:
        """An agency joins with a connector that two people have approved."""
        self.anna.agency(agency)
        keys = self.keys[agency] = generate()
        name = agency.value.rpartition(":")[2]
        self.anna.trial_connector(name, agency, keys=keys)
        every = ",".join(ServiceLine)
        connector = self.anna.carry_out(LIMIT_CONNECTOR, limits_content(name, [f"services={every}"]))
        self.keep_up()
        return self.trial.counterpart(connector, keys)

    def go_live(self, agency: AgencyId) -> Counterpart:
        """Two people send its connector live, and it changes over."""
        moved: Connector = self.anna.move(agency.value.rpartition(":")[2], GO_LIVE_CONNECTOR, "the trial went well")
        self.keep_up()
        return self.live.counterpart(moved, self.keys[agency])

    def keep_up(self) -> int:
        """What follows a change of trust on the trial side."""
        return Leaving(self.trial.store, self.trial.clock, self.trial.pairing()).run()

    def step(self) -> None:
        """Both sides do everything there is to do."""
        self.trial.step()
        self.live.step()

    def sweep(self) -> None:
        """Both sides look at everybody again."""
        for world in (self.live, self.trial):
            world.sweep()


def sqlite_pair(folder: Path) -> tuple[str, str]:
    """URLs of two empty registers."""
    return lay(folder / "live.db"), lay(folder / "trial.db")
