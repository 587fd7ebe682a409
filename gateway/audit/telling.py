"""Which checkpoint of the audit connectors are told of, in their receipts and all other replies, so that every agency is a witness of the chain.

* Told is its digest and the day it was made on, nothing else: no number of an event, no hash of the chain, nothing that could be counted.
* It is chosen by the clock alone: the last that was made before the day (UTC) began. As one is made every day whether or not anything happened
  (`gateway.audit.checkpointing`), neither that there is one nor that it is another today follows from what anybody did.
* Everybody is told of the same one until the day is over: the register keeps which it was, so that two programs on one register agree.
* Where there is none yet, or none can be read, replies leave without it: they never wait for it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from gateway.audit.checkpoints import CheckpointFolder
from gateway.audit.recording import entry
from gateway.keys.secrets_on_disk import own_verify_keys
from gateway.logs import operations
from gateway.ports import Clock, Store
from identity.agency.faults import KeyFault
from mappings.canonical.witness import ToldCheckpoint

AGAIN_AFTER = timedelta(minutes=1)
KEPT = timedelta(days=400)
"""How long the register knows what it told on a day; agencies keep it as long."""
_MOST_LOOKED_AT = 50


@dataclass(slots=True)
class Telling:
    """Of one side, for one thread. `keys` is the folder of the gateway's keys, by which a checkpoint is believed."""

    store: Store
    folder: CheckpointFolder
    keys: Path
    clock: Clock
    _day: date | None = None
    _told: ToldCheckpoint | None = None
    _looked_at: datetime | None = None

    def on(self, at: datetime) -> ToldCheckpoint | None:
        """What is told on the day (UTC) of that instant; None where nothing can be. Raises `StoreDown`."""
        day = at.astimezone(UTC).date()
        if day == self._day and (self._told or self._looked_lately(at)):
            return self._told
        self._told = self._known(day) or self._chosen(day)
        self._day, self._looked_at = day, at
        return self._told

    def _looked_lately(self, at: datetime) -> bool:
        return self._looked_at is not None and abs(at - self._looked_at) < AGAIN_AFTER

    def _known(self, day: date) -> ToldCheckpoint | None:
        with self.store.read() as unit:
            return unit.told_checkpoints.on(day)

    def _chosen(self, day: date) -> ToldCheckpoint | None:
        found = self._last_before(day)
        if found is None:
            return None
        with self.store.write() as unit:
            # Another program may have been quicker; then its word counts.
            if known := unit.told_checkpoints.on(day):
                return known
            unit.told_checkpoints.keep(day, found)
            unit.told_checkpoints.forget(day - KEPT)
            said = {"told_on": day.isoformat(), "made_on": found.made_on.isoformat(), "checkpoint": found.digest}
            event = entry("checkpoint-told", "relay", **said)
            unit.audit.append(self.clock.now(), event.code, event.actor, event.fields)
        return found

    def _last_before(self, day: date) -> ToldCheckpoint | None:
        """The last checkpoint made before the day that can be believed. What is wrong with the folder is logged."""
        with self.store.read() as unit:
            register = unit.incarnation()
        try:
            keys = own_verify_keys(self.keys)
            kept = self.folder.made_before(datetime.combine(day, time(), UTC), register, keys)
            for each in islice(kept, _MOST_LOOKED_AT):
                if each.made_at is not None and not each.problem:
                    return ToldCheckpoint(each.made_at.astimezone(UTC).date(), each.digest)
                operations().error("checkpoint-not-told", mode=self.folder.mode.value, fault="not-believed")
        except (OSError, KeyFault) as fault:
            operations().error("checkpoint-not-told", mode=self.folder.mode.value, fault=type(fault).__name__)
        return None
