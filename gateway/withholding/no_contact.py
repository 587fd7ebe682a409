"""People who must not meet: where an agency says of its client and a relative that they are under no contact, nobody who helps the one is told
of anybody who helps the other through the family, in either direction, whoever states the relation.

* It is said by a relation in a notice (`RelationStanding.NO_CONTACT`). From then on it stands between the two people by their records, so that
  it outlives the notice, the involvement and their erasure: an order of a court does not end because a worker's involvement does.
* Where it is not clear who the relative is, it stands with everybody who may be: for what is kept apart a possible match is enough.
* It ends where the same agency calls the two relatives without more, or where two people lift it.
* What was told of them ends at once, in the message of any ending.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.model.no_contact import NoContact
from gateway.model.relation import StatedRelation
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_observe, check_may_withhold
from gateway.trust.signed_side import check_side
from gateway.withholding.deciding import MAX_NUMBER, alerting_of
from identity.person.linkage import Decision
from mappings.canonical.codes import Mode, RelationStanding

LIFT = "no-contact.lift"
_MEMBERS = frozenset({"no_contact", "side"})


@dataclass(frozen=True, slots=True)
class Lifted:
    """How many pairs of records ended with it, and how many alerts follow."""

    pairs: int
    alerts: int


def follow(
    uow: UnitOfWork, relation: StatedRelation, decision: Decision, person_id: int | None, now: datetime
) -> set[int]:
    """Bring what must not meet to what a relation now states of whoever its evidence was found to be: `person_id`, or possibly the records
    that the decision names. Returns the people for whom something changed."""
    if relation.standing is RelationStanding.DISPUTED:
        return set()
    stating = uow.involvements.get(relation.involvement_id)
    if relation.standing is RelationStanding.CURRENT:
        known = _records(uow, person_id)
        changed = known and uow.no_contacts.take_back(stating.agency, stating.record_id, known, now)
    else:
        known = _records(uow, person_id) or {record_id for record_id, _ in decision.possibles}
        changed = uow.no_contacts.note(stating.agency, stating.record_id, known, now)
    links = [uow.records.active_link(each) for each in (stating.record_id, *known)] if changed else []
    return {link.person_id for link in links if link is not None}


def _records(uow: UnitOfWork, person_id: int | None) -> set[int]:
    return set() if person_id is None else {each.record_id for each in uow.records.members(person_id)}


def list_no_contacts(office: Office, actor: Actor, whole: bool = False) -> list[NoContact]:
    """Those that have not ended; with `whole` all. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.no_contacts.all(whole)


def lift_content(id: int, mode: Mode) -> dict[str, Any]:
    """What two people sign to let them meet again."""
    return {"no_contact": id, "side": mode.value}


def _meant(unit: UnitOfWork, content: Mapping[str, Any]) -> NoContact:
    read = Content("no contact", content, _MEMBERS)
    check_side(unit, read)
    id = read.whole("no_contact", 1, MAX_NUMBER)
    known = unit.no_contacts.get(id)
    if known is None or known.ended_at is not None:
        raise Refused(f"no pair of records {id} is under no contact; patchwork no-contact list shows those that are")
    return known


def _needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    _meant(unit, content)
    return True


def _lift(unit: UnitOfWork, change: VerifiedChange) -> Lifted:
    known = _meant(unit, change.content)
    links = [unit.records.active_link(each) for each in (known.record_id, known.other_id)]
    people = sorted({link.person_id for link in links if link is not None})
    ended = unit.no_contacts.between(known.agency, (people[0], people[-1])) if len(people) > 1 else [known]
    unit.no_contacts.end([each.id for each in ended], change.at)
    alerting = alerting_of(unit, change)
    alerts = sum(alerting.reconcile_person(person) for person in people)
    record(unit, change, "no-contact-lifted", no_contact=known.id, pairs=len(ended), alerts=alerts)
    return Lifted(len(ended), alerts)


EXECUTORS = {LIFT: Executor(check_may_withhold, check_may_withhold, _needs_two, _lift)}
