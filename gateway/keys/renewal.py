"""Going through the register in the background, so that what is there comes under the secrets and epochs that count now.

* Evidence under a retired linkage epoch is dropped, with its index keys: of clients and of the relatives that notices name.
* While the pepper is rotated, and after an upgrade that says so (`Renewal.index_stale`), all of it is indexed anew; while the data key is
  rotated every sealed column is sealed anew.
* One batch is one transaction under the register lock, with the place reached in it: killed at any moment, it goes on where it was, and two
  gateways on one register take turns. Intake goes on in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.audit.recording import entry
from gateway.keys.epoch_retirement import retired_epochs, without
from gateway.keys.renewal_ports import Anew
from gateway.keys.secret_rotation import ACTOR, finish
from gateway.model.renewal import Renewal
from gateway.ports import Clock, Store, UnitOfWork
from identity.person.pepper import Pepper

BATCH = 100


@dataclass(frozen=True, slots=True)
class Renewing:
    """`peppers`: see `gateway.keys.peppers`."""

    store: Store
    clock: Clock
    peppers: Callable[[UnitOfWork], Pepper]

    def step(self) -> bool:
        """Go through one batch. Returns whether there was anything to do. Raises `StoreDown`, `KeyFault`, `StoreRefused`."""
        with self.store.read() as uow:
            if not uow.renewals.state().runs:
                return False
        with self.store.write() as uow:
            pepper = self.peppers(uow)
            state = self._go_on(uow, uow.renewals.state(), pepper)
            if not state.runs:
                state = finish(uow, state, self.clock)
                self._note_dropped(uow)
            uow.renewals.save(state)
        return True

    def run(self) -> int:
        """All of it. Returns how many batches it took."""
        batches = 0
        while self.step():
            batches += 1
        return batches

    def _go_on(self, uow: UnitOfWork, state: Renewal, pepper: Pepper) -> Renewal:
        retired = retired_epochs(uow)
        anew = Anew(
            without(retired), pepper.index_keys_of, every=state.next_pepper is not None or bool(state.index_stale)
        )
        if state.records_after is not None:
            last = uow.renewals.renew_records(state.records_after, BATCH, anew)
            return replace(state, records_after=last)
        if state.involvements_after is not None:
            last = uow.renewals.renew_involvements(state.involvements_after, BATCH, anew)
            if last is None:
                uow.renewals.renew_protections(retired)
                uow.renewals.renew_champions()
            return replace(state, involvements_after=last)
        return state

    def _note_dropped(self, uow: UnitOfWork) -> None:
        now = self.clock.now()
        for epoch in uow.epochs.note_dropped(now):
            event = entry("epoch-dropped", ACTOR, epoch=epoch)
            uow.audit.append(now, event.code, event.actor, event.fields)
