"""An agency's whole connector in one process: a source a test writes into, a ledger on disk, and a scripted gateway at the other end."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from connectors.channel.memory import MemoryBroker
from connectors.channel.topology import new_inbox_name
from connectors.deliver import Delivered, Reception, deliver
from connectors.eligibility import EVERYONE, Criterion
from connectors.exchange.posting import Posted, post
from connectors.exchange.sealing import Correspondence
from connectors.exchange.waking import wake
from connectors.ledger.ledger import Ledger
from connectors.publish import publish
from connectors.publishing.display import Display
from connectors.publishing.notice_builder import Publisher
from connectors.publishing.policy import Policy, Report
from connectors.publishing.queueing import Desk
from connectors.reading.exclusion import ExclusionList
from connectors.reading.staging import Feed, Screening
from connectors.sinks.port import Delivery, Sink, SinkDown
from connectors.sources.port import Coverage, Read, Reading, Snapshot
from identity.agency.key_ring import KeyRing
from identity.agency.keys import PrivateKeys, generate
from identity.agency.references import References
from identity.custody.epoch import LinkageEpoch
from identity.person.ports import Tokeniser
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Informed, LegalBasis, Mode, Sensitivity, ServiceLine
from mappings.canonical.identifiers import AgencyId, ConnectorId
from mappings.canonical.involvement import Contact, Involvement
from mappings.canonical.notice import Worker
from mappings.source_map import VanishPolicy
from tests import builders
from tests.counterparts import HOME, SEATON, ScriptedGateway

SCHOOL = AgencyId("urn:patchwork:seaton:school")
CONNECTOR = ConnectorId("seaton-school")
OFFICE = Contact("01632 960000", "office@school.example")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    """Time that moves when told to."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.time = now

    def __call__(self) -> datetime:
        return self.time

    def wait(self, **span: float) -> None:
        """Let some time pass."""
        self.time += timedelta(**span)


