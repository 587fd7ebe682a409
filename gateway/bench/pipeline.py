"""The real pipeline from outside: honest counterparts over AMQP, and the times of a gateway process
(`gateway.bench.pipeline_process`)."""

from collections import Counter
from collections.abc import Sequence

from connectors.channel.port import ConnectorEnd
from gateway.app import open_register
from gateway.bench import pipeline_process
from gateway.bench.agencies import join, make_gateway
from gateway.bench.carrying import Arrived, Outgoing, Takers, publish
from gateway.bench.failed import BenchFailed
from gateway.bench.load import Town
from gateway.bench.rig import Rig
from gateway.bench.sides import Drained
from gateway.bench.subject import Subject
from mappings.canonical.codes import MessageKind, ReceiptOutcome
from mappings.canonical.identifiers import PersonRef
from mappings.fhir import notice_bundle


class PipelineSide:
    """A `Side`."""

    def __init__(self, rig: Rig, town: Town, agencies: int, batch: int, tick: float) -> None:
        self._town = town
        gateway = make_gateway(rig, batch, tick)
        self._parties = join(rig, gateway, agencies)
        self._store = open_register(gateway.settings)
        self._people: dict[PersonRef, str] = {}
        self._said = 0
        self._subject = Subject(pipeline_process.run, gateway.settings_file)

    def drain(self, notices: int) -> Drained:
        """See the port. Taking in the receipts that come back for the alerts is part of the work and of its time."""
        load = self._load(notices)
        publish(self._ends, load)
        seconds, cpu = self._work(taken=len(load), sent=2 * len(load))
        with Takers(self._ends, 2 * len(load)) as takers:
            arrived = takers.all()
        self._hear(arrived, load)
        settling, more = self._work(taken=len(load), sent=0)
        self._check_register()
        both = {stage: cpu.get(stage, 0.0) + more.get(stage, 0.0) for stage in cpu | more}
        return Drained(len(load), len(load), seconds + settling, both)

    def paced(self, notices: int, per_second: float) -> list[float]:
        """See the port."""
        load = self._load(notices)
        with Takers(self._ends, 2 * len(load)) as takers:
            self._subject.ready()
            self._subject.go(taken=len(load), sent=2 * len(load))
            published = publish(self._ends, load, per_second)
            arrived = takers.all()
        self._subject.done()
        self._subject.halt()
        told = self._hear(arrived, load)
        self._work(taken=len(load), sent=0)
        self._check_register()
        return [(each.at - published[key]) * 1000 for key, each in told]

    def close(self) -> None:
        """See the port."""
        self._subject.close()
        self._store.close()

    def _work(self, taken: int, sent: int) -> tuple[float, dict[str, float]]:
        self._subject.ready()
        self._subject.go(taken, sent)
        seconds = self._subject.done()
        return seconds, self._subject.halt()

    def _load(self, notices: int) -> list[Outgoing]:
        load = []
        for place, client in enumerate(self._town.clients(notices // 2)):
            for turn, person in enumerate((client.first, client.second)):
                sender = (place + turn) % len(self._parties)
                speaker = self._parties[sender].counterpart
                notice = speaker.notice(person)
                self._people[notice.person_ref] = client.key
                sealed = speaker.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice))
                load.append(Outgoing(sender, client.key, sealed))
        self._said += len(load)
        return load

    def _hear(self, arrived: Sequence[Arrived], load: Sequence[Outgoing]) -> list[tuple[str, Arrived]]:
        """Open everything and receipt the alerts. Returns the alerts by client. Raises `BenchFailed` where not every
        notice was accepted once, or not both sides of every pair were told once."""
        for party in self._parties:
            party.counterpart.receipts.clear()
        told = []
        for each in arrived:
            alert = self._parties[each.recipient].counterpart.hear(each.parcel)
            if alert is not None:
                told.append((self._people[alert.recipient_person], each))
        outcomes = []
        for party in self._parties:
            outcomes += party.counterpart.outcomes()
            # An end that is not called for two heartbeats is cut off; it connects again when it is needed.
            party.counterpart.end.close()
        if outcomes != [ReceiptOutcome.ACCEPTED] * len(load):
            raise BenchFailed(f"of {len(load)} notices {outcomes.count(ReceiptOutcome.ACCEPTED)} were accepted")
        if Counter(key for key, _ in told) != Counter(message.key for message in load):
            raise BenchFailed("the gateway did not tell both sides of every pair exactly once")
        return told

    def _check_register(self) -> None:
        """The gateway's own books agree with what was said to it."""
        with self._store.read() as uow:
            counts = uow.counts()
        expected = {"notices": self._said, "refused": 0, "alerts_settled": self._said, "dead_letters": 0}
        found = {name: counts[name] for name in expected}
        if found != expected:
            raise BenchFailed(f"the register counts {found}, and should count {expected}")

    def _ends(self) -> list[ConnectorEnd]:
        return [party.end() for party in self._parties]
