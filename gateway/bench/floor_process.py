"""The floor: the leanest honest way from a signed notice to an alert in an inbox, as one process.

* Batch consume from a durable quorum queue, one Ed25519 verification and one JSON decoding a notice.
* One transaction a batch: insert, and look up by index who else knows the person. Two alerts for each pair found.
* Alerts are persistent and confirmed by the broker, without waiting for one before the next; a batch is acknowledged
  when it is committed and all its alerts are confirmed. A crash anywhere loses nothing; what comes again changes
  nothing and is told again.

No encryption, no rules, no linkage, no receipts, no audit: what those cost is what the bench measures.
"""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from multiprocessing.connection import Connection
from operator import itemgetter
from typing import Any

import msgspec
import pika
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.bench.stages import Meter
from gateway.bench.subject import Progress, serve

INTAKE = "floor.intake"
SIGNATURE_BYTES = 64
DURABLE = {"x-queue-type": "quorum"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS floor_notice (id text PRIMARY KEY, person text NOT NULL, agency int NOT NULL, said bytea NOT NULL);
CREATE INDEX IF NOT EXISTS floor_notice_person ON floor_notice (person);
"""
_INSERT = """
INSERT INTO floor_notice (id, person, agency, said)
SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::bytea[]) ON CONFLICT DO NOTHING
"""
_LOOK_UP = "SELECT person, agency, id FROM floor_notice WHERE person = ANY(%s) ORDER BY person, id"


@dataclass(frozen=True, slots=True, repr=False)
class FloorSettings:
    """Where the floor's process finds broker and database, and whom it believes. `keys` are raw Ed25519 public keys by
    the agency's place."""

    broker: pika.ConnectionParameters
    database: str
    batch: int
    keys: tuple[bytes, ...]


def inbox(agency: int) -> str:
    """The queue of the agency at that place."""
    return f"floor.inbox.{agency}"


def run(connection: Connection, settings: FloorSettings) -> None:
    """The process."""
    serve(connection, lambda progress, meter: Floor(settings, progress, meter))


class Floor:
    """One consumer on pika's own event loop: nothing leaner waits for nothing."""

    def __init__(self, settings: FloorSettings, progress: Progress, meter: Meter) -> None:
        self._settings, self._progress, self._meter = settings, progress, meter
        self._keys = [Ed25519PublicKey.from_public_bytes(key) for key in settings.keys]
        self._database = psycopg.connect(settings.database)
        self._database.execute(SCHEMA)
        self._database.commit()

    def ready(self) -> None:
        """See `Measured`."""
        self._batch: list[tuple[int, bytes]] = []
        self._unconfirmed: dict[int, None] = {}
        self._awaiting: deque[tuple[int, int, int]] = deque()
        self._published = 0
        self._flushing = False
        self._connected = threading.Event()
        self._connection = pika.SelectConnection(self._settings.broker, on_open_callback=self._opened)
        self._thread = threading.Thread(target=self._connection.ioloop.start, daemon=True)
        self._thread.start()
        self._connected.wait()

    def go(self) -> None:
        """See `Measured`."""
        self._connection.ioloop.add_callback_threadsafe(lambda: self._channel.basic_consume(INTAKE, self._came))

    def halt(self) -> None:
        """See `Measured`."""
        self._connection.add_on_close_callback(lambda *_: self._connection.ioloop.stop())
        self._connection.ioloop.add_callback_threadsafe(self._connection.close)
        self._thread.join()

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        self._channel = channel
        channel.confirm_delivery(self._confirmed)
        channel.basic_qos(prefetch_count=2 * self._settings.batch, callback=lambda _: self._connected.set())

    def _came(self, _channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        self._batch.append((method.delivery_tag, body))
        if len(self._batch) >= self._settings.batch:
            self._treat()
        elif not self._flushing:
            # When nothing more is at hand, what there is makes a batch.
            self._flushing = True
            self._connection.ioloop.call_later(0, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._batch:
            self._treat()

    def _treat(self) -> None:
        batch, self._batch = self._batch, []
        with self._meter.stage("open"):
            bodies = [self._verified(message) for _, message in batch]
        with self._meter.stage("read"):
            notices = [msgspec.json.decode(body) for body in bodies]
        with self._meter.stage("write"):
            alerts = list(self._write(notices, bodies))
        with self._meter.stage("send"):
            for recipient, alert in alerts:
                self._publish(inbox(recipient), alert)
        self._awaiting.append((self._published, batch[-1][0], len(batch)))
        self._acknowledge()

    def _verified(self, message: bytes) -> bytes:
        signature, body = message[1 : 1 + SIGNATURE_BYTES], message[1 + SIGNATURE_BYTES :]
        self._keys[message[0]].verify(signature, body)
        return body

    def _write(self, notices: Sequence[dict[str, Any]], bodies: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        ids, persons, agencies = ([notice[name] for notice in notices] for name in ("id", "person", "agency"))
        with self._database.transaction():
            self._database.execute(_INSERT, (ids, persons, agencies, bodies))
            found = self._database.execute(_LOOK_UP, (list(set(persons)),)).fetchall()
        new = set(ids)
        for person, rows in groupby(found, itemgetter(0)):
            for (_, first, one), (_, second, other) in combinations(rows, 2):
                if one in new or other in new:
                    yield first, msgspec.json.encode({"person": person, "also": second})
                    yield second, msgspec.json.encode({"person": person, "also": first})

    def _publish(self, queue: str, alert: bytes) -> None:
        properties = pika.BasicProperties(delivery_mode=2, content_type="application/json")
        self._channel.basic_publish("", queue, alert, properties, mandatory=True)
        self._published += 1
        self._unconfirmed[self._published] = None

    def _confirmed(self, frame: Any) -> None:
        if not isinstance(frame.method, pika.spec.Basic.Ack):
            raise RuntimeError("the broker did not take an alert")
        tag = frame.method.delivery_tag
        confirmed = [each for each in self._unconfirmed if each <= tag] if frame.method.multiple else [tag]
        for each in confirmed:
            del self._unconfirmed[each]
        self._progress.sent(len(confirmed))
        self._acknowledge()

    def _acknowledge(self) -> None:
        oldest = next(iter(self._unconfirmed), self._published + 1)
        while self._awaiting and self._awaiting[0][0] < oldest:
            _, tag, count = self._awaiting.popleft()
            self._channel.basic_ack(tag, multiple=True)
            self._progress.took(count)
