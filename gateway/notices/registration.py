"""What an admitted notice changes: the register's involvement, whose record it is, which relatives it names, who must be told, and
which cases wait for a steward.

The order matters: the person is placed before the relatives are, and relations that others stated are looked at again before anybody's
pairs are, so that what is told is what stands at the end.
"""

from dataclasses import dataclass, replace

from gateway.alarms.tallies import Ending, ending_of
from gateway.alerts.alerting import Alerting
from gateway.family import relatives as family
from gateway.housekeeping.kept_details import keep_details
from gateway.keys.epoch_retirement import without
from gateway.linkage import linking
from gateway.linkage.linking import KNOWN, Placed
from gateway.merges.merged_records import home_of, place_superseded, surviving, waits
from gateway.merges.merging import Merging
from gateway.merges.record_joining import RecordJoining
from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.person_record import PersonRecord
from gateway.notices.capabilities import believed
from gateway.notices.involvement import applied, closed, is_hollow, is_late
from gateway.ports import UnitOfWork
from gateway.review.cases import CaseKeeper
from gateway.withholding.judging import hand_over
from identity.person.pepper import Pepper
from identity.person.protected_place import ProtectedPlaces
from mappings.canonical.evidence import Evidence
from mappings.canonical.notice import Notice, RelatedPerson


@dataclass(frozen=True, slots=True)
class Registered:
    """How linkage came out, how many alerts were queued, and what it ended (`gateway.alarms.tallies`)."""

    placed: Placed
    alerts: int
    ending: Ending


