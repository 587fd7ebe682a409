"""Carrying out a merge of two records of one agency, and taking it back, in the transaction of whoever says so.

* The involvements move to the survivor's record, and its link says whose they are. Nobody hears of it unless what they are connected with
  changes: the same pair keeps its connection, and what was shown of it.
* Where the survivor is alone, it takes the superseded record's place: as if that record had got other details. So a link that somebody was
  told of stands, and where it would not be made today a steward looks.
* Where the survivor has companions of its own, those count. What connected the others is retracted, and whether they are the same person too
  is a steward's case.
* The superseded record stays, linked to nobody and out of the index, with all it takes to put it back.
* What stewards said of the superseded record holds for the survivor while the merge stands. What is withheld from either stays with both.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gateway.alerts.alerting import Alerting
from gateway.family import relatives as family
from gateway.linkage import linking
from gateway.linkage.linking import KNOWN, Placed
from gateway.linkage.pair_score import score_pair
from gateway.merges.contradiction import companions_of, said_of, takes_its_place
from gateway.merges.merged_records import surviving
from gateway.model.assertion import Verdict
from gateway.model.person_record import Link, PersonRecord
from gateway.model.record_merge import MergeState, RegisteredMerge
from gateway.model.review_case import CaseReason
from gateway.ports import UnitOfWork
from gateway.review.cases import CaseKeeper
from gateway.withholding.judging import hand_over
from identity.person.pepper import IndexKeys, Pepper
from mappings.canonical.evidence import Evidence

Left = Callable[[tuple[Evidence, ...]], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Joined:
    """How many involvements moved, and how many alerts were queued for it."""

    moved: int = 0
    alerts: int = 0


@dataclass(frozen=True, slots=True)
class RecordJoining:
    """One transaction's view. `left` is what counts of a record's evidence today (`gateway.notices.registration`)."""

    uow: UnitOfWork
    pepper: Pepper
    alerting: Alerting
    cases: CaseKeeper
    left: Left

    def join(self, merge: RegisteredMerge) -> Joined:
        """Carry it out, and keep it as standing. The caller has seen that nothing speaks against it."""
        self.uow.merges.save(merge)
        gone = self.uow.records.find(merge.agency, merge.superseded)
        former = self.uow.records.active_link(gone.id) if gone else None
        if gone is None or former is None:
            return Joined()
        survivor = self._survivor(merge, gone)
        before = self.uow.records.active_link(survivor.id)
        told = linking.is_told(self.uow, former)
        companions = companions_of(self.uow, former)
        suspects = self._open_questions(gone.id, survivor.id)
        self._set_aside(gone, former)
        self._hand_on(gone.id, survivor.id)
        hand_over(self.uow, gone.id, survivor.id)
        moved = self._move(gone.id, survivor.id)
        self.cases.hand_on(gone.id, survivor.id)
        alerts = 0
        if before is None or takes_its_place(self.uow, survivor.id, before, companions):
            if before is not None:
                self.uow.records.close_link(before.id, self.alerting.now)
            self._open(former, survivor)
            # What was told rests on the new link from here on, so that it is known for told below.
            alerts += self.alerting.reconcile_person(former.person_id) if told else 0
        if before is None or companions_of(self.uow, before):
            link = self._link(survivor.id)
            suspects |= self._parted(survivor, link, companions)
            placed = Placed(survivor.id, link.person_id, None, "merged", suspects)
        else:
            placed = linking.reconsider(self.uow, self.pepper, survivor.id, self.alerting.now)
            placed = replace(placed, suspects={**suspects, **placed.suspects})
        after = self._link(survivor.id)
        self.uow.merges.save(
            replace(
                merge,
                superseded_link=former.id,
                survivor_before=before.id if before else None,
                survivor_after=after.id,
            )
        )
        people = {former.person_id, after.person_id} | ({before.person_id} if before else set())
        alerts += self._tell([gone, survivor], people | ({placed.moved_from} if placed.moved_from else set()))
        self._moved_cases(gone.id, survivor.id)
        self.cases.after(placed)
        return Joined(moved, alerts)

    def part(self, merge: RegisteredMerge) -> Joined:
        """Put everything back where it was, and keep the merge as undone."""
        self.uow.merges.save(
            replace(merge, state=MergeState.UNDONE, superseded_link=None, survivor_before=None, survivor_after=None)
        )
        gone = self.uow.records.find(merge.agency, merge.superseded)
        survivor = self.uow.records.find(merge.agency, surviving(self.uow, merge.agency, merge.surviving))
        if gone is None or survivor is None:
            return Joined()
        self._take_back(gone.id, survivor.id)
        hand_over(self.uow, survivor.id, gone.id)
        people = {self._link(survivor.id).person_id}
        moved = self._move(survivor.id, gone.id, only=merge)
        self.cases.hand_on(survivor.id, gone.id)
        returned = self._give_back(merge, survivor)
        evidence = self.left(gone.evidence)
        self.uow.records.replace_evidence(gone.id, evidence, self.pepper.index_keys_of(evidence))
        placed = [self._restore(merge, gone)]
        if not returned and not self.uow.involvements.of_record(survivor.id):
            # The merge had made it. Nobody's record must not stand beside the one it was made of.
            self.uow.records.replace_evidence(survivor.id, survivor.evidence, IndexKeys())
        elif not returned:
            placed.append(linking.reconsider(self.uow, self.pepper, survivor.id, self.alerting.now))
        now = self.uow.records.active_link(survivor.id)
        if now is not None and returned:
            # Whatever was asked of it only because of the merge is looked at again.
            placed.append(Placed(survivor.id, now.person_id, None, "parted"))
        people |= {each.person_id for each in placed} | ({now.person_id} if now else set())
        alerts = self._tell([gone, survivor], people)
        self._moved_cases(gone.id, survivor.id)
        for each in placed:
            self.cases.after(each)
        return Joined(moved, alerts)

    def wait(self, merge: RegisteredMerge, against: dict[int, CaseReason]) -> None:
        """Keep it without moving anything, and have a steward look."""
        self.uow.merges.save(replace(merge, state=MergeState.WAITS))
        survivor = self.uow.records.find(merge.agency, surviving(self.uow, merge.agency, merge.surviving))
        if survivor is not None:
            self.cases.after(Placed(survivor.id, self._link(survivor.id).person_id, None, "merged", against))

    def _survivor(self, merge: RegisteredMerge, gone: PersonRecord) -> PersonRecord:
        """Its record, made of the superseded one's details where the agency has not stated it yet: it is the same person, and whatever it
        states next counts."""
        ref = surviving(self.uow, merge.agency, merge.surviving)
        known, keys = self.uow.records.find(merge.agency, ref), self.pepper.index_keys_of(gone.evidence)
        if known is None:
            return self.uow.records.add(merge.agency, ref, gone.evidence, keys)
        if self.uow.records.active_link(known.id) is None:
            # It was made by an earlier merge that was undone, and the agency has not stated it since.
            self.uow.records.replace_evidence(known.id, gone.evidence, keys)
        return known

    def _parted(self, survivor: PersonRecord, link: Link, companions: set[int]) -> dict[int, CaseReason]:
        """Of those that the superseded record was linked with and the survivor is not, the one most alike."""
        population = self.uow.records.population()
        left = sorted(companions - companions_of(self.uow, link))
        known = [record for number in left if (record := self.uow.records.get(number))]
        best = max(known, key=lambda record: score_pair(survivor, record, population).score, default=None)
        return {best.id: CaseReason.POSSIBLE} if best else {}

    def _open_questions(self, gone: int, survivor: int) -> dict[int, CaseReason]:
        """What was asked of the superseded record is asked of the survivor."""
        asked = (case for case in self.uow.reviews.of_record(gone) if case.is_undecided)
        link = self.uow.records.active_link(survivor)
        known = companions_of(self.uow, link) if link else set()
        return {
            case.other(gone): CaseReason.POSSIBLE if case.reason is CaseReason.QUESTIONED else case.reason
            for case in asked
            if case.other(gone) not in known
        }

    def _set_aside(self, gone: PersonRecord, former: Link) -> None:
        self.uow.records.close_link(former.id, self.alerting.now)
        self.uow.records.replace_evidence(gone.id, gone.evidence, IndexKeys())
        self.uow.details.remove(gone.id)

    def _restore(self, merge: RegisteredMerge, gone: PersonRecord) -> Placed:
        """Link the record as it was linked, where that person is still free for it; else linkage decides."""
        former = next((link for link in self.uow.records.links(gone.id) if link.id == merge.superseded_link), None)
        if former is not None and self._is_free(gone, former.person_id):
            self._open(former, gone)
            return Placed(gone.id, former.person_id, None, KNOWN)
        return linking.reconsider(self.uow, self.pepper, gone.id, self.alerting.now)

    def _give_back(self, merge: RegisteredMerge, survivor: PersonRecord) -> bool:
        """Link the survivor as it was before. False where linkage must decide: it had none, or got another since."""
        link = self.uow.records.active_link(survivor.id)
        if link is None or merge.survivor_after != link.id:
            return link is not None
        if merge.survivor_before == link.id:
            return True
        self.uow.records.close_link(link.id, self.alerting.now)
        before = next((each for each in self.uow.records.links(survivor.id) if each.id == merge.survivor_before), None)
        if before is None or not self._is_free(survivor, before.person_id):
            return False
        self._open(before, survivor)
        return True

    def _is_free(self, record: PersonRecord, person_id: int) -> bool:
        members = self.uow.records.members(person_id)
        apart = {other for other, verdict in said_of(self.uow, record.id).items() if verdict is Verdict.DIFFERENT}
        return all(each.agency != record.agency and each.record_id not in apart for each in members)

    def _hand_on(self, gone: int, survivor: int) -> None:
        """What stewards said of the one holds for the other."""
        of_survivor = said_of(self.uow, survivor)
        for said in self.uow.assertions.of_record(gone):
            other = said.other(gone)
            if other != survivor and other not in of_survivor:
                first, second = sorted((other, survivor))
                made = replace(said, id=0, first=first, second=second, made_at=self.alerting.now)
                self.uow.assertions.make(made)

    def _take_back(self, gone: int, survivor: int) -> None:
        statements = {(said.other(gone), said.statement) for said in self.uow.assertions.of_record(gone)}
        for said in self.uow.assertions.of_record(survivor):
            if (said.other(survivor), said.statement) in statements:
                self.uow.assertions.withdraw(said.id, self.alerting.now)

    def _move(self, here: int, there: int, only: RegisteredMerge | None = None) -> int:
        """Move the involvements; with `only`, those that are there by this merge."""
        moved = 0
        for each in self.uow.involvements.of_record(here):
            if only is None or surviving(self.uow, each.agency, each.person_ref) == only.superseded:
                self.uow.involvements.save(replace(each, record_id=there))
                moved += 1
        return moved

    def _tell(self, records: list[PersonRecord], people: set[int]) -> int:
        """What no longer holds is taken back first; then whoever named one of these people as a relative is looked at, then all of them."""
        alerts = sum(self.alerting.reconcile_unlinked(record.id) for record in records)
        for record in records:
            rematched = family.revisit(self.uow, self.pepper, record, people, self.alerting.now)
            people |= rematched.people
            alerts += sum(self.alerting.reconcile_rematched(each) for each in sorted(rematched.involvements))
        return alerts + sum(self.alerting.reconcile_person(person) for person in sorted(people))

    def _moved_cases(self, *records: int) -> None:
        for record in records:
            self.cases.involvement_moved(record)

    def _open(self, like: Link, record: PersonRecord) -> None:
        now = self.alerting.now
        opened = self.uow.records.open_link(replace(like, id=0, record_id=record.id, valid_from=now, valid_to=None))
        # The merges into this record that its link stood for find it again under its new number.
        for merge in self.uow.merges.into(record.agency, record.person_ref):
            if like.record_id == record.id and merge.survivor_after == like.id:
                self.uow.merges.save(replace(merge, survivor_after=opened.id))

    def _link(self, record_id: int) -> Link:
        link = self.uow.records.active_link(record_id)
        if link is None:
            raise LookupError("a surviving record has no link")
        return link
