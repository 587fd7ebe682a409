"""Joining and parting people of the register by a steward's word, and everything that follows from it, in one transaction.

* Joining moves one person's records to the other: the side on which nobody was told anything, else the smaller one. An agency's two records,
  or a standing DIFFERENT between any two of them, forbid it.
* Parting closes a record's link and gives it a person of its own; then linkage decides anew for it and for those it leaves behind. Links that
  somebody was told of stand; where they would not be made today a case is opened.
* Who was told of what is no longer so hears "disregard"; connections that follow and are permitted are made; cases are brought up to date.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.alerts.alerting import Alerting
from gateway.family import relatives as family
from gateway.linkage.linking import Placed, is_told, reconsider
from gateway.linkage.matching import Matching
from gateway.model.assertion import Assertion, Verdict
from gateway.model.person_record import Link, PersonRecord
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.review.cases import CaseKeeper
from gateway.trust.operators import VerifiedChange
from mappings.canonical.codes import Certainty

REVIEWED, PARTED = "reviewed", "parted"


@dataclass(frozen=True, slots=True)
class Relinking:
    """One signed change's work. `alerts` counts what was queued because of it; `cases.entries` are the audit events of cases."""

    uow: UnitOfWork
    matching: Matching
    change: VerifiedChange
    cases: CaseKeeper
    alerting: Alerting
    alerts: list[int] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The instant of the change."""
        return self.change.at

    def say(self, record_id: int, others: Sequence[int], verdict: Verdict) -> None:
        """Keep the steward's word on the record and each of the others."""
        for other in others:
            first, second = sorted((record_id, other))
            said = Assertion(0, first, second, verdict, self.change.actor.id, self.change.statement, self.now)
            self.uow.assertions.make(said)

    def join(self, first: int, second: int) -> int:
        """Make the persons of both records one. Returns how many records moved. Raises `Refused`."""
        here, there = link_of(self.uow, first), link_of(self.uow, second)
        if here.person_id == there.person_id:
            return 0
        check_joinable(self.uow, here, there)
        leaving, staying = _sides(self.uow, here, there)
        moving = people_of(self.uow, leaving.person_id)
        for record in moving:
            self._move(record.id, staying.person_id, named=record.id == leaving.record_id)
        self.cases.joined(each.id for each in people_of(self.uow, staying.person_id))
        self._tell([], [each.id for each in moving], {leaving.person_id, staying.person_id})
        return len(moving)

    def part(self, record_id: int, others: Sequence[int]) -> bool:
        """Take the record out of its person; it is not of one person with `others`. Returns whether somebody had been told."""
        link = link_of(self.uow, record_id)
        told = is_told(self.uow, link)
        self.say(record_id, others, Verdict.DIFFERENT)
        self.uow.records.close_link(link.id, self.now)
        self._open(replace(link, person_id=self.uow.records.new_person(), method=PARTED, score=0.0, certainty=None))
        self.decide_anew([record_id, *(each.id for each in people_of(self.uow, link.person_id))], {link.person_id})
        return told

    def tell(self, person_id: int) -> None:
        """Tell whoever must be told about this person as things stand."""
        self.alerts.append(self.alerting.reconcile_person(person_id))

    def decide_anew(self, record_ids: Sequence[int], people: set[int] | None = None) -> None:
        """Let linkage look at these records again, and tell whoever must be told. `people` are to be looked at in any case."""
        placed: list[Placed] = []
        for record_id in record_ids:
            placed.append(reconsider(self.uow, self.matching.peppers(self.uow), record_id, self.now))
            self.cases.after(placed[-1])
        moved = {each.moved_from for each in placed if each.moved_from is not None}
        self._tell(record_ids, record_ids, (people or set()) | moved | {each.person_id for each in placed})

    def _tell(self, parted: Sequence[int], changed: Sequence[int], people: set[int]) -> None:
        """What no longer holds is taken back first; then whoever named one of these people as a relative is looked at, then all of them."""
        self.alerts.extend(self.alerting.reconcile_unlinked(each) for each in parted)
        concerned = set(people)
        for record_id in sorted(changed):
            record = self.uow.records.get(record_id)
            if record is not None:
                rematched = family.revisit(self.uow, self.matching.peppers(self.uow), record, people, self.now)
                concerned |= rematched.people
                self.alerts.extend(self.alerting.reconcile_rematched(each) for each in sorted(rematched.involvements))
        self.alerts.extend(self.alerting.reconcile_person(each) for each in sorted(concerned))

    def _move(self, record_id: int, person_id: int, named: bool) -> None:
        """`named`: the record the steward spoke of. Its companions stay as sure as they were; a founder, who had nobody to be compared
        with, is as sure as the steward's word."""
        link = link_of(self.uow, record_id)
        self.uow.records.close_link(link.id, self.now)
        certainty = Certainty.REVIEWED if named or link.certainty is None else link.certainty
        self._open(replace(link, person_id=person_id, method=REVIEWED, certainty=certainty))

    def _open(self, link: Link) -> None:
        explanation = link.explanation if link.method == REVIEWED else json.dumps([])
        self.uow.records.open_link(
            replace(link, id=0, decided_by=self.change.actor.id, valid_from=self.now, explanation=explanation)
        )


