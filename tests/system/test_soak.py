"""The short form of `make soak`: every kind of cycle but one, once, under load, against real programs, RabbitMQ and PostgreSQL.

The gateway's own rotation, which restarts everybody, is left to the long form and to test_rotation.py.
"""

from pathlib import Path

import pytest

from deploy.servers.missing import ServerMissing
from tests.servers.unavailable import give_up
from tests.soak.cycles import KINDS
from tests.soak.soak import Plan, soak

SHORT = tuple(kind for kind in KINDS if kind != "rotate-gateway")
# Of this seed's order: somebody is suspended first of all and resumed last.
SEED = 3


# It starts a dozen programs; a machine that is busy otherwise takes its time for each.
@pytest.mark.timeout(900)
def test_whatever_happens_under_load_nothing_is_lost_and_nobody_is_told_who_must_not_be(
    tmp_path: Path, postgresql_url: str
) -> None:
    plan = Plan(seed=SEED, cycles=len(SHORT), people=30, clients=12, first_agencies=2, most_agencies=3, kinds=SHORT)
    try:
        report = soak(plan, tmp_path, postgresql_url)
    except ServerMissing as reason:
        give_up(reason)
    assert report.violations == []
    assert report.cycles == dict.fromkeys(sorted(SHORT), 1)
    assert report.notices_accepted > plan.clients * report.agencies
    assert report.alerts_shown > 0