@dataclass(frozen=True, slots=True)
class Registration:
    """One transaction's worth. `places` link nobody; `cases` are brought up to date, and hold what the audit is told of them. Evidence under
    `retired` linkage epochs is left out."""

    uow: UnitOfWork
    pepper: Pepper
    alerting: Alerting
    places: ProtectedPlaces
    cases: CaseKeeper
    retired: frozenset[str] = frozenset()

    def register(self, notice: Notice, sender: Connector, under: Agreement | None) -> Registered | None:
        """Apply it; `under` is the agreement that it was sent under. None where something later about this involvement was applied already:
        then nothing changes."""
        known = self.uow.involvements.find(notice.agency, notice.involvement_ref)
        if is_late(known, notice):
            return None
        ending = ending_of(self.uow, known, notice, self.alerting.now)
        told = self._believed(notice, sender)
        keyed = any(each.epoch not in self.retired for each in told.evidence)
        own = True
        if known is not None and is_hollow(notice):
            placed = linking.stay(self.uow, known)
            involvement = self.uow.involvements.save(closed(known, notice, self.alerting.now.date()))
        else:
            placed, own = self._place(known, told, keyed)
            now = self.alerting.now
            stated = applied(known, notice, sender.id, placed.record_id, now.date())
            involvement = self.uow.involvements.save(replace(stated, person_ref=home_of(self.uow, known, notice)))
        if known is not None and known.record_id != involvement.record_id:
            # Its agency calls the client by another reference now: that must not be a way out of a shield, nor of a doubt.
            hand_over(self.uow, known.record_id, involvement.record_id)
            self.cases.hand_on(known.record_id, involvement.record_id)
        people = self._people_before(known, involvement, placed)
        alerts = self.alerting.reconcile_unlinked(placed.record_id) if people else 0
        people |= {placed.person_id} | self._relatives(involvement, told, keyed)
        record = PersonRecord(placed.record_id, told.agency, told.person_ref, told.evidence if keyed else ())
        alerts += self._follow(record, placed, people) + self._draw(placed)
        if known is not None and known.standing is not involvement.standing:
            self.cases.involvement_moved(placed.record_id)
        if (known is not None or notice.sealed_details) and (own or involvement.standing is not Standing.LIVE):
            told = notice if own else replace(notice, sealed_details="")
            keep_details(self.uow, told, involvement, under, self.alerting.now)
        return Registered(placed, alerts, ending)

    def merging(self) -> Merging:
        """For merges of an agency's own records, in the same transaction."""
        return Merging(RecordJoining(self.uow, self.pepper, self.alerting, self.cases, self._left))

    def protect(self, person_id: int) -> int:
        """Take protected places out of what is held about a person already. Returns how many alerts were queued."""
        if not self.places.by_epoch:
            return 0
        involvements = self.uow.involvements.of_person(person_id)
        alerts = 0
        for number in sorted({side.record_id for side in involvements}):
            record = self.uow.records.get(number)
            evidence = self._protected(record.evidence) if record else ()
            if record is not None and evidence != record.evidence:
                placed = linking.restate(self.uow, self.pepper, record, evidence, self.alerting.now)
                people = set() if placed.moved_from is None else {placed.moved_from}
                alerts += self.alerting.reconcile_unlinked(record.id) if people else 0
                alerts += self._follow(replace(record, evidence=evidence), placed, people | {placed.person_id})
        for side in involvements:
            stated = [
                RelatedPerson(each.kind, self._protected(each.evidence), each.standing)
                for each in self.uow.relations.of_involvement(side.id)
            ]
            people = family.state(self.uow, self.pepper, side, tuple(stated), self.alerting.now)
            alerts += self.alerting.reconcile_rematched(side.id) if people else 0
            alerts += sum(self.alerting.reconcile_person(person) for person in sorted(people))
        return alerts

    def _place(self, known: RegisteredInvolvement | None, told: Notice, keyed: bool) -> tuple[Placed, bool]:
        """Where the involvement belongs, and whether that is the record of the reference that the notice names."""
        if known is not None and waits(self.uow, known, told):
            return linking.stay(self.uow, known), False
        survivor = surviving(self.uow, told.agency, told.person_ref)
        now = self.alerting.now
        if survivor != told.person_ref:
            evidence = told.evidence if keyed else ()
            return place_superseded(self.uow, self.pepper, told, evidence, survivor, now), False
        place = linking.place if keyed else linking.place_unkeyed
        return place(self.uow, self.pepper, told, now), True

    def _believed(self, notice: Notice, sender: Connector) -> Notice:
        """The notice with as much of its evidence as this connector is believed, none of a protected place, and none under a retired epoch
        (but for a notice that has no other, which `register` treats as one that says nothing of whose it is)."""

        def left(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
            return self._left(believed(evidence, sender.capabilities))

        relations = tuple(replace(each, evidence=some) for each in notice.relations if (some := left(each.evidence)))
        return replace(notice, evidence=left(notice.evidence) or notice.evidence, relations=relations)

    def _left(self, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """What of it counts today."""
        return self._protected(without(self.retired)(evidence))

    def _relatives(self, involvement: RegisteredInvolvement, told: Notice, keyed: bool) -> set[int]:
        """Keep the relatives that it names. Where nothing can be said of whose it is, what was stated of them before stays, as long as it is
        live. Returns the people whose family changed."""
        if not keyed and involvement.standing is Standing.LIVE:
            return set()
        return family.state(self.uow, self.pepper, involvement, told.relations, self.alerting.now)

    def _protected(self, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(map(self.places.without, evidence))

    def _follow(self, record: PersonRecord, placed: Placed, people: set[int]) -> int:
        """Tell whoever is concerned by where this record now stands, and a steward of what is not clear. Returns how many alerts were queued."""
        alerts = self._revisit_relatives(record, placed, people)
        alerts += sum(self.alerting.reconcile_person(person) for person in sorted(people))
        self.cases.after(placed)
        return alerts

    def _draw(self, placed: Placed) -> int:
        """Decide anew about other people's records that this one certainly is of as well. Returns how many alerts were queued."""
        alerts = 0
        for moved in linking.drawn(self.uow, self.pepper, placed, self.alerting.now):
            record = self.uow.records.get(moved.record_id)
            people = {moved.person_id} if moved.moved_from is None else {moved.moved_from, moved.person_id}
            alerts += self.alerting.reconcile_unlinked(moved.record_id) if moved.moved_from is not None else 0
            alerts += self._follow(record, moved, people) if record is not None else 0
        return alerts

    def _people_before(
        self, known: RegisteredInvolvement | None, involvement: RegisteredInvolvement, placed: Placed
    ) -> set[int]:
        """Whoever this was about until now, where that is somebody else than it is about from now on."""
        people = set() if placed.moved_from is None else {placed.moved_from}
        if known is not None and known.record_id != involvement.record_id:
            former = self.uow.records.active_link(known.record_id)
            people |= {former.person_id} if former else set()
        return people - {placed.person_id}

    def _revisit_relatives(self, record: PersonRecord, placed: Placed, people: set[int]) -> int:
        """Add whoever's family changes because this record came or changed. Returns how many retractions that queued."""
        if placed.outcome == KNOWN:
            return 0
        rematched = family.revisit(self.uow, self.pepper, record, people, self.alerting.now)
        people |= rematched.people
        return sum(self.alerting.reconcile_rematched(each) for each in sorted(rematched.involvements))
