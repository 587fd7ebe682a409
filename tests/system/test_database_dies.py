"""kill -9 of PostgreSQL under traffic: the gateway stays up, says that it is not ready, and goes on where it was when the database is back."""

from pathlib import Path

from deploy.servers.postgresql import PostgreSQL
from deploy.servers.rabbitmq import RabbitMQ
from tests.system.broker_users import BrokerUsers
from tests.system.children import rows
from tests.system.partnership import Partnership
from tests.system.test_broker_dies import FIRST, WAVE, told_once, wait_for_traffic
from tests.system.until import until


def test_the_database_is_killed(tmp_path: Path, disposable_postgresql: PostgreSQL, rabbitmq: RabbitMQ) -> None:
    url = disposable_postgresql.fresh_database()
    users = BrokerUsers(rabbitmq, tmp_path)
    # One agency by each channel: the one's notices wait at the broker meanwhile, the other's in its own outbox.
    with Partnership(tmp_path, https=("school",), amqp=("health",), broker=users, database_url=url) as seaton:
        seaton.start_gateway()
        for site in seaton.sites.values():
            site.state(rows(*range(FIRST)))
            site.program.start(site.hurried())
        told_once(seaton, FIRST)
        for site in seaton.sites.values():
            site.state(rows(*range(FIRST + WAVE)))
        wait_for_traffic(seaton, FIRST)
        disposable_postgresql.kill()
        until(lambda: not seaton.is_ready(), "the gateway to say that it is not ready")
        assert seaton.gateway.alive
        disposable_postgresql.start()
        told_once(seaton, FIRST + WAVE)
        until(seaton.is_ready, "the gateway to be ready again")
