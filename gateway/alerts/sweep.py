"""Look at everybody again, because time or the rules moved and no notice came: an agreement began or lapsed, an age band ran out, a place
came under protection.

Run at start-up, once a day, and after a new agreement or list of places. In pages, each its own transaction, so that intake goes on in between.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.audit.recording import entry
from gateway.keys.epoch_retirement import retired_epochs
from gateway.notices.registration import Registration
from gateway.places.protecting import Protecting
from gateway.ports import Clock, Store, UnitOfWork
from gateway.review.cases import REVIEW_DAYS, CaseKeeper
from identity.person.pepper import Pepper

# A page holds the register lock: where everybody is known to many agencies, few people are many pairs, and intake waits for all of them.
PAGE = 25


@dataclass(frozen=True, slots=True)
class Sweep:
    """Reconciles every person with the register and the rules as they are now. `review_days`: see `gateway.review.cases`."""

    store: Store
    clock: Clock
    pairing: Pairing
    peppers: Callable[[UnitOfWork], Pepper]
    review_days: int = REVIEW_DAYS

    def run(self) -> int:
        """Returns how many alerts were queued. Raises `StoreDown`; what was done until then stays done."""
        return sum(self.pages())

    def pages(self) -> Iterator[int]:
        """The same a page at a time, each with the number of alerts that it queued. Raises `StoreDown`."""
        last, people, queued = 0, 0, self._carry_out_merges()
        protecting = Protecting()
        if queued:
            yield queued
        while True:
            with self.store.write() as uow:
                alerting = Alerting(uow, self.pairing, uow.agreements.current(), self.clock.now())
                cases = CaseKeeper(uow, alerting.now, self.review_days)
                registration = Registration(uow, self.peppers(uow), alerting, protecting.places(uow), cases)
                page = uow.records.people_after(last, PAGE)
                found = sum(registration.protect(person) + alerting.reconcile_person(person) for person in page)
                for each in cases.entries:
                    uow.audit.append(alerting.now, each.code, each.actor, each.fields)
                if not page:
                    event = entry("sweep-finished", "relay", people=people, alerts=queued)
                    uow.audit.append(alerting.now, event.code, event.actor, event.fields)
                    return
            last, people, queued = page[-1], people + len(page), queued + found
            yield found

    def _carry_out_merges(self) -> int:
        """Those that waited for a steward, and need not any more. Returns how many alerts were queued."""
        with self.store.read() as uow:
            if next(uow.merges.waiting(), None) is None:
                return 0
        with self.store.write() as uow:
            alerting = Alerting(uow, self.pairing, uow.agreements.current(), self.clock.now())
            cases = CaseKeeper(uow, alerting.now, self.review_days)
            places, retired = Protecting().places(uow), retired_epochs(uow)
            registration = Registration(uow, self.peppers(uow), alerting, places, cases, retired)
            done = registration.merging().carry_out_waiting()
            for each in [*done, *cases.entries]:
                uow.audit.append(alerting.now, each.code, each.actor, each.fields)
            return sum(int(each.fields["alerts"]) for each in done)
