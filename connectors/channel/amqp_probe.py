"""Tries at the broker what must not be possible, and says how it answered. The one place where a refusal is the good outcome.

Every attempt has a channel of its own, because the broker answers a refusal by closing the channel.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pika
from pika import exceptions as fault

from connectors.channel.amqp_connection import AmqpConnection
from connectors.channel.amqp_parameters import connection_parameters
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ChannelDown

ACCESS_REFUSED, PRECONDITION_FAILED = 403, 406


class AmqpProbe:
    """One user's own connections to the broker. Used from one thread."""

    def __init__(self, settings: AmqpSettings) -> None:
        self._settings = settings
        self._connection: Any = None

    def attempt(self, do: Callable[[Any], object]) -> int | None:
        """Run `do(channel)`. Returns the broker's reply code where it refused, None where it did what it was told.

        Raises `ChannelDown`, `ChannelRefused` where the user is not let in at all.
        """
        try:
            with self._at_most(self._settings.confirm_timeout):
                channel = self._connection.channel()
                channel.confirm_delivery()
                do(channel)
        except fault.ChannelClosedByBroker as closed:
            return int(closed.reply_code)
        except fault.ConnectionClosedByBroker as closed:
            self.close()
            return int(closed.reply_code)
        except (fault.UnroutableError, fault.NackError):
            # It was let through and found no queue, or a full one.
            return None
        except (fault.AMQPError, OSError):
            self.close()
            raise ChannelDown("the broker was lost in the middle of an attempt; try again later") from None
        with suppress(fault.AMQPError):
            channel.close()
        return None

    def publish(self, exchange: str, key: str, user_id: str | None) -> Callable[[Any], object]:
        """The attempt to publish there under that key, saying to be `user_id`."""
        properties = pika.BasicProperties(user_id=user_id)
        return lambda channel: channel.basic_publish(exchange, key, b"patchwork self-check", properties, mandatory=True)

    def connections_beyond(self, limit: int) -> bool:
        """Whether the broker opens more than `limit` connections for this user at once."""
        self.close()
        held: list[Any] = []
        try:
            for _ in range(limit + 1):
                held.append(pika.BlockingConnection(connection_parameters(self._settings)))
        except (fault.AMQPError, OSError):
            return False
        finally:
            for each in held:
                with suppress(fault.AMQPError, OSError):
                    each.close()
        return True

    def close(self) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(fault.AMQPError, OSError):
                connection.close()

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """Ends the connection when an answer does not come, as `AmqpConnection` does."""
        self._open()
        connection = self._connection._impl
        late = fault.ConnectionBlockedTimeout("no answer in time")
        timer = connection._adapter_call_later(seconds, lambda: connection._terminate_stream(late))
        try:
            yield
        finally:
            if not connection.is_closed:
                connection._adapter_remove_timeout(timer)

    def _open(self) -> None:
        if self._connection is None or not self._connection.is_open:
            # Tried as every program connects, for its sentences about what is wrong.
            greeting = AmqpConnection(self._settings)
            try:
                greeting.declare(lambda channel: None)
            finally:
                greeting.close()
            self._connection = pika.BlockingConnection(connection_parameters(self._settings))
