"""When a checkpoint of the audit chain is made: at the gateway's start, after so many events, after a while in which something happened, and once a
day (UTC) whether or not anything did: that one agencies are told of (`gateway.audit.telling`), and a day without one would tell them that
nothing happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.audit.checkpoints import Checkpoint, CheckpointFolder
from gateway.keys.secrets_on_disk import load_gateway_keys
from gateway.logs import operations
from gateway.ports import Clock, Store
from identity.agency.faults import KeyFault


@dataclass(slots=True)
class Checkpointing:
    """Of one side. `keys` is the folder of the gateway's keys, read anew each time: they rotate while it runs. `after` so many events one is
    made at once, else every `every`, where there was any event, and at the first look of each day."""

    store: Store
    clock: Clock
    folder: CheckpointFolder
    keys: Path
    after: int
    every: timedelta
    _last: Checkpoint | None = None

    def look(self) -> Path | None:
        """Make one where it is due. One that cannot be written is logged, and tried again: notices and alerts do not wait for it. Raises
        `StoreDown`."""
        current = self._current()
        try:
            return self._write(current) if current.seq and self._is_due(current) else None
        except (OSError, KeyFault) as fault:
            operations().error("checkpoint-not-written", fault=type(fault).__name__)
            return None

    def make(self) -> Path | None:
        """Make one now; None where nothing was written down yet. Raises `StoreDown`, `KeyFault`, `OSError`."""
        current = self._current()
        return self._write(current) if current.seq else None

    def _is_due(self, current: Checkpoint) -> bool:
        if self._last is None:
            seq, made_at = self.folder.latest()
            return current.seq != seq or _is_another_day(made_at, current.made_at)
        if _is_another_day(self._last.made_at, current.made_at):
            return True
        grown = current.seq - self._last.seq
        return grown >= self.after or (grown > 0 and current.made_at >= self._last.made_at + self.every)

    def _current(self) -> Checkpoint:
        with self.store.read() as unit:
            seq, hash_ = unit.audit.head()
            register = unit.incarnation()
        return Checkpoint(register, self.folder.mode, seq, hash_, self.clock.now().replace(microsecond=0))

    def _write(self, current: Checkpoint) -> Path:
        written = self.folder.write(current, load_gateway_keys(self.keys).signing)
        self._last = current
        return written


def _is_another_day(last: datetime | None, now: datetime) -> bool:
    """Both UTC, as clocks here are."""
    return last is None or last.date() < now.date()