def relinking(uow: UnitOfWork, change: VerifiedChange) -> Relinking:
    """For one verified change. Raises `Refused` where the office cannot change links."""
    matching = change.matching()
    cases = CaseKeeper(uow, change.at, matching.review_days)
    return Relinking(uow, matching, change, cases, Alerting(uow, matching.pairing, uow.agreements.current(), change.at))


def link_of(uow: UnitOfWork, record_id: int) -> Link:
    """The record's link as it is. Raises `Refused` where there is no such record."""
    link = uow.records.active_link(record_id)
    if link is None:
        raise Refused(f"there is no linked record {record_id}; patchwork review show lists the records of a case")
    return link


def people_of(uow: UnitOfWork, person_id: int) -> list[PersonRecord]:
    """Every record linked to the person, by number."""
    numbers = sorted({each.record_id for each in uow.records.members(person_id)})
    return [record for number in numbers if (record := uow.records.get(number))]


def both_told(uow: UnitOfWork, first: int, second: int) -> bool:
    """Whether joining would have to move a link that somebody was told of."""
    here, there = link_of(uow, first), link_of(uow, second)
    apart = here.person_id != there.person_id
    return apart and _is_told_person(uow, here.person_id) and _is_told_person(uow, there.person_id)


def check_joinable(uow: UnitOfWork, here: Link, there: Link, overruled: int | None = None) -> None:
    """Raises `Refused` where the two persons cannot be one. `overruled`: a record of which a standing DIFFERENT is about to be taken back."""
    mine, theirs = people_of(uow, here.person_id), people_of(uow, there.person_id)
    for record in mine:
        for other in theirs:
            if record.agency == other.agency:
                raise Refused(
                    f"{record.agency} holds records {record.id} and {other.id} of the two, so one of them is not of this person; "
                    "part that one first with: patchwork link unlink"
                )
        numbers = {other.id for other in theirs}
        for said in uow.assertions.of_record(record.id):
            stands = said.verdict is Verdict.DIFFERENT and record.id != overruled
            if stands and said.other(record.id) in numbers:
                raise Refused(
                    f"records {said.first} and {said.second} were said to be different people by {said.made_by}; if that was wrong, "
                    "two stewards take it back with: patchwork link relink"
                )


def _sides(uow: UnitOfWork, here: Link, there: Link) -> tuple[Link, Link]:
    """Who leaves, who stays."""

    def weight(link: Link) -> tuple[bool, int, int]:
        return _is_told_person(uow, link.person_id), len(people_of(uow, link.person_id)), -link.person_id

    return (here, there) if weight(here) < weight(there) else (there, here)


def _is_told_person(uow: UnitOfWork, person_id: int) -> bool:
    return any(is_told(uow, link_of(uow, record.id)) for record in people_of(uow, person_id))
