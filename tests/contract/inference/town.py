"""Two agencies and what stands between them: housing watches, health may be involved with the same child or not.

Every gateway that is compared is made of the same keys, at the same hour, and housing does the very same each time. What housing can see is
written down tick by tick.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from connectors.channel.port import Parcel
from gateway.alerts.alerting import Alerting
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, START, MovableClock, World
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.ports import Store
from gateway.probing.asking import TEST, ask_probe, probe_content
from gateway.receive import Receiver
from gateway.review.check_lists import CheckLists
from gateway.withholding.placing import place
from identity.agency.digest import state_digest
from identity.agency.keys import PrivateKeys, generate
from identity.agency.references import References
from identity.custody.epoch import LinkageEpoch, new_epoch
from mappings.canonical.codes import Consent, LegalBasis, Mode, NoticeEvent, Sensitivity
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.statement import Statement, StatementEntry
from mappings.canonical.witness import ToldCheckpoint
from tests.contract.channels.pairs import HEALTH, HOUSING
from tests.contract.inference.carriage import PATIENCE, Carriage, masked
from tests.gateway.audit.kept_audit import KeptAudit
from tests.gateway.staff import opened
from tests.spec.people import AHMAD, MAYA

HOUSING_AGENCY = AgencyId("urn:patchwork:seaton:housing")
HEALTH_AGENCY = AgencyId("urn:patchwork:seaton:health")
MARKER = b"end-of-tick"
_SEED = bytes(range(32))


@dataclass(frozen=True)
class Keys:
    """Everything secret of a gateway and its two connectors, made once and injected into each gateway that is compared."""

    gateway: PrivateKeys = field(default_factory=generate)
    epoch: LinkageEpoch = field(default_factory=lambda: new_epoch(PARTNERSHIP, Mode.TRIAL))


@dataclass
class Town:
    """One gateway. `seen` is what housing saw: a line for each thing, and one for each tick."""

    world: World
    carriage: Carriage
    housing: Counterpart
    health: Counterpart
    audit: KeptAudit
    seen: list[str] = field(default_factory=list)
    _taken: int = 0

    @classmethod
    def founded(cls, store: Store, carriage: Carriage, keys: Keys, folder: Path) -> "Town":
        """Both have joined and an agreement between them is in force. The gateway's replies tell of its audit, kept in `folder`."""
        world = World(
            store,
            MovableClock(START),
            keys.gateway,
            carriage,  # type: ignore[arg-type]  # of the same shape: it makes ends
            _SEED,
            epoch=keys.epoch,
        )
        housing, health = world.join(HOUSING_AGENCY), world.join(HEALTH_AGENCY)
        assert (housing.id, health.id) == (HOUSING, HEALTH)
        for each in (housing, health):
            each.references = References(_SEED, each.agency)
        world.agree(HOUSING_AGENCY, HEALTH_AGENCY)
        return cls(world, carriage, housing, health, KeptAudit(world, folder))

    def receive(self) -> None:
        """Take in everything that was sent."""
        receiver = Receiver(self.world.intake(), self.carriage.gateway_end())
        until = time.monotonic() + PATIENCE
        while self._taken < sum(each.sent for each in self.carriage.ends.values()):
            assert time.monotonic() < until
            self._taken += receiver.run_once(50, 1.0)

    def tick(self) -> None:
        """What the gateway does in a tick of its relay, and what of it reaches the one that watches."""
        self.audit.look()
        self.receive()
        relay = self.world.relay()
        relay.send_replies()
        relay.send_alerts()
        relay.tend_probes()
        self.listen()
        self.receive()
        self.seen.append("-- tick")
        self.world.clock.pass_(seconds=1)

    def listen(self) -> None:
        """Everything that is in housing's inbox now."""
        for parcel in self._waiting(self.housing):
            self._look_at(parcel.sealed)
            self.housing.hear(parcel)

    def told(self) -> dict[date, set[ToldCheckpoint | None]]:
        """What the gateway told of its audit on which day, to either agency."""
        for parcel in self._waiting(self.health):
            self.health.hear(parcel, receipt_alerts=False)
        days: dict[date, set[ToldCheckpoint | None]] = {}
        for day, told in [*self.housing.witnessed, *self.health.witnessed]:
            days.setdefault(day, set()).add(told)
        return days

    def _waiting(self, whose: Counterpart) -> Iterator[Parcel]:
        """Up to a parcel that this test puts behind all that is in the inbox."""
        self.carriage.gateway_end().send(whose.id, "", MARKER, None)
        until = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < until
            parcels = whose.end.take(50, 1.0)
            yield from (parcel for parcel in parcels if parcel.sealed != MARKER)
            whose.end.acknowledge(parcels)
            if any(parcel.sealed == MARKER for parcel in parcels):
                return

    def everything(self) -> str:
        """All that housing can see, as one text."""
        return "\n".join([*self.seen, *self.carriage.ends[HOUSING].calls, *self.carriage.http()])

    def _look_at(self, sealed: bytes) -> None:
        opened = self.housing.open(sealed)
        self.seen.append(f"{len(sealed)} {masked(repr(opened.header))} {masked(opened.body.decode())}")


