"""kill -9 of RabbitMQ under traffic, then a RabbitMQ that forgot everything: nothing is lost, nothing is doubled, nobody restarts anything."""

from pathlib import Path

from deploy.servers.rabbitmq import RabbitMQ
from tests.system.broker_users import BrokerUsers
from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.until import until

FIRST, WAVE = 3, 30


def told_once(seaton: Partnership, children: int) -> None:
    """Both sides' notices settled, the register right, and each side shown each connection exactly once.

    What a broker loses may look to a connector like a gateway put back from a backup: then it states everything, and says some of it again.
    """
    for site in seaton.sites.values():
        until(
            lambda site=site: (
                site.is_quiet() and site.outbox().keys() == {"settled"} and site.outbox()["settled"] >= children
            ),  # type: ignore[misc]
            f"{site.name} to settle",
            site.describe,
        )
        until(lambda site=site: site.told() == {"made": children}, f"{site.name} to be told", site.describe)  # type: ignore[misc]
        assert len(set(site.alerts())) == children
    until(seaton.register.is_told, "every alert to be receipted", seaton.register.alerts)
    assert seaton.register.alerts() == {"settled": 2 * children}
    assert seaton.register.notices() >= 2 * children
    assert seaton.register.numbers() == (2 * children, children, children, children)


def wait_for_traffic(seaton: Partnership, before: int) -> None:
    """Until the gateway has taken in some of the wave."""
    until(lambda: seaton.register.notices() > 2 * before, "the first of a wave", seaton.gateway.last_words)


def test_a_broker_is_killed_and_one_forgets_everything(tmp_path: Path, disposable_rabbitmq: RabbitMQ) -> None:
    broker = disposable_rabbitmq
    users = BrokerUsers(broker, tmp_path)
    with Partnership(tmp_path, amqp=("school", "health"), broker=users, lifetime_seconds=5) as seaton:
        seaton.start_gateway()
        for site in seaton.sites.values():
            site.state(rows(*range(FIRST)))
            site.program.start(site.hurried())
        told_once(seaton, FIRST)

        broker.settle()
        for site in seaton.sites.values():
            site.state(rows(*range(FIRST + WAVE)))
        wait_for_traffic(seaton, FIRST)
        broker.kill()
        broker.start()
        told_once(seaton, FIRST + WAVE)

        for site in seaton.sites.values():
            site.state(rows(*range(FIRST + 2 * WAVE)))
        wait_for_traffic(seaton, FIRST + WAVE)
        broker.wipe()
        broker.start()
        users.restore()
        told_once(seaton, FIRST + 2 * WAVE)
        assert all(program.alive for program in [seaton.gateway, *(site.program for site in seaton.sites.values())])
