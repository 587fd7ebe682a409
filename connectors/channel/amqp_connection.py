"""One connection to RabbitMQ, used from one thread: opened when needed, opened again after a loss, every wait bounded.

* What pika raises becomes `ChannelDown` (try again later) or `ChannelRefused` (somebody has to do something), and
  nothing else.
* Publishing returns when the broker has confirmed: the parcel is persistent, mandatory, and on the disks of a quorum.
* Deliveries carry the number of the connection they came by: acknowledging one of a lost connection is refused, because
  the broker hands it out again.
* `release` keeps the parcel and hands it out again from here, so that it costs no delivery and keeps its place;
  nack-requeue differs between broker versions and is never used. If the program ends, the broker hands it to somebody else.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import pika
from pika import exceptions as fault

from connectors.channel.amqp_parameters import connection_parameters
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.backoff import Backoff
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.channel.tls import why_not_believed

# Its messages name exchanges, inboxes and users, and tell every lost connection twice; what matters is raised, and
# logged by our callers.
logging.getLogger("pika").setLevel(logging.CRITICAL + 1)

# pika does not end a wait when only the channel was closed; it is looked at this often.
_LOOK_SECONDS = 1.0
_ACCESS_REFUSED, _NOT_FOUND, _PRECONDITION_FAILED = 403, 404, 406
_NOT_LET_IN = (fault.ProbableAuthenticationError, fault.AuthenticationError, fault.ProbableAccessDeniedError)
_MAYBE_SUSPENDED = "the broker does not let this user in; ask the operator whether it is suspended"


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """What the broker handed out. `connection` counts our connections; `tag` is unique within one."""

    connection: int
    tag: int
    body: bytes
    user_id: str | None
    redelivered: bool


class NotRouted(Exception):
    """The broker has no queue for this routing key."""


class AmqpConnection:
    """Publishes to exchanges and consumes one queue. `on_open` declares what must be there, at every new connection."""

    def __init__(
        self,
        settings: AmqpSettings,
        on_open: Callable[[Any], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._on_open = on_open
        self._clock = clock
        self._backoff = Backoff(settings.backoff_first, settings.backoff_longest, clock)
        self._turned_away = False
        self._connection: Any = None
        self._publishing: Any = None
        self._consuming: Any = None
        self._count = 0
        self._arrived: deque[Delivery] = deque()
        self._cancelled = False
        self._unsettled, self._heard_at, self._used_at = 0, 0.0, 0.0

    def publish(self, exchange: str, routing_key: str, body: bytes, ttl_seconds: float | None = None) -> None:
        """Returns when the broker has confirmed. Raises `NotRouted`, `ChannelDown`, `ChannelRefused`."""
        expiration = None if ttl_seconds is None else str(max(1, round(ttl_seconds * 1000)))
        properties = pika.BasicProperties(
            content_type="application/jose", delivery_mode=2, user_id=self._settings.user, expiration=expiration
        )
        with self._faults("publish"), self._at_most(self._settings.confirm_timeout):
            self._open().basic_publish(exchange, routing_key, body, properties, mandatory=True)

    def declare(self, declare: Callable[[Any], None]) -> None:
        """Run `declare(channel)` on the open connection. Raises `ChannelDown`, `ChannelRefused`."""
        with self._faults("declare"), self._at_most(self._settings.confirm_timeout):
            declare(self._open())

    def take(self, queue: str, limit: int, wait: float, prefetch: int) -> list[Delivery]:
        """Up to `limit` deliveries from `queue`, waiting up to `wait` seconds for the first. Raises `ChannelDown`,
        `ChannelRefused`."""
        until = self._clock() + max(0.0, wait)
        if 0 < self._backoff.remaining <= wait:
            time.sleep(self._backoff.remaining)
        with self._faults("take"):
            self._consume(queue, prefetch)
            while True:
                left = max(0.0, until - self._clock())
                self._connection.process_data_events(0 if self._arrived else min(left, _LOOK_SECONDS))
                if self._cancelled or not self._consuming.is_open:
                    raise fault.ConsumerCancelled
                if self._arrived or self._clock() >= until:
                    break
        return [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]

    @property
    def count(self) -> int:
        """Which connection (counted from 1) deliveries come by now."""
        return self._count

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """These will not come again. Raises `ChannelDown` where some came by a connection that is lost; those do come
        again."""
        current = [each for each in deliveries if self._is_current(each)]
        if current:
            with self._faults("acknowledge"):
                for each in current:
                    self._consuming.basic_ack(each.tag)
                    self._unsettled -= 1
                self._connection.process_data_events(0)
        if len(current) < len(deliveries):
            raise _lost()

    def release(self, deliveries: Sequence[Delivery]) -> None:
        """Hand these out again, before what came after them. Raises `ChannelDown` as `acknowledge` does."""
        current = [each for each in deliveries if self._is_current(each)]
        again = [replace(each, redelivered=True) for each in current]
        self._arrived = deque(sorted([*again, *self._arrived], key=lambda each: each.tag))
        if len(current) < len(deliveries):
            raise _lost()

    def close(self) -> None:
        """Let go in an orderly way, so that acknowledgements arrive and the rest is handed out again at once."""
        connection = self._forget()
        if connection is not None:
            with suppress(fault.AMQPError, OSError):
                connection.close()

    def _is_current(self, delivery: Delivery) -> bool:
        return self._connection is not None and delivery.connection == self._count

    def _open(self) -> Any:
        """The publishing channel of an open connection."""
        self._notice_loss()
        if self._connection is not None and self._publishing is not None and self._publishing.is_open:
            return self._publishing
        if self._connection is None:
            self._connect()
        self._publishing = self._connection.channel()
        self._publishing.confirm_delivery()
        return self._publishing

    def _notice_loss(self) -> None:
        """A connection that nobody looked after for two heartbeats was probably cut; better found now than by losing a
        parcel."""
        idle, self._used_at = self._clock() - self._used_at, self._clock()
        if self._connection is not None and idle >= self._settings.heartbeat:
            try:
                self._connection.process_data_events(0)
            except (fault.AMQPError, OSError):
                self._drop()

    def _connect(self) -> None:
        if self._backoff.remaining > 0:
            if self._turned_away:
                raise ChannelRefused(_MAYBE_SUSPENDED)
            raise ChannelDown(
                f"the broker did not answer; the next attempt is in {self._backoff.remaining:.1f} seconds"
            )
        try:
            self._connection = pika.BlockingConnection(connection_parameters(self._settings))
            self._count += 1
            if self._on_open is not None:
                with self._faults("declare"):
                    channel = self._connection.channel()
                    self._on_open(channel)
                    channel.close()
        except BaseException as problem:
            self._turned_away = isinstance(problem, _NOT_LET_IN)
            self._backoff.failed()
            self._drop()
            raise
        self._backoff.succeeded()

    def _consume(self, queue: str, prefetch: int) -> None:
        self._notice_loss()
        if self._connection is None:
            self._connect()
        if self._consuming is not None:
            if self._consuming.is_open and not self._cancelled and not self._idle_for_long():
                return
            self._end_consuming()
        self._consuming, self._cancelled = self._connection.channel(), False
        self._consuming.basic_qos(prefetch_count=prefetch)
        self._consuming.add_on_cancel_callback(self._on_cancel)
        self._consuming.basic_consume(queue, self._on_delivery)
        self._unsettled, self._heard_at = 0, self._clock()

    def _end_consuming(self) -> None:
        """What this channel handed out and was not acknowledged comes again, under new tags."""
        self._arrived.clear()
        self._count += 1
        if self._consuming.is_open:
            self._consuming.close()

    def _idle_for_long(self) -> bool:
        """Measured: RabbitMQ forgets a consumer without a word when its queue is removed and made again at once. So one
        that
        hears nothing subscribes anew from time to time."""
        return self._unsettled == 0 and self._clock() - self._heard_at >= self._settings.resubscribe_after

    def _on_delivery(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        self._unsettled, self._heard_at = self._unsettled + 1, self._clock()
        self._arrived.append(
            Delivery(self._count, method.delivery_tag, body, properties.user_id, bool(method.redelivered))
        )

    def _on_cancel(self, _method: Any) -> None:
        self._cancelled = True

    def _forget(self) -> Any:
        connection, self._connection = self._connection, None
        self._publishing = self._consuming = None
        self._cancelled = False
        self._arrived.clear()
        return connection

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """Ends the connection when the broker, though alive, does not answer for so long (a quorum queue without its
        majority)."""
        self._open()
        connection = self._connection._impl
        late = fault.ConnectionBlockedTimeout("no answer in time")
        # pika has no public way to bound the wait for a confirm; this is how it bounds its own (pika.connection,
        # blocked timeout).
        timer = connection._adapter_call_later(seconds, lambda: connection._terminate_stream(late))
        try:
            yield
        finally:
            if not connection.is_closed:
                connection._adapter_remove_timeout(timer)

    @contextmanager
    def _faults(self, doing: str) -> Iterator[None]:
        """Turns what pika raises into what the port promises. Afterwards the connection is whole or forgotten."""
        try:
            yield
        except fault.UnroutableError:
            raise NotRouted from None
        except fault.NackError:
            raise ChannelDown(
                "the broker did not take it (its queue is full); send the same content again later"
            ) from None
        except fault.ChannelClosedByBroker as closed:
            raise _of_channel(closed.reply_code, doing) from None
        except fault.ConsumerCancelled:
            raise ChannelDown("the queue was removed at the broker; the gateway makes it again") from None
        except _NOT_LET_IN:
            self._drop()
            raise ChannelRefused(_MAYBE_SUSPENDED) from None
        except fault.ConnectionClosedByBroker as closed:
            self._drop()
            if closed.reply_code == _ACCESS_REFUSED:
                raise ChannelRefused("the broker refuses this user; ask the operator whether it is suspended") from None
            raise ChannelDown("the broker closed the connection; try again later") from None
        except (fault.AMQPError, OSError) as problem:
            self._drop()
            why = why_not_believed(problem) or "it cannot be reached or the connection was lost"
            raise ChannelDown(f"the broker: {why}; try again later") from None

    def _drop(self) -> None:
        connection = self._forget()
        if connection is not None:
            with suppress(Exception):
                connection.close()


def _lost() -> ChannelDown:
    return ChannelDown("the connection was lost since these were taken; they come again")


def _of_channel(code: int, doing: str) -> Exception:
    if code == _ACCESS_REFUSED:
        return ChannelRefused(
            f"the broker does not permit this user to {doing} here; ask the operator for its permissions"
        )
    if code == _PRECONDITION_FAILED and doing == "publish":
        return ChannelRefused("the broker does not believe that we are the user we say; set user to the broker user")
    if code == _PRECONDITION_FAILED and doing == "declare":
        return ChannelRefused(
            "a queue or exchange of this name exists with other properties; the operator must remove it"
        )
    if code == _NOT_FOUND:
        return ChannelDown("the gateway has not set up this queue or exchange yet; try again later")
    return ChannelDown("the broker closed the channel; try again later")