def live_through(town: Town) -> None:
    """A fortnight of housing: it declares a child, changes it, says the same twice, states what it holds, is tested, is asked to look at its
    records, sends what is refused, ends and begins again."""
    housing, world = town.housing, town.world
    first = housing.notice(MAYA)
    sealed = housing.say(first)
    town.tick()
    town.tick()
    housing.end.send(sealed)
    housing.say(first)
    town.tick()
    changed = housing.notice(MAYA, event=NoticeEvent.CHANGED, confirmed=START.date() - timedelta(days=1))
    housing.say(changed)
    town.tick()
    entry = StatementEntry(changed.involvement_ref, state_digest(changed))
    for number, entries in enumerate(((entry,), ())):
        about = MessageId(f"00000000-0000-4000-8000-00000000000{number}")
        housing.state(Statement(about, HOUSING_AGENCY, housing.incarnation, "", entries))
        town.tick()
    housing.say(replace(housing.notice(MAYA, "wrong"), agency=HEALTH_AGENCY))
    housing.say(housing.notice(replace(MAYA, birth_date=None, local_id="thin")))
    town.tick()
    staff = opened(world.office())
    content = probe_content(staff.office, Mode.TRIAL, HOUSING.value, None, seconds=30)
    ask_probe(staff.office, staff.sign(TEST, content), Mode.TRIAL)
    town.tick()
    for test in housing.tests:
        housing.answer(test, AHMAD, held_back=True)
    town.tick()
    for _ in range(3):
        world.clock.pass_(days=1)
        CheckLists(world.store, world.clock, world.pairing()).send_due()
        town.tick()
    world.sweep()
    town.tick()
    housing.shield("thin")
    town.tick()
    housing.say(housing.notice(MAYA, event=NoticeEvent.ENDED))
    town.tick()
    housing.say(housing.notice(MAYA, event=NoticeEvent.STARTED))
    town.tick()
    world.clock.pass_(days=9)
    town.tick()


def _nobody(town: Town) -> None:
    town.health.say(town.health.notice(AHMAD))


def _told_of(**changes: object) -> Callable[[Town], None]:
    def happen(town: Town) -> None:
        town.health.say(town.health.notice(MAYA, **changes))  # type: ignore[arg-type]

    return happen


def _shielded(town: Town) -> None:
    town.health.say(town.health.notice(MAYA))
    town.health.shield("maya")
    town.receive()
    with town.world.store.write() as unit:
        # Two officers have confirmed it: it does not lapse while housing watches.
        (known,) = unit.withholdings.all(WithholdingKind.SHIELD, ended=False)
        unit.withholdings.save(replace(known, lapses_at=None))


def _restricted(town: Town) -> None:
    town.health.say(town.health.notice(MAYA))
    town.receive()
    with town.world.store.write() as unit:
        now = town.world.clock.now()
        alerting = Alerting(unit, town.world.pairing(), unit.agreements.current(), now)
        record = unit.records.find(HEALTH_AGENCY, town.health.references.person("maya"))
        assert record is not None
        place(
            alerting, Withholding(0, WithholdingKind.RESTRICTION, HEALTH_AGENCY, record.id, now, "omar", now, "asked")
        )


def _ended(town: Town) -> None:
    town.health.say(town.health.notice(MAYA, event=NoticeEvent.ENDED))


SITUATIONS: dict[str, Callable[[Town], None]] = {
    "no one else": _nobody,
    "denied by the legal basis": _told_of(legal_basis=LegalBasis.CARE_ACT_2014_S6),
    "denied by the person": _told_of(consent=Consent.REFUSED),
    "held back": _told_of(held_back=True),
    "sensitive, and no rule permits it": _told_of(sensitivity=Sensitivity.SENSITIVE),
    "over": _ended,
    "shielded": _shielded,
    "restricted": _restricted,
}


permitted = _told_of()
"""What housing may be told, so that there is a difference to be seen."""


def watched(store: Store, carriage: Carriage, keys: Keys, folder: Path, situation: Callable[[Town], None]) -> Town:
    """Housing's fortnight at a gateway where this was so before housing came."""
    town = Town.founded(store, carriage, keys, folder)
    situation(town)
    town.receive()
    live_through(town)
    return town
