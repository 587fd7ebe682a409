"""A whole partnership in one process: a real store, the memory channel, a clock that can be moved, and honest counterparts.

`step()` does what the gateway's loops do once. For tests of rules and for measuring single stages; the real programs are in `gateway.app`.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from connectors.channel.memory import MemoryBroker
from connectors.channel.topology import new_inbox_name
from gateway.alerts.pairing import Pairing
from gateway.alerts.sweep import Sweep
from gateway.bench.counterpart import Counterpart, Place
from gateway.disclosure_record.recording import DisclosureKeeping
from gateway.housekeeping.daily_run import Housekeeping
from gateway.housekeeping.retention import Retention
from gateway.intake import Intake
from gateway.keys.secrets_on_disk import pairing_key
from gateway.linkage.matching import Matching
from gateway.model.agreement import Agreement
from gateway.model.connector import Carrier, Connector
from gateway.model.housekeeping import Counts
from gateway.notices.letter import LetterOpener
from gateway.ports import Store, UnitOfWork
from gateway.receive import Receiver
from gateway.relay import Relay, ToldAt, tells_nothing
from gateway.trust.operators import Office
from identity.agency.envelope import Expectations
from identity.agency.key_ring import KeyRing
from identity.agency.keys import PrivateKeys, generate
from identity.agency.references import References
from identity.agency.trust import Status
from identity.custody.epoch import LinkageEpoch, new_epoch
from identity.person.pepper import Pepper
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgeBand, AgencyType, AlertLevel, LegalBasis, Mode
from mappings.canonical.envelope import GATEWAY
from mappings.canonical.identifiers import AgencyId, AgreementId, ConnectorId, GatewayId, PartnershipId

PARTNERSHIP = PartnershipId("seaton")
HOME = GatewayId("urn:patchwork:seaton:gateway")
AGREEMENT = AgreementId("seaton-children")
START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class MovableClock:
    """Stands still until it is moved."""

    instant: datetime = START

    def now(self) -> datetime:
        """See the port."""
        return self.instant

    def pass_(self, **span: float) -> None:
        """Let time pass: the arguments of `timedelta`."""
        self.instant += timedelta(**span)


@dataclass(slots=True)
class World:
    """`store` is open and empty. Every agency that joins speaks through a counterpart of its own. For a gateway with two sides there are two
    worlds, whose register of trust is in the store of one (`counterpart` lets somebody who is in it speak)."""

    store: Store
    clock: MovableClock = field(default_factory=MovableClock)
    keys: PrivateKeys = field(default_factory=generate)
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    pepper_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    peppers: Callable[[UnitOfWork], Pepper] | None = None
    epoch: LinkageEpoch = field(default_factory=lambda: new_epoch(PARTNERSHIP, Mode.TRIAL))
    counterparts: dict[AgencyId, Counterpart] = field(default_factory=dict)
    retention: Retention = field(default_factory=Retention)
    keeping: DisclosureKeeping = field(default_factory=DisclosureKeeping)
    endings_every: timedelta = timedelta(0)
    telling: ToldAt = tells_nothing

    @property
    def mode(self) -> Mode:
        """Trial or live, as the linkage epoch is."""
        return self.epoch.mode

    def intake(self) -> Intake:
        """The gateway's intake."""
        opener = LetterOpener(KeyRing([self.keys.decryption]), Expectations(GATEWAY, PARTNERSHIP, self.mode))
        return Intake(
            self.store, self.clock, opener, self.which_pepper(), self.pairing(), HOME, retention=self.retention
        )

    def which_pepper(self) -> Callable[[UnitOfWork], Pepper]:
        """`peppers`, or the one pepper there is."""
        pepper = Pepper(self.pepper_key, PARTNERSHIP)
        return self.peppers or (lambda _: pepper)

    def relay(self) -> Relay:
        """The gateway's relay."""
        end = self.broker.gateway_end()
        return Relay(
            self.store,
            self.clock,
            lambda _: end,
            self.keys.signing,
            self.pairing(),
            HOME,
            PARTNERSHIP,
            self.mode,
            keeping=self.keeping,
            endings_every=self.endings_every,
            telling=self.telling,
        )

    def pairing(self) -> Pairing:
        """The keyed names of pairs."""
        return Pairing(pairing_key(self.pepper_key, PARTNERSHIP))

    def office(self) -> Office:
        """Where signed changes are handed in."""
        matching = Matching(self.which_pepper(), self.pairing())
        return Office(self.store, self.clock, PARTNERSHIP, lambda: matching)

    def join(self, id: AgencyId, type: AgencyType = AgencyType.SCHOOL) -> Counterpart:
        """Register an agency with a live connector, and return the counterpart that speaks for it."""
        connector = ConnectorId(str(id).rpartition(":")[2])
        keys, inbox = generate(), new_inbox_name(connector)
        name = connector.value.replace("-", " ").title()
        public = keys.public(connector.value)
        made = Connector(connector, (id,), public, Status.LIVE, Carrier.HTTPS, inbox, self.clock.now())
        with self.store.write() as uow:
            uow.trust.add_agency(Agency(id, f"Seaton {name}", type, "Seaton Council"))
            uow.trust.add_connector(made)
        return self.counterpart(made, keys)

    def counterpart(self, connector: Connector, keys: PrivateKeys) -> Counterpart:
        """Who speaks for the first agency of a connector that is in the register."""
        agency = connector.agencies[0]
        self.broker.gateway_end().open_inbox(connector.id, connector.inbox)
        counterpart = Counterpart(
            connector.id,
            agency,
            keys,
            References(secrets.token_bytes(32), agency),
            KeyedTokeniser(self.epoch),
            Place(PARTNERSHIP, self.mode, HOME, self.keys.public(GATEWAY), AGREEMENT),
            self.broker.connector_end(connector.id, connector.inbox),
            self.clock,
        )
        self.counterparts[agency] = counterpart
        return counterpart

    def agree(self, *parties: AgencyId, version: int = 1, **changes: object) -> None:
        """Put a children's agreement between the parties in force for a year around the clock's day."""
        today = self.clock.now().date()
        terms: dict[str, object] = {
            "id": AGREEMENT,
            "version": version,
            "title": "Seaton children's partnership",
            "parties": parties,
            "purpose": "so that those who help a child know of each other",
            "legal_bases": (LegalBasis.CHILDREN_ACT_2004_S10,),
            "age_bands": (AgeBand.UNBORN, AgeBand.CHILD),
            "level": AlertLevel.FULL,
            "valid_from": date(today.year, 1, 1),
            "valid_until": date(today.year, 12, 31),
            "review_by": date(today.year, 12, 31),
            "rights_contact": "rights@seaton.example",
            "controllers": ("Seaton Council",),
        }
        with self.store.write() as uow:
            uow.agreements.add(Agreement(**(terms | changes)))  # type: ignore[arg-type]

    def receive(self) -> int:
        """Take in everything that waits. Returns how many messages it was."""
        receiver = Receiver(self.intake(), self.broker.gateway_end())
        count = 0
        while taken := receiver.run_once(50, 0.0):
            count += taken
        return count

    def step(self) -> None:
        """Take everything in, let everything out, let everybody hear it, and take in what they answer."""
        self.receive()
        relay = self.relay()
        relay.send_replies()
        while relay.send_alerts():
            pass
        relay.tend_probes()
        for counterpart in self.counterparts.values():
            counterpart.listen()
        self.receive()

    def keep_house(self, retention: Retention | None = None) -> Counts:
        """Let go of what is too old."""
        return Housekeeping(self.store, self.clock, self.pairing(), retention or self.retention, self.keeping).run()

    def sweep(self) -> int:
        """Look at everybody again."""
        return Sweep(self.store, self.clock, self.pairing(), self.which_pepper()).run()
