"""Fixtures `rabbitmq` (one a session), `rabbitmq_vhost` (a virtual host a test), `disposable_rabbitmq` (a module)."""

from collections.abc import Iterator

import pytest

from deploy.servers.missing import ServerMissing
from deploy.servers.rabbitmq import RabbitMQ
from tests.servers.unavailable import give_up


def _node() -> RabbitMQ:
    try:
        return RabbitMQ()
    except ServerMissing as reason:
        give_up(reason)


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """The session's node, shared: leave it running, and use a virtual host of your own (`rabbitmq_vhost`)."""
    with _node() as node:
        yield node


@pytest.fixture
def rabbitmq_vhost(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The `amqp://` URL of a new, empty virtual host on the session's node; removed after the test."""
    name = rabbitmq.fresh_vhost()
    yield rabbitmq.vhost_url(name)
    rabbitmq.management.remove_vhost(name)


@pytest.fixture(scope="module")
def disposable_rabbitmq() -> Iterator[RabbitMQ]:
    """A node for this module alone, to be killed, wiped and started at will."""
    with _node() as node:
        yield node
