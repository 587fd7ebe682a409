"""Housekeeping: what is too old goes. A function of the register and the day, so that doing it again changes nothing.

* Stage by stage, in batches: involvements that nobody confirmed expire; what has lingered is erased, and so are records that no
  involvement uses; dead letters, answers and sealed parcels that are too old are let go of; so is what the audit says of those who were erased,
  and the record of who was told, which has a clock of its own. Disclosures that wait for a DPO's key are sealed. Champions of agencies that
  have left are let go of.
* What a shield or a restriction stands on is kept until that ends: erased, the person could not be known again.
* One batch is one transaction under the register lock, with the place reached in it: killed at any moment, the next run goes on where it was.
* One run at a time on a register. Who runs holds a lease that every batch renews; a run that died gives it back when it ends.
* At the end the database is made to let go of the old bytes too (`Store.scrub`).
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.audit.erasure import erase as erase_from_audit
from gateway.audit.recording import entry
from gateway.disclosure_record.recording import DisclosureKeeping
from gateway.housekeeping.erasure import erase, erase_record, expire
from gateway.housekeeping.retention import Retention
from gateway.merges.merged_records import is_set_aside
from gateway.model.housekeeping import Counts, HousekeepingRun
from gateway.model.involvement import Standing
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import Refused
from gateway.review.cases import CaseKeeper
from gateway.rollout.forgetting import forget_champions
from gateway.withholding.judging import standing_on
from identity.custody.disclosure_document import seal_document

ACTOR = "housekeeping"
LEASE = timedelta(minutes=5)
PAGE = 25
"""Involvements whose people are looked at in one transaction, as in `gateway.alerts.sweep`."""
BATCH = 100
AUDITED = 1_000
"""Events looked at in one transaction."""

COUNTED = (
    "expired", "alerts", "erased", "records_erased", "dead_letters", "answers", "introductions", "parcels",
    "audit_erased", "disclosures", "champions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """`retention` says how long things are kept; `keeping` to whom disclosures are sealed."""

    store: Store
    clock: Clock
    pairing: Pairing
    retention: Retention
    keeping: DisclosureKeeping = field(default_factory=DisclosureKeeping)

    def run(self, tell: Callable[[float], None] = lambda _: None) -> Counts:
        """All of it; `tell` hears which share of it is done (0 to 1). Returns what it did, by `COUNTED`: also what an interrupted run that
        it went on with had done. Raises as `steps`."""
        counts: Counts = {}
        with self.store.read() as uow:
            last = uow.housekeeping.last_involvement()
        for run in self.steps():
            counts = run.counts
            tell(share_of(run, last))
        return {name: counts.get(name, 0) for name in COUNTED}

    def steps(self) -> Iterator[HousekeepingRun]:
        """The same a batch at a time. Raises `Refused` where another run holds the lease, and `StoreDown`; what was done stays done."""
        run = self._begin()
        while run.stage:
            run = self._step(run.holder)
            yield run
        self.store.scrub()

    def _begin(self) -> HousekeepingRun:
        now = self.clock.now()
        with self.store.write() as uow:
            known = uow.housekeeping.run()
            if known.is_held(now):
                raise Refused(
                    f"housekeeping has been going on since {_time(known.begun_at)}; let it end. Were it killed, another may go on from "
                    f"{_time(known.leased_until)}"
                )
            begun = (
                known if known.stage else HousekeepingRun(stage=_ORDER[0], begun_at=now, finished_at=known.finished_at)
            )
            run = replace(begun, holder=str(uuid.uuid4()), leased_until=now + LEASE)
            uow.housekeeping.keep(run)
        return run

    def _step(self, holder: str) -> HousekeepingRun:
        now = self.clock.now()
        with self.store.write() as uow:
            run = uow.housekeeping.run()
            if run.holder != holder:
                raise Refused(
                    "another run of housekeeping took over, because this one stood still for too long; let it end"
                )
            counts = dict(run.counts)
            after = _STAGES[run.stage](self, uow, run.after, counts)
            if after is None:
                run = _next(run)
            run = replace(run, after=after or 0, counts=counts, leased_until=now + LEASE)
            if not run.stage:
                run = replace(run, holder="", leased_until=None, finished_at=now)
                event = entry("housekeeping-finished", ACTOR, **{name: counts.get(name, 0) for name in COUNTED})
                uow.audit.append(now, event.code, event.actor, event.fields)
            uow.housekeeping.keep(run)
        return run

    def _unreadable(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        """What was erased before, and came back with a backup of the register: nobody can read it, and it is erased anew."""
        now = self.clock.now()
        last, lost = uow.housekeeping.unreadable(after, PAGE)
        alerting = Alerting(uow, self.pairing, uow.agreements.current(), now)
        cases = CaseKeeper(uow, now)
        for number in lost:
            involvement = uow.involvements.get(number)
            if involvement.standing is Standing.LIVE:
                _count(counts, alerts=expire(uow, alerting, cases, involvement))
                involvement = uow.involvements.get(number)
            whole = erase(uow, self.pairing, involvement, now.date())
            _count(counts, erased=1, records_erased=int(whole))
            agency = involvement.agency.value
            event = entry("involvement-erased", ACTOR, involvement=number, agency=agency, whole=whole)
            uow.audit.append(now, event.code, event.actor, event.fields)
        for each in cases.entries:
            uow.audit.append(now, each.code, each.actor, each.fields)
        return last

    def _expire(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        now = self.clock.now()
        found = uow.housekeeping.unconfirmed(self.retention.unconfirmed_since(now.date()), after, PAGE)
        alerting = Alerting(uow, self.pairing, uow.agreements.current(), now)
        cases = CaseKeeper(uow, now)
        for number in found:
            involvement = uow.involvements.get(number)
            alerts = expire(uow, alerting, cases, involvement)
            _count(counts, expired=1, alerts=alerts)
            agency = involvement.agency.value
            event = entry("involvement-expired", ACTOR, involvement=number, agency=agency, alerts=alerts)
            uow.audit.append(now, event.code, event.actor, event.fields)
        for each in cases.entries:
            uow.audit.append(now, each.code, each.actor, each.fields)
        return found[-1] if found else None

    def _erase(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        now = self.clock.now()
        found = uow.housekeeping.over(after, BATCH)
        for number in found:
            involvement = uow.involvements.get(number)
            if not self.retention.has_lingered(involvement, now.date()):
                continue
            if standing_on(uow, [involvement.record_id], now):
                continue
            whole = erase(uow, self.pairing, involvement, now.date())
            _count(counts, erased=1, records_erased=int(whole))
            agency = involvement.agency.value
            event = entry("involvement-erased", ACTOR, involvement=number, agency=agency, whole=whole)
            uow.audit.append(now, event.code, event.actor, event.fields)
        return found[-1] if found else None

    def _erase_unused(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        now = self.clock.now()
        found = uow.housekeeping.unused_records(after, BATCH)
        for number in found:
            if is_set_aside(uow, number) or standing_on(uow, [number], now):
                continue
            erase_record(uow, self.pairing, number)
            _count(counts, records_erased=1)
            event = entry("record-erased", ACTOR, record=number)
            uow.audit.append(now, event.code, event.actor, event.fields)
        return found[-1] if found else None

    def _letters(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        now = self.clock.now()
        before = now - timedelta(days=self.retention.dead_letter_days)
        done = uow.housekeeping.discard_letters(before, now, ACTOR, BATCH)
        _count(counts, dead_letters=done)
        return after if done else None

    def _answers(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        before = self.clock.now() - timedelta(days=self.retention.answer_days)
        done = uow.housekeeping.forget_answers(before, BATCH)
        said = uow.answers.forget(before, BATCH)
        _count(counts, answers=done + said)
        return after if done or said else None

    def _introductions(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        done = uow.introductions.forget(self.clock.now() - timedelta(days=self.retention.introduction_days), BATCH)
        _count(counts, introductions=done)
        return after if done else None

    def _champions(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        """There are at most so many agencies as may be planned: one batch."""
        _count(counts, champions=forget_champions(uow, ACTOR, self.clock.now()))
        return None

    def _parcels(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        now = self.clock.now()
        done = uow.housekeeping.drop_parcels(now, BATCH)
        _count(counts, parcels=done)
        return after if done or uow.housekeeping.wrap_parcels(now, BATCH) else None

    def _parcel_keys(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        return uow.housekeeping.erase_parcel_keys(after, self.clock.now(), BATCH)

    def _audit(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        now = self.clock.now()
        last, over = uow.housekeeping.audited_of_erased(
            after, now - timedelta(days=self.retention.answer_days), AUDITED
        )
        _count(counts, audit_erased=erase_from_audit(uow, over, ACTOR, now))
        return last

    def _seal_disclosures(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        if not self.keeping.dpos:
            return None
        return uow.disclosure_records.seal_waiting(after, BATCH, lambda plain: seal_document(plain, self.keeping.dpos))

    def _disclosures(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        done = uow.disclosure_records.drop(self.clock.now().date(), BATCH)
        _count(counts, disclosures=done)
        return after if done else None

    def _requests(self, uow: UnitOfWork, after: int, counts: Counts) -> int | None:
        """As long as who was told is on record, so is who asked, and was answered."""
        now = self.clock.now()
        gone = uow.access_requests.drop(now - self.keeping.clock.span, BATCH)
        _count(counts, audit_erased=erase_from_audit(uow, [f"request:{each}" for each in gone], ACTOR, now))
        return after if gone else None


_Stage = Callable[[Housekeeping, UnitOfWork, int, Counts], int | None]
# Each returns the number of the last row it looked at, None where there is nothing left.
_STAGES: dict[str, _Stage] = {
    "unconfirmed": Housekeeping._expire,
    "over": Housekeeping._erase,
    "unused-records": Housekeeping._erase_unused,
    "dead-letters": Housekeeping._letters,
    "answers": Housekeeping._answers,
    "introductions": Housekeeping._introductions,
    "champions": Housekeeping._champions,
    "parcels": Housekeeping._parcels,
    "parcel-keys": Housekeeping._parcel_keys,
    "audit": Housekeeping._audit,
    "disclosures-to-seal": Housekeeping._seal_disclosures,
    "disclosures": Housekeeping._disclosures,
    "access-requests": Housekeeping._requests,
    "unreadable": Housekeeping._unreadable,
}
_ORDER = tuple(_STAGES)


def share_of(run: HousekeepingRun, last: int) -> float:
    """How much of all stages is behind it, where `last` is the highest number of an involvement."""
    if not run.stage:
        return 1.0
    within = min(run.after / last, 1.0) if last else 0.0
    return (_ORDER.index(run.stage) + within) / len(_ORDER)


def _next(run: HousekeepingRun) -> HousekeepingRun:
    at = _ORDER.index(run.stage) + 1
    return replace(run, stage=_ORDER[at] if at < len(_ORDER) else "")


def _count(counts: Counts, **more: int) -> None:
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number


def _time(at: datetime | None) -> str:
    return "an unknown time" if at is None else at.isoformat(timespec="seconds")
