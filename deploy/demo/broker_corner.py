"""Exchanges and queues of this run's own at somebody's RabbitMQ, deleted at the end.

The broker user needs no access to the management API: everything goes over AMQP.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

from connectors.channel.amqp_connection import AmqpConnection
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.channel.topology import Topology
from deploy.demo.failure import DemoFailure
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId


@contextmanager
def cleared_broker(
    address: SplitResult, user: str, vhost: str, password_file: Path, partnership: str, inboxes: Sequence[str]
) -> Iterator[None]:
    """Look that the broker can be used; at the end delete what the run made there, and the `inboxes` that stand in the list
    by then. Raises `DemoFailure`."""
    tls = address.scheme == "amqps"
    try:
        port = address.port or (5671 if tls else 5672)
        settings = AmqpSettings(address.hostname or "", port, vhost, user, password_file, tls)
        _at(settings, lambda channel: None)
    except (ValueError, ChannelDown, ChannelRefused) as problem:
        raise DemoFailure(f"the broker named by BROKER cannot be used: {problem}") from None
    names = Topology(PartnershipId(partnership), Mode.TRIAL)
    try:
        yield
    finally:
        try:
            _at(settings, lambda channel: _delete(channel, names, inboxes))
        except (ChannelDown, ChannelRefused) as problem:
            raise DemoFailure(
                f"the demo's queues and exchanges were not deleted ({problem}); "
                f"delete what is called patchwork.{partnership}.* and its five inbox.* queues yourself"
            ) from None


def _at(settings: AmqpSettings, act: Any) -> None:
    connection = AmqpConnection(settings)
    try:
        connection.declare(act)
    finally:
        connection.close()


def _delete(channel: Any, names: Topology, inboxes: Sequence[str]) -> None:
    """Deleting what is not there is no error to RabbitMQ."""
    for queue in (names.intake_queue, names.dead_letters, *inboxes):
        channel.queue_delete(queue)
    for exchange in (names.notices_exchange, names.inbox_exchange, names.dead_letters):
        channel.exchange_delete(exchange)
