"""Fixtures for every test: the real servers, started lazily and once a session."""

from tests.servers.postgresql import disposable_postgresql, postgresql, postgresql_url
from tests.servers.rabbitmq import disposable_rabbitmq, rabbitmq, rabbitmq_vhost

__all__ = [
    "disposable_postgresql",
    "disposable_rabbitmq",
    "postgresql",
    "postgresql_url",
    "rabbitmq",
    "rabbitmq_vhost",
]
