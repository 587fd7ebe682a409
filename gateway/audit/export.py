"""The audit as a file for other systems: FHIR AuditEvents or JSON Lines, one event a line, in bounded memory.

* What can be erased here is left out unless it is asked for: a file that somebody has cannot be erased. Its commitments are in the JSON Lines,
  so that an event which is shown elsewhere can be compared with them.
* The file is made for its owner alone, whole or not at all, and never in the place of another.
* An export is itself an event, which says how much of what left, and not where to.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from gateway.audit.commitments import split
from gateway.audit.event_ids import AUDIT_IDS
from gateway.audit.recording import entry
from gateway.model.audit_event import AuditEvent, AuditFields
from gateway.ports import Clock, Store
from gateway.refused import Refused
from gateway.trust.actor import LOCAL_READER
from mappings.canonical.audit_record import AuditActivity, AuditRecord
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import GatewayId
from mappings.fhir import audit_event

PAGE = 2_000
UNLISTED = 1
"""The number of an event that this program does not know: one of a newer program, or of none."""

_ACTIVITIES = {
    "alert-sent": AuditActivity.DISCLOSE,
    "review-case-exported": AuditActivity.DISCLOSE,
    "review-details-opened": AuditActivity.ACCESS,
    "notice-accepted": AuditActivity.RECEIVE,
    "message-refused": AuditActivity.RECEIVE,
    "record-relinked": AuditActivity.LINK,
    "review-confirmed": AuditActivity.LINK,
    "record-unlinked": AuditActivity.UNLINK,
    "audit-erased": AuditActivity.DESTROY,
    "alarm-raised": AuditActivity.ALERT,
    "receipt-not-believed": AuditActivity.ALERT,
    "enrolment-refused": AuditActivity.ALERT,
}
_FAILED = frozenset({"message-refused", "receipt-not-believed", "enrolment-refused"})


class Format(StrEnum):
    """How an event is written."""

    FHIR = "fhir"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) to `until` (not included), both aware; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the moment is in it."""
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Exported:
    """How many events, and the numbers of the first and the last; 0 where there was none."""

    events: int = 0
    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class Export:
    """Of one side's audit. `references`: with what can be erased."""

    store: Store
    clock: Clock
    gateway: GatewayId
    mode: Mode
    format: Format
    references: bool = False

    def to_file(self, path: Path, period: Period) -> Exported:
        """Write the file, and that it was written. Raises `Refused` where it exists or cannot be made, `StoreDown`."""
        part = path.with_name(f".{path.name}.part")
        try:
            if path.exists():
                raise FileExistsError
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
                done = self._write(file, period)
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename this refuses to take another file's place.
            os.link(part, path)
        except FileExistsError:
            raise Refused(f"{path} exists already; name another file, or move this one away first") from None
        except OSError as problem:
            raise Refused(f"{path} cannot be written: {problem.strerror}") from None
        finally:
            part.unlink(missing_ok=True)
        self._note(done)
        return done

    def _write(self, file: BinaryIO, period: Period) -> Exported:
        done = Exported()
        with self.store.read() as unit:
            register, (head, _) = unit.incarnation(), unit.audit.head()
        for event in self._events(head):
            if period.holds(event.at):
                file.write(self._line(event, register) + b"\n")
                done = Exported(done.events + 1, done.first or event.seq, event.seq)
        return done

    def _events(self, head: int) -> Iterator[AuditEvent]:
        last = 0
        while last < head:
            with self.store.read() as unit:
                page = unit.audit.events(last, PAGE)
            yield from (event for event in page if event.seq <= head)
            last = page[-1].seq if page else head

    def _line(self, event: AuditEvent, register: str) -> bytes:
        if self.format is Format.FHIR:
            return audit_event.write(self._record(event, register))
        line = {
            "register": register,
            "side": self.mode.value,
            "seq": event.seq,
            "id": AUDIT_IDS.get(event.code, UNLISTED),
            "code": event.code,
            "stream": "audit",
            "at": event.at.isoformat(timespec="microseconds"),
            "actor": event.actor,
            "fields": self._shown(event),
            "commitments": dict(event.commitments or {}),
            "erased": event.erased,
            "form": 1 if event.commitments is None else 2,
            "previous": event.previous,
            "hash": event.hash,
        }
        return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()

    def _record(self, event: AuditEvent, register: str) -> AuditRecord:
        details = tuple((name, _text(value)) for name, value in sorted(self._shown(event).items()))
        return AuditRecord(
            gateway=self.gateway,
            register=register,
            side=self.mode.value,
            seq=event.seq,
            at=event.at,
            number=AUDIT_IDS.get(event.code, UNLISTED),
            code=event.code,
            actor=event.actor,
            activity=_ACTIVITIES.get(event.code, AuditActivity.OTHER),
            failed=event.code in _FAILED,
            details=details,
            hash=event.hash,
        )

    def _shown(self, event: AuditEvent) -> AuditFields:
        """What of the event may leave. An event of the first form is divided as it would be today."""
        return event.fields if self.references else split(event.code, event.staying)[0]

    def _note(self, done: Exported) -> None:
        said = entry(
            "audit-exported",
            LOCAL_READER.id,
            form=self.format.value,
            first=done.first,
            last=done.last,
            events=done.events,
            references=self.references,
        )
        with self.store.write() as unit:
            unit.audit.append(self.clock.now(), said.code, said.actor, said.fields)


def _text(value: str | int | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)
