"""The trial side keeps up with the register of trust, which is on the live side: it takes over who takes part, and takes back what a
connector left behind when it went live or was off-boarded.

* What it published on the trial side is withdrawn and erased as at an off-boarding, and its trial partners are told to disregard it, so that
  nobody's worklist goes on showing an invented connection that no one will ever end.
* What waits in its trial inbox is dropped.
* Each connector's step and the note of it (`UnitOfWork.copied`) are one transaction of the trial side: done at the change by whoever makes it,
  and found again by the gateway where that died in between.
"""

from dataclasses import dataclass

from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.audit.recording import entry
from gateway.model.connector import Connector
from gateway.ports import Clock, Store, UnitOfWork
from gateway.trust.off_boarding import take_back

ACTOR = "gateway"


@dataclass(frozen=True, slots=True)
class Leaving:
    """`store` and `pairing` are the trial side's."""

    store: Store
    clock: Clock
    pairing: Pairing

    def run(self) -> int:
        """Keep up. Returns how many alerts were queued. Raises `StoreDown`; what was done until then stays done."""
        with self.store.read() as unit:
            if not _differing(unit):
                return 0
        with self.store.write() as unit:
            alerting = Alerting(unit, self.pairing, unit.agreements.current(), self.clock.now())
            left = [connector for connector in _differing(unit) if _keep_up(unit, connector)]
            queued, events = 0, []
            for connector in left:
                people = _people_of(unit, connector)
                taken = take_back(unit, connector, alerting.now)
                queued += sum(alerting.reconcile_person(person) for person in sorted(people))
                events.append(entry("trial-left", ACTOR, connector=connector.id.value, **taken))
            for event in events:
                unit.audit.append(alerting.now, event.code, event.actor, event.fields)
            return queued


def _differing(unit: UnitOfWork) -> list[Connector]:
    return [each for each in unit.trust.connectors() if unit.copied.connector(each.id) != each]


def _keep_up(unit: UnitOfWork, connector: Connector) -> bool:
    """Copy one connector. Whether what it published here is to be taken back now."""
    known = unit.copied.connector(connector.id)
    if known is None:
        unit.copied.add_connector(connector)
        return unit.side.takes_back(connector.status)
    if not unit.side.hears(connector.status):
        unit.inboxes.purge(known.inbox)
    unit.copied.update_connector(connector)
    return unit.side.takes_back(connector.status) and not unit.side.takes_back(known.status)


def _people_of(unit: UnitOfWork, connector: Connector) -> set[int]:
    records = {
        involvement.record_id
        for agency in connector.agencies
        for involvement in unit.involvements.of_agency(agency)
        if involvement.connector == connector.id
    }
    links = [unit.records.active_link(record) for record in records]
    return {link.person_id for link in links if link is not None}
