"""The floor from outside: its load, its inboxes, and the times of its process (`gateway.bench.floor_process`)."""

import uuid
from collections.abc import Sequence

import msgspec
import pika
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from connectors.channel.amqp_connection import AmqpConnection, Delivery
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ConnectorEnd, Parcel
from gateway.bench import floor_process
from gateway.bench.carrying import Outgoing, Takers, publish
from gateway.bench.failed import BenchFailed
from gateway.bench.floor_process import DURABLE, INTAKE, FloorSettings, inbox
from gateway.bench.load import Client, Town
from gateway.bench.rig import Rig
from gateway.bench.sides import Drained
from gateway.bench.subject import Subject

PREFETCH = 200


class FloorSide:
    """A `Side`. `times`: how many times the notices asked for it works off, because it is so much quicker that a
    backlog of the same size would be over before it runs evenly."""

    def __init__(self, rig: Rig, town: Town, agencies: int, batch: int, times: int = 1) -> None:
        self._rig, self._town, self._times = rig, town, times
        self._signers = [Ed25519PrivateKey.generate() for _ in range(agencies)]
        self._declare()
        self._subject = Subject(
            floor_process.run,
            FloorSettings(
                broker=self._parameters(),
                database=rig.database.replace("+psycopg", "", 1),
                batch=batch,
                keys=tuple(signer.public_key().public_bytes_raw() for signer in self._signers),
            ),
        )

    def drain(self, notices: int) -> Drained:
        """See the port."""
        load = self._load(notices * self._times)
        publish(self._ends, load)
        self._subject.ready()
        self._subject.go(taken=len(load), sent=len(load))
        seconds = self._subject.done()
        cpu = self._subject.halt()
        with Takers(self._ends, len(load)) as takers:
            takers.all()
        return Drained(len(load), len(load), seconds, cpu)

    def paced(self, notices: int, per_second: float) -> list[float]:
        """See the port."""
        load = self._load(notices)
        with Takers(self._ends, len(load)) as takers:
            self._subject.ready()
            self._subject.go(taken=len(load), sent=len(load))
            published = publish(self._ends, load, per_second)
            arrived = takers.all()
        self._subject.done()
        self._subject.halt()
        keys = [msgspec.json.decode(each.parcel.sealed)["person"] for each in arrived]
        if sorted(keys) != sorted([*published, *published]):
            raise BenchFailed("the floor did not tell both sides of every pair")
        return [(each.at - published[key]) * 1000 for key, each in zip(keys, arrived, strict=True)]

    def close(self) -> None:
        """See the port."""
        self._subject.close()

    def _load(self, notices: int) -> list[Outgoing]:
        return [
            message
            for place, client in enumerate(self._town.clients(notices // 2))
            for message in (self._notice(place, client), self._notice(place + 1, client))
        ]

    def _notice(self, place: int, client: Client) -> Outgoing:
        sender = place % len(self._signers)
        said = {
            "id": str(uuid.uuid4()),
            "event": "involvement-started",
            "person": client.key,
            "agency": sender,
            "service": "other",
            "worker": {"name": "Worker", "role": "Worker", "team": "Team", "phone": "01632 960000"},
            "start": "2026-01-05",
        }
        body = msgspec.json.encode(said)
        return Outgoing(sender, client.key, bytes([sender]) + self._signers[sender].sign(body) + body)

    def _declare(self) -> None:
        connection = pika.BlockingConnection(self._parameters())
        channel = connection.channel()
        for queue in (INTAKE, *(inbox(agency) for agency in range(len(self._signers)))):
            channel.queue_declare(queue, durable=True, arguments=DURABLE)
        connection.close()

    def _parameters(self) -> pika.ConnectionParameters:
        broker = self._rig.broker()
        credentials = pika.PlainCredentials(broker.user, self._rig.rabbitmq.password)
        return pika.ConnectionParameters(broker.host, broker.port, broker.vhost, credentials)

    def _ends(self) -> list[ConnectorEnd]:
        return [FloorEnd(self._rig.broker(), inbox(agency)) for agency in range(len(self._signers))]


class FloorEnd:
    """A `ConnectorEnd` over the floor's two queues, with the same connection underneath as the real ends."""

    def __init__(self, settings: AmqpSettings, queue: str) -> None:
        self._connection = AmqpConnection(settings)
        self._queue = queue
        self._taken: dict[str, Delivery] = {}

    def send(self, sealed: bytes) -> None:
        """See the port."""
        self._connection.publish("", INTAKE, sealed)

    def take(self, limit: int, wait: float) -> list[Parcel]:
        """See the port."""
        deliveries = self._connection.take(self._queue, limit, wait, PREFETCH)
        self._taken |= {str(each.tag): each for each in deliveries}
        return [Parcel(str(each.tag), each.body) for each in deliveries]

    def acknowledge(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._connection.acknowledge([self._taken.pop(parcel.tag) for parcel in parcels])

    def release(self, parcels: Sequence[Parcel]) -> None:
        """See the port."""
        self._connection.release([self._taken.pop(parcel.tag) for parcel in parcels])

    def close(self) -> None:
        """See the port."""
        self._connection.close()