def involvement(number: int = 1, **changes: object) -> Involvement:
    """Alex Worker teaches client `C<number>`; a child with nothing but a name, a birth date and an address."""
    client = builders.person(
        local_id=f"C{number}", family=f"Testcase{number}", identifiers=(), label=f"Client {number}"
    )
    made = Involvement(
        local_id=f"I{number}",
        agency=SCHOOL,
        person=client,
        service=ServiceLine.SCHOOL,
        sensitivity=Sensitivity.STANDARD,
        role="Teacher",
        worker="Alex Worker",
        team="Year 6",
        contact=Contact("01632 960001", "alex@school.example"),
        start=date(2025, 9, 1),
        legal_basis=LegalBasis.CHILDREN_ACT_2004_S10,
        informed=Informed.BY_NOTICE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class Records:
    """A source that a test writes into."""

    rows: list[Reading] = field(default_factory=list)
    as_of: date = date(2026, 3, 2)
    coverage: Coverage = Coverage.FULL

    def state(self, *involvements: Involvement) -> None:
        """From now on the records state exactly these."""
        self.rows = [Read(f"row {number}", each) for number, each in enumerate(involvements, 1)]

    def snapshot(self) -> Snapshot:
        """See the port."""
        return Snapshot(self.coverage, self.as_of)

    def readings(self) -> Iterator[Reading]:
        """See the port."""
        return iter(list(self.rows))


class Desktop:
    """A sink that keeps what it was given, once an alert, and can be switched off."""

    def __init__(self, name: str = "desktop") -> None:
        self.name = name
        self.down = False
        self.shown: list[Delivery] = []

    def deliver(self, delivery: Delivery) -> None:
        """See the port."""
        if self.down:
            raise SinkDown("the desktop is off")
        self.shown = [one for one in self.shown if one.alert.id != delivery.alert.id]
        self.shown.append(delivery)

    def texts(self) -> list[str]:
        """What can be read."""
        return [one.text for one in self.shown]


class Office:
    """Publishes and delivers for the school of Seaton."""

    def __init__(self, folder: Path, *, vanish: VanishPolicy = VanishPolicy.CLOSE) -> None:
        self.folder = folder
        self.clock = Clock()
        self.records = Records()
        self.vanish = vanish
        self.policy = Policy()
        self.exclusion = ExclusionList()
        self.eligibility: Criterion = EVERYONE
        self.display = Display(Worker(team="Office", contact=OFFICE), {"Year 6": "Year 6"})
        self.desktop = Desktop()
        self.sinks: tuple[Sink, ...] = (self.desktop,)
        self.keys: PrivateKeys = generate()
        self.references = References(b"r" * 32, SCHOOL)
        self.tokenisers: Sequence[Tokeniser] = (KeyedTokeniser(an_epoch("trial-1")),)
        self.broker = MemoryBroker(clock=lambda: self.clock().timestamp())
        inbox = new_inbox_name(CONNECTOR)
        self.gateway = ScriptedGateway(self.broker, CONNECTOR, inbox, self.clock)
        self.gateway.trust(self.keys.public(CONNECTOR.value))
        self.channel = self.broker.connector_end(CONNECTOR, inbox)
        self.ledger = self.open_ledger()

    def open_ledger(self) -> Ledger:
        """As a process does when it starts."""
        return Ledger.open(self.folder / "ledger.sqlite3", b"k" * 32, self.clock())

    @property
    def feed(self) -> Feed:
        """The only source."""
        return Feed("records", self.records, self.vanish, 0.2)

    @property
    def desk(self) -> Desk:
        """See `connectors.publishing.queueing`."""
        publisher = Publisher(SCHOOL, HOME, ServiceLine.SCHOOL, LegalBasis.CHILDREN_ACT_2004_S10, self.display)
        return Desk(self.ledger, publisher, self.references, self.tokenisers, self.clock)

    @property
    def screening(self) -> Screening:
        """See `connectors.reading.staging`."""
        return Screening(
            SCHOOL, self.references, self.exclusion, self.eligibility, self.display, frozenset({"records"})
        )

    @property
    def correspondence(self) -> Correspondence:
        """See `connectors.exchange.sealing`."""
        return Correspondence(
            connector=CONNECTOR,
            partnership=SEATON,
            mode=Mode.TRIAL,
            agreement=builders.AGREEMENT,
            agreement_version=1,
            signer=self.keys.signing,
            decryption=KeyRing([self.keys.decryption]),
            gateway=self.gateway.public,
        )

    @property
    def reception(self) -> Reception:
        """See `connectors.deliver`."""
        return Reception(
            self.ledger, SCHOOL, self.references, self.correspondence, self.sinks, self.clock, desk=lambda: self.desk
        )

    def wake(self) -> None:
        """As a process does when it starts."""
        wake(self.ledger, SCHOOL, self.clock())

    def publish(self, *stated: Involvement) -> Report:
        """The records now state exactly these; publish and send."""
        if stated:
            self.records.state(*stated)
        report = publish(self.desk, self.screening, [self.feed], self.policy)
        self.post()
        return report

    def publish_due(self) -> Report:
        """Only what is due again."""
        report = publish(self.desk, self.screening, [], self.policy)
        self.post()
        return report

    def post(self) -> Posted:
        """Send what is due."""
        return post(self.ledger, self.correspondence, self.channel, self.clock)

    def deliver(self) -> Delivered:
        """Take what waits."""
        return deliver([self.reception], self.channel)

    def exchange(self) -> None:
        """The gateway takes and answers, and the connector takes the answers, until nothing is left to say."""
        for _ in range(6):
            self.gateway.take()
            self.deliver()

    def next_day(self, days: int = 1) -> None:
        """Tomorrow morning, with an export of tomorrow."""
        self.clock.wait(days=days)
        self.records.as_of = self.clock().date()

    def outbox(self) -> dict[str, int]:
        """Rows by status."""
        with self.ledger.read() as unit:
            return unit.outbox.counts()

    def statuses(self) -> dict[str, int]:
        """Involvements by status."""
        with self.ledger.read() as unit:
            return unit.involvements.counts()


def an_epoch(id: str) -> LinkageEpoch:
    """A trial epoch whose key follows from its id."""
    return LinkageEpoch(id, Mode.TRIAL, id.encode().ljust(32, b"."), SEATON)


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where the system has one: thousands of ledger commits wait for no disk there."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)
