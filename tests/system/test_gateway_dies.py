"""kill -9 of the gateway at its worst moments: every notice is accounted for exactly once, and every connection told once to each side."""

from pathlib import Path

import pytest

from deploy.servers.rabbitmq import RabbitMQ
from tests.system.broker_users import BrokerUsers
from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.until import until
from tests.thorough import at_length

CHILDREN = 6
COMMITTED, EMBEDDED = "committed, not acknowledged, broker", "committed, not acknowledged, embedded"


def told_once(seaton: Partnership, children: int) -> None:
    """Both sides' notices settled, the register right, and each side shown each connection once."""
    for site in seaton.sites.values():
        site.wait_until_settled(settled=children)
        until(lambda site=site: site.told() == {"made": children}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
        alerts = site.alerts()
        assert len(set(alerts)) == len(alerts) == children
    until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
    assert seaton.register.alerts() == {"settled": 2 * children}
    assert seaton.register.notices() == 2 * children
    assert seaton.register.numbers() == (2 * children, children, children, children)


def dies_and_comes_back(seaton: Partnership, point: str) -> None:
    for site in seaton.sites.values():
        site.state(rows(*range(CHILDREN)))
    seaton.gateway.start(seaton.launcher(point))
    for site in seaton.sites.values():
        site.program.start(site.hurried())
    seaton.gateway.wait_until_killed()
    seaton.start_gateway()
    told_once(seaton, CHILDREN)


@pytest.mark.parametrize("point", at_length([EMBEDDED], [EMBEDDED, "in the transaction"]))
def test_over_https_and_on_sqlite(tmp_path: Path, point: str) -> None:
    with Partnership(tmp_path, https=("school", "health"), lifetime_seconds=5) as seaton:
        dies_and_comes_back(seaton, point)
        if point.startswith("committed"):
            # What was committed and not acknowledged came again: it was answered, and changed nothing.
            until(
                lambda: seaton.register.count("SELECT count(*) FROM intake_queue") == 0, "the intake queue to run empty"
            )
            assert seaton.register.audit("notice-repeated") > 0


@pytest.mark.parametrize("point", at_length(["marked as sent, not sent"], [COMMITTED, "marked as sent, not sent"]))
def test_over_amqp_and_on_postgresql(tmp_path: Path, rabbitmq: RabbitMQ, postgresql_url: str, point: str) -> None:
    users = BrokerUsers(rabbitmq, tmp_path)
    with Partnership(
        tmp_path, amqp=("school", "health"), broker=users, database_url=postgresql_url, lifetime_seconds=5
    ) as seaton:
        dies_and_comes_back(seaton, point)
        if point.startswith("committed"):
            assert seaton.register.audit("notice-repeated") > 0
